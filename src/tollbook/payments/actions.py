"""Beginning payments, and money that came by hand."""

from decimal import Decimal

from django.db import IntegrityError, transaction

from tollbook.base import clock
from tollbook.base.tasks import action, later
from tollbook.customers.models import Customer
from tollbook.identity.audit import record
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.rules import State as InvoiceState
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money
from tollbook.kernel.text import clean_text
from tollbook.payments import asking, registry, rules
from tollbook.payments.applying import NOBODY, By, checked_amount, locked_customer
from tollbook.payments.models import Deposit, Method, Payment, Proforma, Reading
from tollbook.payments.outcomes import Arrived, succeed_locked
from tollbook.payments.proformas import check_open, locked_proforma
from tollbook.payments.protocol import Progress
from tollbook.payments.queries import deposit_asked, limits
from tollbook.wallets.queries import of_customer, top_up_request

KEY_LIMIT = 120


@action
def pay_invoice(
    invoice: Invoice,
    gateway: str,
    *,
    key: str,
    amount: Decimal | None = None,
    keep_method: bool = False,
    by: By = NOBODY,
) -> Payment:
    """Begin a payment of an invoice (of `amount` of it, in its currency; of all that is open, if not given).

    The intent is committed before the gateway hears of it; the call follows (`asking.send`). Once per customer and
    `key`. Refused "invoice_not_open", "more_than_open", and as `begin`.
    """
    customer = locked_customer(invoice.customer_id)
    if earlier := already_begun(customer, key, gateway, invoice.public_id, amount):
        return earlier
    invoice.refresh_from_db(fields=["state", "settled"])
    left = invoice.open
    if invoice.state != InvoiceState.ISSUED or not invoice.demands:
        raise Refused("invoice_not_open", f"invoice {invoice} is {invoice.state}: nothing is to pay", param="invoice")
    if amount is not None and amount > left:
        message = f"amount: {amount} is more than the {left} {invoice.currency} that invoice {invoice} asks for"
        raise Refused("more_than_open", message, param="amount", open=str(left))
    money = Money(left if amount is None else amount, invoice.currency)
    return begin(customer, money, gateway, key, by, invoice=invoice, keep_method=keep_method)


@action
def add_funds(
    customer: Customer,
    wallet_id: str,
    money: Money,
    gateway: str,
    *,
    key: str,
    keep_method: bool = False,
    by: By = NOBODY,
) -> Payment:
    """Begin a payment whose success tops up the customer's wallet (public id), in the wallet's currency.

    NotFound "wallet_not_found"; Refused "currency_mismatch", "recharge_too_small", "recharge_too_large", and as
    `begin`.
    """
    customer = locked_customer(customer.pk)
    wallet = of_customer(customer).filter(public_id=wallet_id).first()
    if wallet is None:
        raise NotFound("wallet_not_found", f"there is no wallet {wallet_id}", param="wallet")
    if earlier := already_begun(customer, key, gateway, wallet_id, money.amount):
        return earlier
    if wallet.currency != money.currency:
        message = f"the wallet holds {wallet.currency}, not {money.currency}"
        raise Refused("currency_mismatch", message, param="currency")
    limits(customer, money.currency).check(money.amount)
    return begin(customer, money, gateway, key, by, wallet=(wallet.pk, wallet_id), keep_method=keep_method)


@action
def pay_top_up(customer: Customer, request: str, gateway: str, *, key: str, by: By = NOBODY) -> Payment:
    """Begin a payment of the top-up (public id) that a wallet of the customer asks for, of exactly what it asks for:
    limits are for amounts that people choose.

    Its success fills the wallet, which then asks no more. Refused "top_up_request_not_open", and as `begin`.
    """
    customer = locked_customer(customer.pk)
    found = top_up_request(customer, request)
    if found is not None:
        wallet = found.wallet
        if earlier := already_begun(customer, key, gateway, wallet.public_id, found.amount):
            return earlier
    if found is None or found.closed_at is not None:
        message = f"request: {request} is not a top-up that is asked for now"
        raise Refused("top_up_request_not_open", message, param="request")
    money = Money(found.amount, wallet.currency)
    return begin(customer, money, gateway, key, by, wallet=(wallet.pk, wallet.public_id), request=request)


@action
def pay_proforma(customer: Customer, public_id: str, gateway: str, *, key: str, by: By = NOBODY) -> Payment:
    """Begin a payment of a proforma (public id) of the customer, of exactly what it asks for.

    Its success turns it into an invoice, or fills the wallet. NotFound "proforma_not_found"; Refused
    "proforma_not_open", and as `begin`.
    """
    customer = locked_customer(customer.pk)
    found = locked_proforma(public_id, customer)
    asked = top_up_request(customer, found.request) if found.request else None
    wallet = asked.wallet if asked else None
    subject = wallet.public_id if wallet else public_id
    if earlier := already_begun(customer, key, gateway, subject, found.total):
        return earlier
    check_open(found)
    pair = (wallet.pk, wallet.public_id) if wallet else None
    money = Money(found.total, found.currency)
    return begin(customer, money, gateway, key, by, proforma=found, wallet=pair, request=found.request)


def already_begun(customer: Customer, key: str, gateway: str, subject: str, amount: Decimal | None) -> Payment | None:
    """The payment that this key began; Refused "payment_key_conflict" when it was another one."""
    clean_text(key, "key", KEY_LIMIT)
    earlier = Payment.objects.filter(customer=customer, key=key).first()
    if earlier is None:
        return None
    if (earlier.gateway, earlier.subject) != (gateway, subject) or amount not in (None, earlier.amount):
        message = f"key: {key} began payment {earlier.public_id}; another payment needs a key of its own"
        raise Refused("payment_key_conflict", message, param="key")
    return earlier


def begin(
    customer: Customer,
    money: Money,
    gateway: str,
    key: str,
    by: By,
    *,
    invoice: Invoice | None = None,
    proforma: Proforma | None = None,
    wallet: tuple[int, str] | None = None,
    deposit: Deposit | None = None,
    request: str = "",
    method: Method | None = None,
    keep_method: bool = False,
) -> Payment:
    """Write the intent down. Refused "gateway_by_hand", "gateway_not_offered", "amount_not_positive",
    "amount_places".
    """
    if registry.gateway(gateway).by_hand:
        message = f"gateway {gateway}: pay as its instructions say; the payment is noted when the money arrives"
        raise Refused("gateway_by_hand", message, param="gateway")
    at = clock.now()
    payment = Payment.objects.create(
        brand_id=customer.brand_id,
        customer=customer,
        key=key,
        gateway=gateway,
        merchant=registry.merchant(gateway, customer.brand, money.currency),
        amount=checked_amount(money.amount, money.currency),
        currency=money.currency,
        invoice=invoice,
        proforma=proforma,
        wallet_id=wallet[0] if wallet else None,
        deposit=deposit,
        subject=wallet[1] if wallet else paper.public_id if (paper := invoice or proforma or deposit) else "",
        request=request,
        method=method,
        keep_method=keep_method,
        created_at=at,
        # A process that dies before it calls the gateway leaves the call to the schedule.
        ask_at=rules.next_ask(at, at),
    )
    _audit("payment.begin", payment, by)
    later(asking.send, key=f"send:{payment.public_id}", public_id=payment.public_id)
    return payment


@action
def receive(
    customer: Customer,
    money: Money,
    gateway: str,
    reference: str,
    *,
    invoice: Invoice | None = None,
    merchant: str = "",
    source: str = "person",
    by: By = NOBODY,
) -> Payment:
    """Note money that came by hand (a bank transfer): it settles `invoice`, if one is given, and then as credit does.
    Where none is given, it pays the deposit that the customer is asked for, if it is enough: nothing is owed before.

    Once per gateway and `reference`, for ever: told again, the earlier payment is returned, and Refused
    "reference_taken" when that was another customer's or another amount. Refused "gateway_by_program",
    "foreign_invoice", and as `checked_amount`.
    """
    customer, at = locked_customer(customer.pk), clock.now()
    reference = clean_text(reference, "reference", KEY_LIMIT - 10)
    if not registry.gateway(gateway).by_hand:
        raise Refused("gateway_by_program", f"gateway {gateway} tells itself what it took", param="gateway")
    if invoice is not None and invoice.customer_id != customer.pk:
        raise Refused("foreign_invoice", f"invoice {invoice} is another customer's", param="invoice")
    checked_amount(money.amount, money.currency)
    if (earlier := _received(customer, money, gateway, reference)) is not None:
        return earlier
    deposit = None if invoice is not None else deposit_asked(customer, money)
    paper = invoice or deposit
    try:
        # The savepoint keeps what the database refuses from ending the caller's transaction.
        with transaction.atomic():
            payment = Payment.objects.create(
                brand_id=customer.brand_id,
                customer=customer,
                key=f"received:{reference}",
                gateway=gateway,
                merchant=merchant,
                amount=money.amount,
                currency=money.currency,
                invoice=invoice,
                deposit=deposit,
                subject=paper.public_id if paper else "",
                reference=reference,
                created_at=at,
                sent_at=at,
                ask_at=at,
            )
    except IntegrityError:
        # Noted at this moment for another customer, whose lock is another one. That one is there now.
        if (earlier := _received(customer, money, gateway, reference)) is None:
            raise
        return earlier
    Reading.objects.create(
        payment=payment, at=at, source=source, progress=Progress.SUCCEEDED, reference=reference, amount=money.amount,
        currency=money.currency, merchant=merchant, subject=payment.subject,
    )  # fmt: skip
    _audit("payment.receive", payment, by)
    return succeed_locked(payment, Arrived(money, reference), at)


def _received(customer: Customer, money: Money, gateway: str, reference: str) -> Payment | None:
    """The payment that this reference was noted as; Refused "reference_taken" when it is another one."""
    earlier = Payment.objects.filter(gateway=gateway, reference=reference).first()
    if earlier is None:
        return None
    if (earlier.customer_id, earlier.captured, earlier.captured_currency) != (
        customer.pk, money.amount, money.currency,
    ):  # fmt: skip
        message = f"reference {reference} is payment {earlier.public_id}: another transfer has another reference"
        raise Refused("reference_taken", message, param="reference")
    return earlier


def _audit(verb: str, payment: Payment, by: By) -> None:
    detail = {
        "amount": str(payment.amount),
        "currency": payment.currency,
        "gateway": payment.gateway,
        "subject": payment.subject,
    }
    record(
        verb, payment.public_id, actor=by.actor, door=by.door, customer_id=payment.customer_id, detail=detail,
    )  # fmt: skip
