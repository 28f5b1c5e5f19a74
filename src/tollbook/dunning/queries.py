"""What is unpaid, as dunning sees it: debts with their policies, why steps wait, what was done, what comes next."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from tollbook.base.bulk import WHOLE, Part
from tollbook.brands.models import Brand
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.dunning.models import Notice, Pause, Step, Stop
from tollbook.dunning.policies import Policies, Subject, subject_of
from tollbook.dunning.policy import Policy
from tollbook.dunning.rules import Debt, Done, Kind, Planned, Running, Service, due_now, planned
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import OPEN, open_invoices
from tollbook.invoicing.terms import Term, terms_of
from tollbook.kernel.errors import NotFound
from tollbook.kernel.money import Money
from tollbook.kernel.times import zone_info
from tollbook.payments.models import Payment
from tollbook.payments.rules import OPEN as UNDER_WAY
from tollbook.provisioning.models import Service as Provisioned
from tollbook.provisioning.queries import live, services_of
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import State
from tollbook.subscriptions.settings import SUSPEND_OVERDUE

#: So long steps wait for a payment that we began ourselves; a bank's debit takes days to be known.
PATIENCE_DAYS = 5
OPEN_STOP = Q(lifted_at__isnull=True, ended_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Owed:
    """An unpaid invoice: the policy of the document, the debt, the steps that are due and to come, why they wait
    (empty: they do not; `pending`: for a payment that is under way), and the subscriptions of its unpaid terms by row
    id.
    """

    invoice: Invoice
    policy: Policy
    debt: Debt
    waits: str
    pending: bool
    on: date
    subscriptions: Mapping[int, Subscription]

    @property
    def left(self) -> Money:
        """What is open."""
        return Money(self.invoice.open, self.invoice.currency)

    @property
    def due(self) -> list[Planned]:
        """The steps that are to be taken or skipped now."""
        return [] if self.waits else due_now(self.policy, self.debt, self.on)

    @property
    def coming(self) -> list[Planned]:
        """The steps that come if nothing is paid and nothing changes, the next one first; not reminders whose day has
        passed.
        """
        found = planned(self.policy, self.debt, self.on)
        return [each for each in found if each.kind is not Kind.REMIND or each.day >= self.on]

    @property
    def overdue_days(self) -> int:
        """Days since the due day; negative before it."""
        return (self.on - self.debt.due_on).days

    def stops(self, subscription_id: int) -> bool:
        """Whether it is a reason for the service to be stopped now; what is stopped does not run for a payment that may
        still fail.
        """
        if self.waits and not self.pending:
            return False
        for each in self.debt.services:
            if each.subscription == subscription_id and each.policy.suspend_after is not None:
                return self.overdue_days >= each.policy.suspend_after
        return False


def day_of(customer: Customer, at: datetime) -> date:
    """The day on which steps of the customer fall due at `at`: that of its brand, as due days are."""
    return at.astimezone(zone_info(customer.brand.zone)).date()


def owed(customer: Customer, at: datetime, policies: Policies) -> list[Owed]:
    """The customer's unpaid invoices (brand and group of the customer loaded), those due first first."""
    on = day_of(customer, at)
    rows = open_invoices(customer).filter(due_on__isnull=False).defer("content").select_related("brand")
    invoices = [invoice for invoice in rows if invoice.open > 0]
    if not invoices:
        return []
    facts = _Facts(customer, invoices, on, at)
    return [_owed(invoice, facts, policies) for invoice in invoices]


class _Facts:
    """What is stored about the unpaid invoices of a customer, read at once."""

    def __init__(self, customer: Customer, invoices: Sequence[Invoice], on: date, at: datetime) -> None:
        ids = [invoice.pk for invoice in invoices]
        self.customer, self.on, self.at = customer, on, at
        self.terms: dict[int, list[Term]] = defaultdict(list)
        for term in terms_of(ids):
            self.terms[term.invoice_id].append(term)
        unpaid = {t.subscription_id for found in self.terms.values() for t in found if t.unpaid}
        self.subscriptions = _living(unpaid)
        self.steps: dict[int, list[Step]] = defaultdict(list)
        for step in Step.objects.filter(invoice__in=ids):
            self.steps[step.invoice_id].append(step)
        self.stops = list(Stop.objects.filter(subscription__in=unpaid).order_by("pk"))
        self.pauses = list(Pause.objects.filter(customer=customer).order_by("pk"))
        self.fees = dict(
            Invoice.objects.filter(pk__in=ids, dunning_fee_of__isnull=False).values_list(
                "pk", "lines__debit__product__public_id"
            )
        )
        since = at - timedelta(days=PATIENCE_DAYS)
        begun = Payment.objects.filter(invoice__in=ids, state__in=UNDER_WAY, method__isnull=False)
        self.under_way = set(begun.filter(created_at__gte=since).values_list("invoice_id", flat=True))
        self.suspends = bool(value_for(customer, SUSPEND_OVERDUE))
        self.overdue: dict[str, Decimal] = defaultdict(Decimal)
        for invoice in invoices:
            if invoice.due_on and invoice.due_on < on:
                self.overdue[invoice.currency] += invoice.open

    def local(self, at: datetime) -> date:
        """A day of the brand."""
        return day_of(self.customer, at)


def _living(ids: Collection[int]) -> dict[int, Subscription]:
    rows = Subscription.objects.filter(pk__in=ids, state__in=[State.ACTIVE, State.SUSPENDED])
    return {each.pk: each for each in rows.select_related("version__plan__product")}


def _owed(invoice: Invoice, facts: _Facts, policies: Policies) -> Owed:
    terms = facts.terms[invoice.pk]
    policy = policies.of(_document(invoice, terms, facts))
    unpaid = sorted({t.subscription_id for t in terms if t.unpaid} & facts.subscriptions.keys())
    due_on, issued_on = invoice.due_on, invoice.issued_on
    if due_on is None or issued_on is None:
        raise ValueError(f"invoice {invoice} without days")
    debt = Debt(
        issued_on=issued_on,
        due_on=due_on,
        is_fee=invoice.pk in facts.fees,
        done=[_done(step, facts) for step in facts.steps[invoice.pk]],
        services=[_service(facts.subscriptions[each], due_on, facts, policies) for each in unpaid],
        waited_until=_waited_until(invoice, facts),
    )  # fmt: skip
    waits = _waits(invoice, policy, facts)
    pending = not waits and invoice.pk in facts.under_way
    return Owed(
        invoice=invoice,
        policy=policy,
        debt=debt,
        waits="A payment of it is under way" if pending else waits,
        pending=pending,
        on=facts.on,
        subscriptions={each: facts.subscriptions[each] for each in unpaid},
    )


def _done(step: Step, facts: _Facts) -> Done:
    return Done(Kind(step.kind), step.number, facts.local(step.taken_at), step.subscription_id)


def _document(invoice: Invoice, terms: Sequence[Term], facts: _Facts) -> Subject:
    """Whose policy counts for the document: a product's or a service's only where it is about nothing else."""
    products = {term.product for term in terms} | {facts.fees[pk] for pk in (invoice.pk,) if pk in facts.fees}
    services = {term.subscription_id for term in terms}
    product = products.pop() if len(products) == 1 else ""
    living = [facts.subscriptions[each] for each in services if each in facts.subscriptions]
    service = living[0].public_id if len(services) == len(living) == 1 else ""
    return subject_of(facts.customer, product, service)


def _service(found: Subscription, due_on: date, facts: _Facts, policies: Policies) -> Service:
    subject = subject_of(facts.customer, found.version.plan.product.public_id, found.public_id)
    policy = policies.of(subject)
    if not facts.suspends:
        policy = replace(policy, suspend_after=None, terminate_after=None)
    mine = [stop for stop in facts.stops if stop.subscription_id == found.pk]
    last = next((stop for stop in reversed(mine) if stop.because == Stop.Because.INVOICE), None)
    if last is not None and _stands(last):
        return Service(found.pk, policy, Running.STOPPED, facts.local(last.stopped_at))
    if last is not None and last.by_hand and last.lifted_at is not None and policy.suspend_after is not None:
        if due_on + timedelta(days=policy.suspend_after) <= facts.local(last.lifted_at):
            return Service(found.pk, policy, Running.LET_RUN)
    alone = found.state == State.SUSPENDED and not any(_stands(stop) for stop in mine)
    # A provisioned service keeps the reasons apart: ours is added to those of others.
    others = alone and not live_services(found.pk)
    return Service(found.pk, policy, Running.STOPPED_BY_OTHERS if others else Running.RUNS)


def _stands(stop: Stop) -> bool:
    return stop.lifted_at is None and stop.ended_at is None


def live_services(subscription_id: int) -> list[Provisioned]:
    """The provisioned services of a subscription (row id) that run, or will, and are not to end."""
    return list(live(services_of(subscription_id)))


def active(pause: Pause, on: date) -> bool:
    """Whether steps wait for it on that day; the day until which it is said belongs to it."""
    return pause.lifted_at is None and (pause.until is None or on <= pause.until)


def _concerns(pause: Pause, invoice: Invoice) -> bool:
    return pause.invoice_id in (None, invoice.pk)


def _waited_until(invoice: Invoice, facts: _Facts) -> date | None:
    """The last day on which steps of the invoice had to wait, of what is over."""
    days = []
    for pause in facts.pauses:
        if _concerns(pause, invoice) and not active(pause, facts.on):
            lifted = facts.local(pause.lifted_at) if pause.lifted_at else None
            days.append(min(day for day in (lifted, pause.until) if day is not None))
    return max(days, default=None)


_WORDS = {
    Pause.Why.EXEMPT: "The customer is exempt",
    Pause.Why.PROMISE: "Payment is promised",
    Pause.Why.DISPUTE: "The invoice is in dispute",
}


def _waits(invoice: Invoice, policy: Policy, facts: _Facts) -> str:
    for pause in facts.pauses:
        if _concerns(pause, invoice) and active(pause, facts.on):
            until = f" until {pause.until}" if pause.until else ""
            return f"{_WORDS[Pause.Why(pause.why)]}{until}"
    least = policy.least_open.get(invoice.currency)
    overdue = facts.overdue[invoice.currency]
    if invoice.due_on and invoice.due_on >= facts.on:
        overdue += invoice.open
    if least is not None and overdue < least:
        return f"Less than {Money(least, invoice.currency)} is overdue"
    return ""


def candidates(at: datetime, earliest: int, part: Part = WHOLE) -> list[int]:
    """Row ids of customers with unpaid invoices for which a step may be due at `at`, or with services that dunning has
    stopped, who were not looked at on this day of their brand; reminders come at most `earliest` days before a due day.
    """
    found: set[int] = set()
    for brand in Brand.objects.order_by("pk"):
        on = at.astimezone(zone_info(brand.zone)).date()
        customers = part.of(Customer.objects.filter(brand=brand), "pk").exclude(dunning_look__on__gte=on)
        rows = Invoice.objects.filter(kind=Invoice.Kind.INVOICE, state="issued", due_on__lte=on + timedelta(earliest))
        unpaid = rows.filter(customer__in=customers).annotate(left=OPEN).filter(left__gt=0)
        found.update(unpaid.values_list("customer_id", flat=True))
        found.update(Stop.objects.filter(OPEN_STOP, customer__in=customers).values_list("customer_id", flat=True))
    return sorted(found)


def open_stops(customer: Customer) -> QuerySet[Stop]:
    """What dunning has stopped and not let run again, the earliest first."""
    return Stop.objects.filter(OPEN_STOP, customer=customer).select_related("subscription", "invoice").order_by("pk")


def steps_of(customer: Customer) -> QuerySet[Step]:
    """What was done for the customer's invoices, the latest first."""
    rows = Step.objects.filter(customer=customer).select_related("invoice", "subscription", "fee_invoice", "payment")
    return rows.order_by("-taken_at", "-pk")


def notices_of(customer: Customer) -> QuerySet[Notice]:
    """What the customer was told, the latest first."""
    return Notice.objects.filter(customer=customer).select_related("invoice").order_by("-created_at", "-pk")


def pauses_of(customer: Customer) -> QuerySet[Pause]:
    """Why steps of the customer wait or waited, the latest first."""
    return Pause.objects.filter(customer=customer).select_related("invoice").order_by("-pk")


def pause_by_public_id(public_id: str) -> Pause:
    """The pause with that id; NotFound "pause_not_found"."""
    found = Pause.objects.select_related("customer__brand", "customer__group").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("pause_not_found", f"there is no exemption, promise or dispute {public_id}", param="pause")
    return found
