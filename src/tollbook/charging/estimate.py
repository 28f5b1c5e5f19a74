"""What the running periods will bring: rated with the same rules as the charges, and written nowhere."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tollbook.catalog.models import Price
from tollbook.charging.due import Work, price_lists, windows, works_of
from tollbook.charging.promoting import FeeSteps, add_offers, promoted_fee, promoted_use
from tollbook.charging.queries import Charged, ChargeKey, charged_by_month, charged_so_far, unbilled
from tollbook.charging.rules import owe
from tollbook.customers.models import Customer
from tollbook.kernel.money import Money
from tollbook.kernel.period import Period
from tollbook.kernel.times import zone_info
from tollbook.metering import queries as usage
from tollbook.subscriptions.queries import of_customer, stages_of
from tollbook.subscriptions.rules import State

_KNOWN_LATER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SoFar:
    """As priced, in one currency: charges that no invoice carries yet, use that is not charged yet, and the fees that
    the running periods end with. `includes_tax`: whether the prices do; None where some do and some do not.
    """

    unbilled: Money
    use: Money
    fees: Money
    includes_tax: bool | None = False

    @property
    def now(self) -> Money:
        return self.unbilled + self.use

    @property
    def at_end(self) -> Money:
        return self.now + self.fees


def so_far(customer: Customer, at: datetime) -> SoFar:
    """Where the customer's running periods stand at `at`, in the customer's currency."""
    works = _works(customer, at)
    return _so_far(customer, works, _use(works, at))


def so_far_and_spent(customer: Customer, at: datetime) -> tuple[SoFar, Decimal]:
    """`so_far`, and what is spent in the month of `at` (see `spent`); for one query more than the former alone."""
    works = _works(customer, at)
    use = _use(works, at)
    this = month_of(at, customer.zone)
    months = _spent(customer, works, use, at)
    month = sum((amount for (_, found), amount in months.items() if found == this), Decimal(0))
    return _so_far(customer, works, use), month


def _so_far(customer: Customer, works: list[Work], use: dict[ChargeKey, Decimal]) -> SoFar:
    waiting = unbilled(customer)
    inside = {work.subscription.book.includes_tax for work in works}
    zero = Decimal(0)
    return SoFar(
        unbilled=Money(waiting.get(customer.currency, zero), customer.currency),
        use=Money(sum(use.values(), zero), customer.currency),
        fees=Money(_fees(works), customer.currency),
        includes_tax=None if len(inside) > 1 else True in inside,
    )


def _works(customer: Customer, at: datetime) -> list[Work]:
    rows = list(of_customer(customer).exclude(state=State.ENDED).filter(book__currency=customer.currency))
    in_force = stages_of(rows)
    lists = price_lists(in_force.values())
    works = []
    for s in rows:
        s.customer = customer
        for work in works_of(s, in_force[s.pk], lists, at, at):
            current = work.schedule.clip(work.schedule.whole(at)) if at in work.stage else None
            if current is not None:
                work.periods.add(current)
            works.append(work)
    add_offers(works)
    return works


def month_of(period_start: datetime, zone: str) -> date:
    """The month that spend of a period counts in: that in which the period begins, in the customer's zone."""
    return period_start.astimezone(zone_info(zone)).date().replace(day=1)


def spent(customer: Customer, at: datetime) -> dict[tuple[int, date], Decimal]:
    """What a customer spends, by subscription (row id) and month (see `month_of`), in its currency, exact, as priced:
    what is charged, and the use of running periods that is not yet. Of this month, of those in which a running period
    began, and for a day of the month before: what falls due at its end, and the use of its last hour, are known then.
    """
    works = _works(customer, at)
    return _spent(customer, works, _use(works, at), at)


def _spent(
    customer: Customer, works: list[Work], use: dict[ChargeKey, Decimal], at: datetime
) -> dict[tuple[int, date], Decimal]:
    begins = [period.start for work in works for period in work.periods]
    first = min(month_of(start, customer.zone) for start in [*begins, at - _KNOWN_LATER])
    found: dict[tuple[int, date], Decimal] = defaultdict(Decimal)
    for subscription_id, month, amount in charged_by_month(customer, first):
        found[subscription_id, month] += amount
    for key, amount in use.items():
        found[key.subscription_id, month_of(key.period_start, customer.zone)] += amount
    return dict(found)


def _use(works: list[Work], at: datetime) -> dict[ChargeKey, Decimal]:
    """The rated use of the running periods, less what is charged of it already."""
    meters = usage.meters()
    found, owners = windows(works, {m.code: pk for pk, m in meters.items()}, at)
    readings = usage.readings(found, meters)
    totals: dict[ChargeKey, Decimal] = defaultdict(Decimal)
    context: dict[ChargeKey, tuple[Work, Price, Period]] = {}
    for group, (work, period) in owners.items():
        for reading in readings.get(group, ()):
            price = work.prices.price_for(meters[reading.meter_id].code, reading.dims)
            if price is not None:
                key = ChargeKey(work.subscription.pk, work.stage.phase_id, price.pk, period.start)
                totals[key] += reading.quantity
                context[key] = (work, price, period)
    before = charged_so_far(list(totals))
    owed = ((key, _use_owed(*context[key], total)) for key, total in totals.items())
    return {key: amount - before.get(key, Charged()).amount for key, amount in owed}


def _use_owed(work: Work, price: Price, period: Period, total: Decimal) -> Decimal:
    owed = owe(work.prices.terms[price.pk], total, work.use_share(price, period))
    return promoted_use(work, price, period, owed).amount


def _fees(works: list[Work]) -> Decimal:
    """Recurring fees in arrears of the running periods."""
    owed = Decimal(0)
    steps: FeeSteps = {}
    for work in works:
        for price in work.prices.recurring:
            if not price.in_advance and price.kind == Price.Kind.RECURRING:
                for period in work.periods:
                    fee = owe(work.prices.terms[price.pk], Decimal(1), work.share(price, period))
                    owed += promoted_fee(work, price, period, fee, steps).amount
    return owed
