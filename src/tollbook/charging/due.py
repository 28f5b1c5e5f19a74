"""What one run of charging has to look at: prices whose fee is due, and windows of use to read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from tollbook.catalog.models import Price
from tollbook.catalog.queries import PriceList
from tollbook.charging.rules import Borders, Life, borders, owned_spans
from tollbook.kernel.period import Period
from tollbook.metering.queries import Window
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of
from tollbook.subscriptions.rules import Schedule


@dataclass(frozen=True, slots=True)
class Fee:
    """A one-time or recurring price that is due for a period, for a share of it."""

    price: Price
    period: Period
    share: Fraction


@dataclass(slots=True)
class Work:
    """A subscription in a run: its prices and periods, and what was found to be due."""

    subscription: Subscription
    prices: PriceList
    schedule: Schedule
    borders: Borders
    fees: list[Fee] = field(default_factory=list)
    periods: set[Period] = field(default_factory=set)


def plan_work(subscription: Subscription, prices: PriceList, late: Iterable[datetime], until: datetime) -> Work:
    """What of a subscription is due up to `until`; `late` are hours before `closed_until` whose use has
    changed.
    """
    schedule = schedule_of(subscription)
    turned = borders(schedule, subscription.closed_until, until)
    work = Work(subscription, prices, schedule, turned)
    work.fees = list(_fees(work))
    work.periods.update(turned.ended)
    for hour in late:
        period = schedule.clip(schedule.whole(hour))
        if period is not None and hour in period:
            work.periods.add(period)
    if prices.prepaid and until > subscription.started_at:
        current = schedule.clip(schedule.whole(until))
        if current is not None:
            work.periods.add(current)
    return work


def _fees(work: Work) -> Iterable[Fee]:
    first = work.subscription.closed_until is None and work.borders.begun
    for price in work.prices.one_time if first else ():
        yield Fee(price, work.borders.begun[0], Fraction(1))
    for price in work.prices.recurring:
        for period in work.borders.begun if price.in_advance else work.borders.ended:
            yield Fee(price, period, work.schedule.share(period))


def windows(
    works: Sequence[Work], meter_ids: dict[str, int], until: datetime
) -> tuple[list[Window], dict[int, tuple[Work, Period]]]:
    """The windows of use to read for these subscriptions of whole customers, and whose each is.

    A period that is still open is read up to `until`: an event dated later waits for its time.
    """
    found: list[Window] = []
    owners: dict[int, tuple[Work, Period]] = {}
    lives = _lives(works)
    for work in works:
        subscription = work.subscription
        codes = sorted(code for code in work.prices.metered if code in meter_ids)
        for period in sorted((p for p in work.periods if p.start < until), key=lambda p: p.start):
            read = Period(period.start, min(period.end, until))
            spans: list[tuple[Period, tuple[int, ...], bool]] = []
            if codes:
                spans.append((read, tuple(meter_ids[code] for code in codes), False))
            shared: dict[tuple[Period, ...], list[int]] = defaultdict(list)
            for code in codes:
                parts = tuple(owned_spans(lives[subscription.customer_id, code], subscription.pk, read))
                shared[parts].append(meter_ids[code])
            spans += [(part, tuple(ids), True) for parts, ids in shared.items() for part in parts]
            for span, ids, wide in spans:
                key = len(found)
                found.append(Window(key, subscription.customer_id, subscription.pk, span.start, span.end, ids, wide))
                owners[key] = (work, period)
    return found, owners


def _lives(works: Sequence[Work]) -> dict[tuple[int, str], list[Life]]:
    lives: dict[tuple[int, str], list[Life]] = defaultdict(list)
    for work in sorted(works, key=lambda w: (w.subscription.started_at, w.subscription.pk)):
        s = work.subscription
        for code in work.prices.metered:
            lives[s.customer_id, code].append(Life(s.pk, s.started_at, s.ended_at))
    return lives
