"""Proformas: what is asked for before it is invoiced. They book nothing; paid, they become an
invoice or fill a wallet.
"""

import logging
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.identity.audit import record
from tollbook.invoicing import ahead
from tollbook.invoicing.documents.content import Content, Line, Tax
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.telling import buyer_told, content, seller_told, transfer_told
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import minor_units, round_to
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.payments import queries
from tollbook.payments.applying import NOBODY, By, apply_credit, locked_customer
from tollbook.payments.models import Proforma, ProformaCharge
from tollbook.payments.numbering import BLANK, frozen, local_day
from tollbook.payments.rules import PROFORMA, ApplyCredit, ProformaState
from tollbook.payments.settings import APPLY_CREDIT
from tollbook.wallets.queries import top_up_request

LOG = logging.getLogger(__name__)
SERIES = "PF"
CHUNK = 500
_NOTHING = Decimal(0)
PAID_AHEAD = "Money paid ahead: what it is used for is invoiced, with its tax."


def issue_due(at: datetime | None = None) -> int:
    """Issue the proformas that customers who pay first are to get up to `at` (now, if not given); how many.

    Each customer is a transaction. One who cannot get a proforma (a rate of tax is missing) stops nobody else; what was
    refused is raised when all others are done.
    """
    at = at or clock.now()
    issued, last = 0, 0
    refused: list[Refused] = []
    while chunk := ahead.customers_ahead(at, last, CHUNK):
        for customer_id in chunk:
            try:
                issued += len(issue_ahead(customer_id, at))
            except Refused as error:
                refused.append(error)
        last = chunk[-1]
    if refused:
        raise refused[0]
    return issued


@action
def issue_ahead(customer_id: int, at: datetime | None = None) -> list[Proforma]:
    """Issue a proforma over all that a customer has to pay first and that no open one asks for, one for each currency.

    Run twice, or two at once, nothing is asked for twice: the customer is locked. Refused "tax_rate_missing",
    "issue_date_backwards", "no_exchange_rate".
    """
    locked_customer(customer_id)
    at = at or clock.now()
    customer = Customer.objects.select_related("brand", "profile", "group").get(pk=customer_id)
    open_ = ProformaCharge.objects.filter(proforma__customer=customer, proforma__state=ProformaState.OPEN)
    made = []
    for found, charges in ahead.draft_ahead(customer, at, set(open_.values_list("charge_id", flat=True))):
        on = local_day(customer.brand, at)
        due = on + timedelta(days=customer.brand.payment_days)
        told = content(found, BLANK, on, due, "proforma")
        row = Proforma.objects.create(
            customer=customer, currency=found.currency, net=found.net, tax=found.tax, total=found.total, due_on=due,
            **frozen(customer.brand, SERIES, told),
        )  # fmt: skip
        ProformaCharge.objects.bulk_create(ProformaCharge(proforma=row, charge_id=pk) for pk in charges)
        made.append(row)
    return made


@action
def for_top_up(customer: Customer, request: str) -> Proforma:
    """The proforma of a top-up (public id) that a wallet of the customer asks for, made if there is none.

    Over exactly what is asked for, in whole minor units, without tax: what the wallet is used for is invoiced. Refused
    "top_up_request_not_open", "amount_places", "issue_date_backwards".
    """
    locked_customer(customer.pk)
    found = top_up_request(customer, request)
    if found is None or found.closed_at is not None:
        message = f"request: {request} is not a top-up that is asked for now"
        raise Refused("top_up_request_not_open", message, param="request")
    made = Proforma.objects.filter(request=request, state=ProformaState.OPEN).first()
    if made is not None:
        return made
    amount, currency = found.amount, found.wallet.currency
    if round_to(amount, minor_units(currency)) != amount:
        message = f"request: {request} asks for {amount} {currency}, which cannot be paid: change the wallet's top-up"
        raise Refused("amount_places", message, param="request")
    buyer = Customer.objects.select_related("brand", "profile").get(pk=customer.pk)
    on = local_day(buyer.brand, clock.now())
    due = on + timedelta(days=buyer.brand.payment_days)
    told = _top_up_content(buyer, amount.quantize(Decimal(1).scaleb(-minor_units(currency))), currency, on, due)
    return Proforma.objects.create(
        customer=buyer, currency=currency, net=amount, tax=_NOTHING, total=amount, due_on=due, request=request,
        wallet_id=found.wallet_id, **frozen(buyer.brand, SERIES, told),
    )  # fmt: skip


def _top_up_content(customer: Customer, amount: Decimal, currency: str, on: date, due: date) -> Content:
    line = Line(
        position=1, name="Top-up of the wallet", quantity=Decimal(1), unit_price=None, exact=amount, net=amount,
        tax_code="O", tax_percent=_NOTHING,
    )  # fmt: skip
    return Content(
        kind="proforma",
        number=BLANK,
        issued_on=on,
        due_on=due,
        currency=currency,
        seller=seller_told(customer.brand),
        buyer=buyer_told(customer),
        lines=(line,),
        taxes=(Tax(code="O", percent=_NOTHING, net=amount, tax=_NOTHING, reason=PAID_AHEAD),),
        net=amount,
        tax=_NOTHING,
        total=amount,
        payable=amount,
        note=PAID_AHEAD,
        payment=transfer_told(customer.brand, BLANK, due),
        language=customer.language,
        zone=customer.zone,
        accent=customer.brand.accent,
        initial=customer.brand.name[:1].upper(),
    )


def locked_proforma(public_id: str, customer: Customer | None = None) -> Proforma:
    """The proforma, its customer locked first; NotFound "proforma_not_found" where it is nobody's or another's."""
    rows = Proforma.objects.filter(public_id=public_id)
    whose = (rows.filter(customer=customer) if customer else rows).values_list("customer_id", flat=True).first()
    if whose is None:
        raise NotFound("proforma_not_found", f"there is no proforma {public_id}", param="proforma")
    # The only lock that a proforma needs: whoever changes one takes its customer's first.
    locked_customer(whose)
    return Proforma.objects.select_related("customer__brand", "customer__group").get(public_id=public_id)


def check_open(found: Proforma) -> None:
    """Refused "proforma_not_open" where there is nothing to pay any more."""
    if found.state != ProformaState.OPEN or not stands(found):
        state = found.state if found.state != ProformaState.OPEN else "overtaken: it was invoiced or paid otherwise"
        raise Refused("proforma_not_open", f"proforma {found} is {state}: nothing is to pay", param="proforma")


def stands(found: Proforma) -> bool:
    """Whether what an open proforma asks for is still asked for: all its charges wait, or the wallet asks."""
    if found.request:
        asked = top_up_request(found.customer, found.request)
        return asked is not None and asked.closed_at is None
    return ahead.all_wait(charges_of(found))


def charges_of(found: Proforma) -> list[int]:
    """Row ids of the charges that a proforma asks for."""
    return list(found.charges.values_list("charge_id", flat=True))


@action
def withdraw(public_id: str, *, reason: str, by: By = NOBODY) -> Proforma:
    """Ask for it no more: its charges are asked for anew, or invoiced when their time is over. Refused
    "invalid_transition" for one that has ended.
    """
    found = locked_proforma(public_id)
    reason = clean_text(reason, "reason", 300)
    _end(found, "withdraw", reason)
    detail = {"reason": reason}
    record("proforma.withdraw", public_id, actor=by.actor, door=by.door, customer_id=found.customer_id, detail=detail)
    return found


def become_locked(proforma_id: int, at: datetime) -> Invoice | None:
    """What a paid proforma becomes, its customer being locked: the invoice over its charges; None for a top-up, and
    where it has ended or was overtaken.

    What cannot be invoiced now (a rate of tax is missing) leaves it open, and the money is the customer's credit: the
    hourly run tries again.
    """
    found = Proforma.objects.select_related("customer").get(pk=proforma_id)
    if found.state != ProformaState.OPEN:
        return None
    if found.request:
        _end(found, "pay", "")
        return None
    try:
        with transaction.atomic():
            invoice = ahead.invoice_ahead(found.customer_id, charges_of(found), f"Paid by proforma {found}.", at)
    except Refused as error:
        LOG.warning("proforma %s is paid and cannot be invoiced: %s", found, error.message)
        return None
    if invoice is not None:
        found.invoice = invoice
        _end(found, "pay", "")
    return invoice


def _end(found: Proforma, event: str, note: str) -> None:
    found.state, found.note = move(PROFORMA, found.state, event), note
    found.save(update_fields=["state", "note", "invoice"])


def use_credit() -> int:
    """Turn the open proformas that their customers' credit covers into invoices that it pays; how many.

    So money that came without naming one pays it all the same. Each is a transaction of its own.
    """
    rows = Proforma.objects.filter(state=ProformaState.OPEN, request="").order_by("pk")
    return sum(_pay_from_credit(public_id) for public_id in list(rows.values_list("public_id", flat=True)))


@action
def _pay_from_credit(public_id: str) -> bool:
    found = locked_proforma(public_id)
    if value_for(found.customer, APPLY_CREDIT) is ApplyCredit.OFF:
        return False
    # Invoices are older debts: they come first.
    apply_credit(found.customer_id)
    credit = {money.currency: money.amount for money in queries.credit(found.customer)}
    if credit.get(found.currency, _NOTHING) < found.total or become_locked(found.pk, clock.now()) is None:
        return False
    apply_credit(found.customer_id)
    return True


def withdraw_overtaken() -> int:
    """Withdraw the open proformas whose charges were invoiced, or whose top-up was paid, otherwise; how many."""
    rows = Proforma.objects.filter(state=ProformaState.OPEN).select_related("customer").defer("content")
    open_ = list(rows.order_by("pk"))
    return sum(_withdraw_overtaken(found.public_id) for found in open_ if not stands(found))


@action
def _withdraw_overtaken(public_id: str) -> bool:
    found = locked_proforma(public_id)
    if found.state != ProformaState.OPEN or stands(found):
        return False
    _end(found, "withdraw", "Invoiced or paid otherwise")
    return True
