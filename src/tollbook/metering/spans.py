"""Which hours of use belong to which part of a subscription, and whose use at large is whose; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tollbook.kernel.period import Period
from tollbook.metering.rules import whole_hours
from tollbook.subscriptions.rules import Schedule

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Life:
    """When a stage of a subscription lives: what decides who owns a customer's use at large."""

    subscription_id: int
    start: datetime
    end: datetime | None


def life_hours(schedule: Schedule) -> tuple[datetime, datetime | None]:
    """The hours in which a stage of a subscription lives; no end while it lives on.

    A started hour belongs to it whole, but the hour in which the plan changes belongs to the stage that begins.
    """
    start, ended = _hour(schedule.started_at, schedule.zone), schedule.ended_at
    if ended is None:
        return start, None
    return start, _hour(ended, schedule.zone) if schedule.cut else whole_hours(Period(start, ended), schedule.zone).end


def _hour(at: datetime, zone: str) -> datetime:
    return whole_hours(Period(at, at + _HOUR), zone).start


def hours_of(schedule: Schedule, part: Period) -> Period | None:
    """The hours whose use belongs to a part of a stage's period; None when the plan changed twice in one hour."""
    start, end = life_hours(schedule)
    hours = whole_hours(part, schedule.zone)
    first, last = max(hours.start, start), min(hours.end, end) if end else hours.end
    return Period(first, last) if first < last else None


def owned_spans(lives: Sequence[Life], subscription_id: int, window: Period) -> Iterator[Period]:
    """The parts of `window` in which a customer's use at large belongs to the subscription.

    `lives` are those of the customer's subscriptions that price the meter, the oldest first: at any instant
    the oldest that lives owns the use, so no event is charged twice and none is missed while any of them
    lives.
    """
    spans = [window]
    for life in lives:
        if life.subscription_id == subscription_id:
            break
        spans = [part for span in spans for part in _without(span, life)]
    yield from spans


def _without(span: Period, life: Life) -> Iterator[Period]:
    if life.start >= span.end or (life.end is not None and life.end <= span.start):
        yield span
        return
    if life.start > span.start:
        yield Period(span.start, life.start)
    if life.end is not None and life.end < span.end:
        yield Period(life.end, span.end)
