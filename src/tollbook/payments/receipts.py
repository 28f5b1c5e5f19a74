"""Receipts: that money came, one for each payment. Made after the payment is booked, so that no money waits for one."""

from decimal import Decimal

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.models import Customer
from tollbook.invoicing.documents.content import Content, Line, Tax
from tollbook.invoicing.telling import buyer_told, seller_told
from tollbook.kernel.errors import Refused
from tollbook.kernel.text import clean_text
from tollbook.payments import queries, registry
from tollbook.payments.applying import locked_payment
from tollbook.payments.models import Payment, Receipt
from tollbook.payments.numbering import BLANK, frozen, local_day
from tollbook.payments.rules import State

SERIES = "RC"
CHUNK = 500
_ONE, _NOTHING = Decimal(1), Decimal(0)


def issue_due() -> int:
    """Issue the receipts of all payments that have none yet, each in a transaction of its own; how many."""
    rows = Payment.objects.filter(state=State.SUCCEEDED, receipt__isnull=True).order_by("pk")
    found = list(rows.values_list("public_id", flat=True)[:CHUNK])
    for public_id in found:
        issue(public_id)
    return len(found)


@action
def issue(public_id: str) -> Receipt:
    """The receipt of a payment (public id), made if it was never made: over what came, in the currency that came.

    It says where the money went as of now, and never changes: what is given back later has a refund of its own. Refused
    "payment_not_paid", "issue_date_backwards".
    """
    payment = locked_payment(public_id)
    made = Receipt.objects.filter(payment=payment).first()
    if made is not None:
        return made
    if payment.state != State.SUCCEEDED:
        message = f"payment {public_id} is {payment.state}: a receipt says what came"
        raise Refused("payment_not_paid", message, param="payment")
    customer = Customer.objects.select_related("brand", "profile").get(pk=payment.customer_id)
    content = _content(payment, customer)
    return Receipt.objects.create(
        payment=payment,
        customer=customer,
        currency=payment.captured_currency,
        total=payment.captured,
        **frozen(customer.brand, SERIES, content),
    )


def _content(payment: Payment, customer: Customer) -> Content:
    parts = _parts(payment)
    lines = tuple(_line(position, name, amount) for position, (name, amount) in enumerate(parts, 1))
    return Content(
        kind="receipt",
        number=BLANK,
        issued_on=local_day(customer.brand, clock.now()),
        currency=payment.captured_currency,
        seller=seller_told(customer.brand),
        buyer=buyer_told(customer),
        lines=lines,
        taxes=(Tax(code="O", percent=_NOTHING, net=payment.captured, tax=_NOTHING),),
        net=payment.captured,
        tax=_NOTHING,
        total=payment.captured,
        payable=payment.captured,
        note=_how(payment, customer),
        language=customer.language,
        zone=customer.zone,
        accent=customer.brand.accent,
        initial=customer.brand.name[:1].upper(),
    )


def _parts(payment: Payment) -> list[tuple[str, Decimal]]:
    """Where the money went: (what, how much), summing to what came."""
    parts = [(f"Invoice {row.invoice.label}", amount) for row, amount in queries.standing(payment)]
    if payment.topped_up:
        parts.append(("Top-up of the wallet", payment.topped_up))
    if payment.deposited:
        parts.append(("Deposit for the verification of the account", payment.deposited))
    rest = payment.captured - sum((amount for _, amount in parts), _NOTHING)
    return [*parts, ("Credit for later invoices", rest)] if rest else parts


def _line(position: int, name: str, amount: Decimal) -> Line:
    return Line(
        position=position, name=name, quantity=_ONE, unit_price=None, exact=amount, net=amount, tax_code="O",
        tax_percent=_NOTHING,
    )  # fmt: skip


def _how(payment: Payment, customer: Customer) -> str:
    """When and how the money came."""
    came = local_day(customer.brand, payment.ended_at or clock.now())
    gateway = registry.registry().get(payment.gateway)
    reference = f", reference {payment.reference}" if payment.reference else ""
    told = f"Received on {came:%-d %B %Y} by {gateway.title if gateway else payment.gateway}{reference}."
    return clean_text(told, "note", 500)
