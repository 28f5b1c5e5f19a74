"""Which periods a simulation looks at, and for which share of them fees are owed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from tollbook.catalog.models import Price
from tollbook.charging.due import Work
from tollbook.charging.models import Charge
from tollbook.charging.rules import credits_unused
from tollbook.kernel.period import Period
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import Schedule


def begun(schedule: Schedule, window: Period) -> Iterator[Period]:
    """The parts of periods in which a stage lives, of those whole periods that begin in the window."""
    if schedule.started_at >= window.end and schedule.whole(schedule.started_at).start >= window.end:
        return
    # A stage that begins after the window may still begin in a period that began in it.
    until = max(window.end, schedule.started_at)
    for period in schedule.periods(window.start, until):
        if window.start <= schedule.whole(period.start).start < window.end:
            yield period


def closed(subscription: Subscription, schedule: Schedule, period: Period) -> bool:
    """Whether the whole period of this part is charged to its end, or to the subscription's."""
    ends = schedule.whole(period.start).end
    if subscription.ended_at is not None:
        ends = min(ends, subscription.ended_at)
    return subscription.closed_until is not None and ends <= subscription.closed_until


def kept_shares(works: Sequence[Work]) -> dict[tuple[int, datetime], Fraction]:
    """The share for which fees in advance stay charged, where unused time is not given back, by subscription row id and
    start of the period.
    """
    cut = [
        (work.subscription.pk, period.start)
        for work in works
        if any(p.in_advance and not _credits(work, p) for p in work.prices.recurring)
        for period in work.periods
        if period.end < work.schedule.whole(period.start).end
    ]
    if not cut:
        return {}
    wanted = Charge.objects.filter(
        subscription_id__in={pk for pk, _ in cut}, period_start__in={start for _, start in cut},
        price__kind=Price.Kind.RECURRING, price__in_advance=True,
    )  # fmt: skip
    found: dict[tuple[int, datetime], Fraction] = {}
    # The last revision says the share that stands.
    for charge in wanted.order_by("revision").only("subscription_id", "period_start", "rated"):
        found[charge.subscription_id, charge.period_start] = Fraction(charge.rated["share"])
    return found


def _credits(work: Work, price: Price) -> bool:
    return credits_unused(work.prices.terms[price.pk], work.stage)


def fee_share(work: Work, price: Price, period: Period, kept: Mapping[tuple[int, datetime], Fraction]) -> Fraction:
    """The share of a period for which a recurring price is owed; `kept` is what `kept_shares` found."""
    share = work.share(price, period)
    if not price.in_advance or _credits(work, price):
        return share
    return max(share, kept.get((work.subscription.pk, period.start), share))
