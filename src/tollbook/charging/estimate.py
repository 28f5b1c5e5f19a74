"""What the running periods will bring: rated with the same rules as the charges, and written nowhere."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tollbook.catalog.models import Price
from tollbook.catalog.queries import PriceList, price_list
from tollbook.charging.due import Work, windows
from tollbook.charging.queries import Charged, charged_so_far, unbilled
from tollbook.charging.rules import borders, owe
from tollbook.customers.models import Customer
from tollbook.kernel.money import Money
from tollbook.metering import queries as usage
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import of_customer, schedule_of
from tollbook.subscriptions.rules import State

Key = tuple[int, int, datetime]


@dataclass(frozen=True, slots=True)
class SoFar:
    """Net, in one currency: charges that no invoice carries yet, use that is not charged yet, and the fees that the
    running periods end with.
    """

    unbilled: Money
    use: Money
    fees: Money

    @property
    def now(self) -> Money:
        return self.unbilled + self.use

    @property
    def at_end(self) -> Money:
        return self.now + self.fees


def so_far(customer: Customer, at: datetime) -> SoFar:
    """Where the customer's running periods stand at `at`, in the customer's currency."""
    works = _works(customer, at)
    waiting = unbilled(customer)
    zero = Decimal(0)
    return SoFar(
        unbilled=Money(waiting.get(customer.currency, zero), customer.currency),
        use=Money(_use(works, at), customer.currency),
        fees=Money(_fees(works), customer.currency),
    )


def _works(customer: Customer, at: datetime) -> list[Work]:
    lists: dict[tuple[int, int], PriceList] = {}
    works = []
    for s in of_customer(customer).exclude(state=State.ENDED).filter(book__currency=customer.currency):
        s.customer = customer
        key = (s.version_id, s.book_id)
        if key not in lists:
            lists[key] = price_list(*key)
        works.append(_work(s, lists[key], at))
    return works


def _work(subscription: Subscription, prices: PriceList, at: datetime) -> Work:
    schedule = schedule_of(subscription)
    work = Work(subscription, prices, schedule, borders(schedule, at, at))
    current = schedule.clip(schedule.whole(at)) if at >= subscription.started_at else None
    if current is not None and at in current:
        work.periods.add(current)
    return work


def _use(works: list[Work], at: datetime) -> Decimal:
    """The rated use of the running periods, less what is charged of it already."""
    meters = usage.meters()
    found, owners = windows(works, {m.code: pk for pk, m in meters.items()}, at)
    readings = usage.readings(found, meters)
    totals: dict[Key, Decimal] = defaultdict(Decimal)
    terms = {}
    for group, (work, period) in owners.items():
        for reading in readings.get(group, ()):
            price = work.prices.price_for(meters[reading.meter_id].code, reading.dims)
            if price is not None:
                key = (work.subscription.pk, price.pk, period.start)
                totals[key] += reading.quantity
                terms[key] = work.prices.terms[price.pk]
    before = charged_so_far(list(totals))
    return sum(
        (owe(terms[key], total).amount - before.get(key, Charged()).amount for key, total in totals.items()), Decimal(0)
    )


def _fees(works: list[Work]) -> Decimal:
    """Recurring fees in arrears of the running periods."""
    owed = Decimal(0)
    for work in works:
        for price in work.prices.recurring:
            if not price.in_advance and price.kind == Price.Kind.RECURRING:
                for period in work.periods:
                    owed += owe(work.prices.terms[price.pk], Decimal(1), work.share(price, period)).amount
    return owed
