"""What one run of charging has to look at: prices whose fee is due, and windows of use to read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from tollbook.catalog.models import Price
from tollbook.catalog.queries import PriceList
from tollbook.charging.rules import Borders, Life, borders, life_hours, owned_spans
from tollbook.kernel.period import Period
from tollbook.metering.queries import Window
from tollbook.metering.rules import whole_hours
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

    def share(self, price: Price, period: Period) -> Fraction:
        """The part of a whole period that is owed of a fee, counted as the price says."""
        return self.schedule.share(period, self.prices.terms[price.pk].semantics.proration)


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
        # A period that is still open is read whole when it ends.
        if period is not None and hour in whole_hours(period, schedule.zone) and closed(work, period):
            work.periods.add(period)
    if prices.prepaid and until > subscription.started_at:
        current = schedule.clip(schedule.whole(until))
        if current is not None:
            work.periods.add(current)
    return work


def closed(work: Work, period: Period) -> bool:
    """Whether an earlier run has already closed the period."""
    before = work.subscription.closed_until
    return before is not None and period.end <= before


def take_over(works: Iterable[Work]) -> None:
    """Read closed periods again whose use at large now belongs to a subscription that was added later but
    began before them.
    """
    mine: dict[int, list[Work]] = defaultdict(list)
    for work in works:
        mine[work.subscription.customer_id].append(work)
    for found in mine.values():
        for new in found:
            if new.subscription.closed_until is None and len(found) > 1:
                for other in found:
                    _read_again(new, other)


def _read_again(new: Work, other: Work) -> None:
    starts, until = other.schedule.started_at, other.subscription.closed_until
    older = (new.schedule.started_at, new.subscription.pk) < (starts, other.subscription.pk)
    if until is None or not older or not new.prices.metered.keys() & other.prices.metered.keys():
        return
    other.periods.update(p for p in other.schedule.periods(starts, until) if p.end <= until)


def _fees(work: Work) -> Iterable[Fee]:
    first = work.subscription.closed_until is None and work.borders.begun
    for price in work.prices.one_time if first else ():
        yield Fee(price, work.borders.begun[0], Fraction(1))
    for price in work.prices.recurring:
        for period in work.borders.begun if price.in_advance else work.borders.ended:
            yield Fee(price, period, work.share(price, period))


def windows(
    works: Sequence[Work], meter_ids: dict[str, int], until: datetime
) -> tuple[list[Window], dict[int, tuple[Work, Period]]]:
    """The windows of use to read for these subscriptions of whole customers, and whose each is.

    A period that is still open is read up to `until`: an event dated later waits for its time. The windows of
    one period have one key.
    """
    found: list[Window] = []
    owners: dict[int, tuple[Work, Period]] = {}
    lives = _lives(works)
    for work in works:
        subscription = work.subscription
        codes = sorted(code for code in work.prices.metered if code in meter_ids)
        for period in sorted((p for p in work.periods if p.start < until), key=lambda p: p.start):
            read = whole_hours(Period(period.start, min(period.end, until)), work.schedule.zone)
            closes = whole_hours(period, work.schedule.zone).end
            spans: list[tuple[Period, tuple[int, ...], bool]] = []
            if codes:
                spans.append((read, tuple(meter_ids[code] for code in codes), False))
            shared: dict[tuple[Period, ...], list[int]] = defaultdict(list)
            for code in codes:
                parts = tuple(owned_spans(lives[subscription.customer_id, code], subscription.pk, read))
                shared[parts].append(meter_ids[code])
            spans += [(part, tuple(ids), True) for parts, ids in shared.items() for part in parts]
            key = len(owners)
            owners[key] = (work, period)
            found += [
                Window(
                    key, subscription.customer_id, subscription.pk, span.start, span.end,
                    closes if span.end == read.end else span.end, ids, wide,
                )
                for span, ids, wide in spans
            ]  # fmt: skip
    return found, owners


def _lives(works: Sequence[Work]) -> dict[tuple[int, str], list[Life]]:
    lives: dict[tuple[int, str], list[Life]] = defaultdict(list)
    for work in sorted(works, key=lambda w: (w.subscription.started_at, w.subscription.pk)):
        s = work.subscription
        hours = life_hours(work.schedule)
        for code in work.prices.metered:
            lives[s.customer_id, code].append(Life(s.pk, *hours))
    return lives
