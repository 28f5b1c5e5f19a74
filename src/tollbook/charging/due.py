"""What one run of charging has to look at: prices whose fee is due, and windows of use to read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction

from tollbook.catalog.models import Price
from tollbook.catalog.queries import PriceList, price_list
from tollbook.charging.rules import (
    Borders,
    all_borders,
    changed_since,
    last_border,
    next_due,
    shrinks,
)
from tollbook.customers.rules import BillingPlan
from tollbook.kernel.period import Period
from tollbook.metering.queries import Window
from tollbook.metering.rules import whole_hours
from tollbook.metering.spans import Life, hours_of, life_hours, owned_spans
from tollbook.promotions.rules import Offer
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of
from tollbook.subscriptions.rules import Schedule, Stage


@dataclass(frozen=True, slots=True)
class Fee:
    """A one-time or recurring price that is due for a period, for a share of it."""

    price: Price
    period: Period
    share: Fraction


@dataclass(slots=True)
class Work:
    """A stage of a subscription in a run: its prices and periods, and what was found to be due.

    `begins` are the one-time prices that are due when it begins. `read_again` are periods that an earlier run may have
    charged otherwise; `since` is the instant from which that is so.
    """

    subscription: Subscription
    stage: Stage
    prices: PriceList
    schedule: Schedule
    borders: Borders
    begins: list[Price] = field(default_factory=list)
    fees: list[Fee] = field(default_factory=list)
    periods: set[Period] = field(default_factory=set)
    read_again: set[Period] = field(default_factory=set)
    since: datetime | None = None
    #: What was redeemed for the subscription and is for the plan of the stage.
    offers: tuple[Offer, ...] = ()

    @property
    def draws_use(self) -> bool:
        """Whether a wallet pays for use: then what comes in is to be looked at while its period runs."""
        plan = self.subscription.customer.billing_plan
        if plan == BillingPlan.FLEXIBLE:
            return self.prices.prepaid
        return plan == BillingPlan.PREPAID and bool(self.prices.metered)

    def share(self, price: Price, period: Period) -> Fraction:
        """The part of a whole period that is owed of a fee, counted as the price says."""
        return self.schedule.share(period, self.prices.terms[price.pk].semantics.proration)

    def use_share(self, price: Price, period: Period) -> Fraction:
        """The share at which use in a period is rated."""
        terms = self.prices.terms[price.pk]
        return self.share(price, period) if shrinks(terms) else Fraction(1)

    def closes(self, period: Period) -> bool:
        """Whether this run closes the period, or reads again what an earlier one has closed."""
        return period in self.borders.ended or (period in self.read_again and _over(self, period))


PriceLists = Mapping[tuple[int, int], PriceList]


def price_lists(in_force: Iterable[Sequence[Stage]]) -> PriceLists:
    """The prices of all these stages, by version and book row id."""
    keys = dict.fromkeys((stage.version_id, stage.book_id) for stages in in_force for stage in stages)
    return {key: price_list(*key) for key in keys}


def billed(prices: PriceList, stage: Stage) -> PriceList:
    """The prices that count in a stage: while a subscription is suspended, fees or use may not be billed. Where neither
    is, nothing is: what begins so has no one-time price either, until it goes on.
    """
    if stage.fees and stage.use:
        return prices
    return replace(
        prices,
        one_time=prices.one_time if stage.fees or stage.use else [],
        recurring=prices.recurring if stage.fees else [],
        metered=prices.metered if stage.use else {},
        due_unused=prices.due_unused if stage.use else [],
    )


def works_of(
    subscription: Subscription, stages: Sequence[Stage], lists: PriceLists, closed_until: datetime | None, at: datetime
) -> list[Work]:
    """The stages of a subscription as works in which nothing is due yet, with the borders from `closed_until` to `at`.

    A one-time price is due once in the life of a subscription: with the first stage whose plan's product has a one-time
    price of its code.
    """
    schedules = [schedule_of(subscription).of_stage(stage) for stage in stages]
    works = []
    seen: set[tuple[int, str]] = set()
    turned = all_borders(schedules, closed_until, at)
    for stage, schedule, found in zip(stages, schedules, turned, strict=True):
        prices = billed(lists[stage.version_id, stage.book_id], stage)
        work = Work(subscription, stage, prices, schedule, found)
        for price in prices.one_time:
            key = (price.version.plan.product_id, price.code)
            if key not in seen:
                work.begins.append(price)
                seen.add(key)
        works.append(work)
    return works


def plan_work(
    subscription: Subscription,
    stages: Sequence[Stage],
    lists: PriceLists,
    late: Iterable[datetime],
    until: datetime,
    *,
    hourly: bool = True,
    read_open: bool = False,
) -> list[Work]:
    """What of a subscription is due up to `until`, by stage; `late` are hours before `closed_until` whose use has
    changed. With `read_open`, use in the periods that still run is due too, as it is with prepaid use that is drawn
    `hourly`.
    """
    before = subscription.closed_until
    since = changed_since(stages, subscription.ended_at, subscription.recharge_from, before, until)
    works = works_of(subscription, stages, lists, before, until)
    if since is not None:
        _go_back(works, since, until)
    late = list(late)
    for work in works:
        work.periods.update(work.borders.ended)
        for hour in late:
            period = work.schedule.clip(work.schedule.whole(hour))
            # A period that is still open is read whole when it ends.
            if period is not None and closed(work, period) and _holds(work, period, hour):
                work.periods.add(period)
        if ((hourly and work.draws_use) or read_open) and until > work.stage.start:
            current = work.schedule.clip(work.schedule.whole(until))
            if current is not None:
                work.periods.add(current)
        work.fees = list(_fees(work))
    return works


def _holds(work: Work, period: Period, hour: datetime) -> bool:
    hours = hours_of(work.schedule, period)
    return hours is not None and hour in hours


def _go_back(works: Sequence[Work], since: datetime, until: datetime) -> None:
    """Look again at all periods from the one that holds `since` on; borders that are none any more count as never
    turned.
    """
    schedules = [work.schedule for work in works]
    turned = last_border(schedules, until)
    due = next_due(schedules, turned)
    for work in works:
        work.since = work.schedule.whole(since).start
        first = max(work.since, work.stage.start)
        if first <= until:
            work.read_again.update(work.schedule.periods(first, until))
        work.borders = replace(work.borders, closed_until=turned, due_at=due)
        work.periods.update(p for p in work.read_again if _over(work, p))


def _over(work: Work, period: Period) -> bool:
    turned = work.borders.closed_until
    return turned is not None and period.end <= turned


def closed(work: Work, period: Period) -> bool:
    """Whether an earlier run has already closed the period."""
    before = work.subscription.closed_until
    return before is not None and period.end <= before


def take_over(works: Iterable[Work]) -> None:
    """Read closed periods of a customer's other subscriptions again when use at large may have changed hands: a
    subscription was added later but began before them, or one has changed its plan or its end in the past.
    """
    mine: dict[int, list[Work]] = defaultdict(list)
    for work in works:
        mine[work.subscription.customer_id].append(work)
    for found in mine.values():
        for new in found:
            since = new.since if new.subscription.closed_until is not None else new.stage.start
            if since is not None:
                for other in found:
                    _read_again(new, other, since)


def _read_again(new: Work, other: Work, since: datetime) -> None:
    until = other.subscription.closed_until
    mine, theirs = ((s.started_at, s.pk) for s in (new.subscription, other.subscription))
    if until is None or mine >= theirs:
        return
    # A plan that was replaced may have priced any meter.
    if new.since is None and not new.prices.metered.keys() & other.prices.metered.keys():
        return
    first = max(since, other.stage.start)
    other.periods.update(p for p in other.schedule.periods(first, until) if p.end <= until)


def _fees(work: Work) -> Iterable[Fee]:
    begun = dict.fromkeys([*work.borders.begun, *sorted(work.read_again, key=lambda p: p.start)])
    ended = dict.fromkeys([*work.borders.ended, *(p for p in begun if p in work.read_again and _over(work, p))])
    for price in work.begins:
        for period in begun:
            if period.start == work.stage.start:
                yield Fee(price, period, Fraction(1))
    for price in work.prices.recurring:
        for period in begun if price.in_advance else ended:
            yield Fee(price, period, work.share(price, period))


def windows(
    works: Sequence[Work], meter_ids: dict[str, int], until: datetime
) -> tuple[list[Window], dict[int, tuple[Work, Period]]]:
    """The windows of use to read for these stages of the subscriptions of whole customers, and whose each is.

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
            whole = hours_of(work.schedule, period)
            read = hours_of(work.schedule, Period(period.start, min(period.end, until)))
            over = whole_hours(work.schedule.whole(period.start), work.schedule.zone).length
            spans: list[tuple[Period, tuple[int, ...], bool]] = []
            key = len(owners)
            owners[key] = (work, period)
            if whole is None or read is None:
                continue
            if codes:
                spans.append((read, tuple(meter_ids[code] for code in codes), False))
            shared: dict[tuple[Period, ...], list[int]] = defaultdict(list)
            for code in codes:
                parts = tuple(owned_spans(lives[subscription.customer_id, code], subscription.pk, read))
                shared[parts].append(meter_ids[code])
            spans += [(part, tuple(ids), True) for parts, ids in shared.items() for part in parts]
            found += [
                Window(
                    key, subscription.customer_id, subscription.pk, span.start, span.end,
                    whole.end if span.end == read.end else span.end, over, ids, wide,
                )
                for span, ids, wide in spans
            ]  # fmt: skip
    return found, owners


def _lives(works: Sequence[Work]) -> dict[tuple[int, str], list[Life]]:
    lives: dict[tuple[int, str], list[Life]] = defaultdict(list)
    for work in sorted(works, key=lambda w: (w.subscription.started_at, w.subscription.pk, w.stage.start)):
        s = work.subscription
        hours = life_hours(work.schedule)
        for code in work.prices.metered:
            lives[s.customer_id, code].append(Life(s.pk, *hours))
    return lives
