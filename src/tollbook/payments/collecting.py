"""Charging saved methods while customers are away: invoices when they are issued, wallets when they ask for a top-up.

Each is tried once: what fails stays an open invoice or an open top-up, which the customer pays by hand.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.invoicing.models import DEMANDS, Invoice
from tollbook.invoicing.rules import State as InvoiceState
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money
from tollbook.kernel.times import zone_info
from tollbook.payments import methods
from tollbook.payments.actions import already_begun, begin
from tollbook.payments.agreements import allowed_daily, standing
from tollbook.payments.applying import NOBODY, By, apply_credit, locked_customer
from tollbook.payments.models import Agreement, Method, Payment
from tollbook.payments.queries import limits, under_way
from tollbook.payments.rules import OPEN, ZERO, State
from tollbook.payments.settings import COLLECT
from tollbook.wallets.queries import of_customer, open_requests

LOG = logging.getLogger(__name__)
BATCH = 200
AUTO = By("auto", "auto")
#: Of the keys of what was begun by itself: a key of a portal or of the API never begins so.
PREFIX = "auto:"
_PAUSE = timedelta(days=1)


@action
def collect_invoice(invoice: Invoice, method_id: str, *, key: str, by: By = NOBODY) -> Payment | None:
    """Begin to charge a saved method (public id) of the invoice's customer for all that is open of it; None when credit
    pays it.

    Refused "invoice_not_open", "method_retired", and as `begin`; NotFound "method_not_found".
    """
    customer = locked_customer(invoice.customer_id)
    method = _method(method_id, customer)
    if earlier := already_begun(customer, key, method.gateway, invoice.public_id, None):
        return earlier
    apply_credit(customer.pk)
    invoice.refresh_from_db(fields=["state", "settled"])
    if invoice.state == InvoiceState.PAID:
        return None
    if invoice.state != InvoiceState.ISSUED or not invoice.demands or invoice.open <= ZERO:
        raise Refused("invoice_not_open", f"invoice {invoice} is {invoice.state}: nothing is to pay", param="invoice")
    money = Money(invoice.open, invoice.currency)
    return begin(customer, money, method.gateway, key, by, invoice=invoice, method=method)


@action
def collect(invoice: Invoice, *, key: str, by: By = NOBODY) -> Payment:
    """Begin to charge the customer's default method for all that is open of an invoice, in its currency: another
    attempt after the one at issue, under the same agreement.

    Once per customer and `key`; the call of the gateway follows (`asking.send`). Refused "invoice_not_open",
    "no_method" (none is charged by default), "no_agreement" (the customer does not let invoices be charged),
    "payment_under_way" (another payment of the invoice may still come), and as `begin`.
    """
    customer = locked_customer(invoice.customer_id)
    method = methods.default_of(customer)
    if method is None:
        earlier = Payment.objects.filter(customer=customer, key=key).first()
        if earlier is not None:
            return earlier
        message = f"invoice {invoice}: the customer lets no gateway keep a way to pay"
        raise Refused("no_method", message, param="invoice")
    if earlier := already_begun(customer, key, method.gateway, invoice.public_id, None):
        return earlier
    if standing(customer, Agreement.What.INVOICES) is None:
        raise Refused("no_agreement", f"invoice {invoice}: the customer lets no invoices be charged", param="invoice")
    invoice.refresh_from_db(fields=["state", "settled", "credited"])
    if invoice.state != InvoiceState.ISSUED or not invoice.demands or not invoice.open:
        raise Refused("invoice_not_open", f"invoice {invoice} is {invoice.state}: nothing is to pay", param="invoice")
    if (waiting := under_way(invoice)) is not None:
        message = f"invoice {invoice}: payment {waiting.public_id} of it is under way"
        raise Refused("payment_under_way", message, param="invoice")
    money = Money(invoice.open, invoice.currency)
    return begin(customer, money, method.gateway, key, by, invoice=invoice, method=method)


@action
def auto_top_up(
    method_id: str, wallet_id: str, money: Money, *, key: str, request: str = "", by: By = NOBODY
) -> Payment:
    """Begin to charge a saved method (public id) for a wallet of its customer, the customer being away; `request` is
    the top-up that the wallet asks for.

    Refused "auto_top_up_off", "auto_top_up_cap" (what is under way or done today in the customer's zone counts, and the
    smaller of the brand's cap and the customer's own holds), "method_retired", "recharge_too_small",
    "recharge_too_large", and as `begin`; NotFound "method_not_found", "wallet_not_found".
    """
    customer = locked_customer(methods.by_public_id(method_id).customer_id)
    method = _method(method_id, customer)
    wallet = of_customer(customer).filter(public_id=wallet_id, currency=money.currency).first()
    if wallet is None:
        raise NotFound("wallet_not_found", f"there is no wallet {wallet_id} in {money.currency}", param="wallet")
    if earlier := already_begun(customer, key, method.gateway, wallet_id, money.amount):
        return earlier
    limits(customer, money.currency).check(money.amount)
    _check_cap(customer, wallet.pk, money)
    return begin(
        customer, money, method.gateway, key, by, wallet=(wallet.pk, wallet_id), request=request, method=method
    )  # fmt: skip


def _method(method_id: str, customer: Customer) -> Method:
    method = methods.by_public_id(method_id, customer)
    if method.retired_at is not None:
        raise Refused("method_retired", f"method {method_id} was removed; choose another", param="method")
    return method


def _check_cap(customer: Customer, wallet_id: int, money: Money) -> None:
    cap = allowed_daily(customer, money.currency)
    agreed = standing(customer, Agreement.What.TOP_UP, wallet_id)
    if agreed is not None and agreed.daily_cap is not None:
        cap = min(cap, agreed.daily_cap)
    today = Payment.objects.filter(
        wallet_id=wallet_id, method__isnull=False, currency=money.currency, created_at__gte=_midnight(customer)
    ).exclude(state__in=[State.FAILED, State.CANCELLED])
    taken = sum(today.values_list("amount", flat=True), ZERO)
    if taken + money.amount > cap:
        message = f"amount: {money} and the {taken} of today are more than {cap} {money.currency}, the cap of a day"
        raise Refused("auto_top_up_cap", message, param="amount", cap=str(cap), today=str(taken))


def _midnight(customer: Customer, days: int = 0) -> datetime:
    """Midnight of today, or of `days` later, in the customer's zone."""
    local = clock.now().astimezone(zone_info(customer.zone)) + timedelta(days=days)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


# --- what falls due --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Work:
    """Something to be charged under an agreement: an invoice, or a top-up that a wallet asks for; since when."""

    agreement: Agreement
    since: datetime
    invoice: Invoice | None = None
    request: str = ""
    wallet: str = ""
    money: Money | None = None

    @property
    def due_at(self) -> datetime:
        """When it is to be tried."""
        return max(self.since, self.agreement.given_at, self.agreement.paused_until or self.since)


def collect_due(at: datetime) -> int:
    """Begin all that customers agreed to and that is due at `at`, each in a transaction of its own; how many payments
    began.

    What is refused is noted with the agreement and tried again later: after the cap at the next midnight, else a day
    later.
    """
    return sum(attempt(work, at) for work in open_work(at) if work.due_at <= at)


def next_due() -> datetime | None:
    """The earliest instant at which something that customers agreed to is due; None: nothing is."""
    return min((work.due_at for work in open_work(None)), default=None)


def attempt(work: Work, at: datetime) -> bool:
    """Begin one of what is due, if the agreement still stands; whether a payment began. A refusal is noted with it."""
    agreement = work.agreement
    method = methods.default_of(agreement.customer)
    if method is None:
        return False
    try:
        made = _begin(work, method)
    except (Refused, NotFound) as refused:
        until = _midnight(agreement.customer, 1) if refused.code == "auto_top_up_cap" else at + _PAUSE
        Agreement.objects.filter(pk=agreement.pk).update(note=refused.message[:500], paused_until=until)
        LOG.warning("agreement %s: %s", agreement.public_id, refused.message)
        return False
    return made is not None


@action
def _begin(work: Work, method: Method) -> Payment | None:
    """One of the two, while the agreement stands."""
    customer = locked_customer(work.agreement.customer_id)
    if not Agreement.objects.filter(pk=work.agreement.pk, withdrawn_at__isnull=True).exists():
        return None
    if work.invoice is not None:
        if not value_for(customer, COLLECT):
            raise Refused("collect_off", "collecting invoices by itself is off for this customer", param="customer")
        return collect_invoice(work.invoice, method.public_id, key=_key(work.invoice.public_id), by=AUTO)
    if work.money is None:
        raise ValueError("neither an invoice nor a top-up")
    key, request = _key(work.request), work.request
    return auto_top_up(method.public_id, work.wallet, work.money, key=key, request=request, by=AUTO)


def open_work(at: datetime | None) -> Iterator[Work]:
    """What agreements stand for and nobody has tried; `at`: without what is paused beyond it."""
    if not Agreement.objects.filter(withdrawn_at__isnull=True).exists():
        return
    chargeable = Method.objects.filter(customer=OuterRef("customer"), is_default=True)
    rows = Agreement.objects.filter(Exists(chargeable), withdrawn_at__isnull=True).select_related("customer")
    if at is not None:
        rows = rows.filter(Q(paused_until__isnull=True) | Q(paused_until__lte=at))
    yield from _invoices(rows.filter(what=Agreement.What.INVOICES))
    yield from _top_ups(rows.filter(what=Agreement.What.TOP_UP))


def _invoices(agreements: QuerySet[Agreement]) -> Iterator[Work]:
    """Open invoices made since the customer agreed, that nobody is paying and that were not tried."""
    agreed = agreements.filter(customer=OuterRef("customer"), given_at__lt=OuterRef("created_at"))
    tried = Payment.objects.filter(Q(key__startswith=PREFIX) | Q(state__in=OPEN), invoice=OuterRef("pk"))
    rows = Invoice.objects.filter(Exists(agreed), ~Exists(tried), state=InvoiceState.ISSUED, kind__in=DEMANDS).defer(
        "content"
    )
    found = list(rows.order_by("created_at", "pk")[:BATCH])
    whose = agreements.filter(customer_id__in={invoice.customer_id for invoice in found})
    by_customer = {agreement.customer_id: agreement for agreement in whose}
    for invoice in found:
        if agreement := by_customer.get(invoice.customer_id):
            yield Work(agreement, invoice.created_at, invoice=invoice)


def _top_ups(agreements: QuerySet[Agreement]) -> Iterator[Work]:
    """Top-ups that wallets ask for and that were not tried."""
    by_wallet = {agreement.wallet_id: agreement for agreement in agreements if agreement.wallet_id is not None}
    asked = open_requests(by_wallet)
    keys = [_key(request.public_id) for request in asked.values()]
    tried = set(Payment.objects.filter(key__in=keys).values_list("key", flat=True))
    for wallet_id, request in asked.items():
        if _key(request.public_id) not in tried:
            wallet, money = request.wallet, Money(request.amount, request.wallet.currency)
            yield Work(by_wallet[wallet_id], request.opened_at, None, request.public_id, wallet.public_id, money)


def _key(subject: str) -> str:
    return f"{PREFIX}{subject}"
