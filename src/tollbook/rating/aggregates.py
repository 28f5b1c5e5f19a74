"""Events to a quantity: what a meter counts. Conventions of OpenMeter and Lago.

Exact where the result is finite; means are rounded half up, to the places that the meter states.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import add_up, round_to

MEAN_PLACES = 6
LEVEL_PLACES = 5


class Event(NamedTuple):
    """A value at an instant (that of the event, not of its arrival), and a property to tell apart, if any."""

    at: datetime
    value: Decimal
    key: Hashable = None


class Aggregation(StrEnum):
    """What is made of the events."""

    COUNT = "count"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    LATEST = "latest"
    UNIQUE = "unique"


def aggregate(function: Aggregation, events: Sequence[Event], places: int = MEAN_PLACES) -> Decimal:
    """The quantity of `events`, rounded half up to `places`; zero without events.

    `latest` goes by the time of the events, whatever their order; of two at one instant the first one listed
    counts. `unique` counts different keys.
    """
    if not events:
        return Decimal(0)
    return round_to(_FUNCTIONS[function](events), places)


_FUNCTIONS: dict[Aggregation, Callable[[Sequence[Event]], Decimal | Fraction]] = {
    Aggregation.COUNT: lambda events: Decimal(len(events)),
    Aggregation.SUM: lambda events: add_up(event.value for event in events),
    Aggregation.MIN: lambda events: min(event.value for event in events),
    Aggregation.MAX: lambda events: max(event.value for event in events),
    Aggregation.AVG: lambda events: Fraction(add_up(event.value for event in events)) / len(events),
    Aggregation.LATEST: lambda events: max(events, key=lambda event: event.at).value,
    Aggregation.UNIQUE: lambda events: Decimal(len({event.key for event in events})),
}


def latest_within(start: datetime, end: datetime, readings: Iterable[Event]) -> Decimal | None:
    """The last reading from `start` to before `end`, or None: readings replace each other (OpenMeter)."""
    found = [reading for reading in readings if start <= reading.at < end]
    return max(found, key=lambda reading: reading.at).value if found else None


def left_after_latest(
    granted: Decimal, start: datetime, end: datetime, readings: Iterable[Event]
) -> tuple[Decimal, Decimal]:
    """(used, left) of a grant where the last reading from `start` to before `end` is what was used (OpenMeter).

    Without a reading nothing was used; `left` is below zero where more was used than granted.
    """
    used = latest_within(start, end, readings) or Decimal(0)
    return used, add_up([granted, -used])


def time_weighted(
    start: datetime,
    end: datetime,
    changes: Iterable[tuple[datetime, Decimal]],
    initial: Decimal = Decimal(0),
    places: int = LEVEL_PLACES,
) -> Decimal:
    """The mean level from `start` to before `end` (Lago): each change holds from its instant on.

    `changes` in order of time; those before `start` count as part of the initial level, those from `end` on
    not at all. Raises Refused 'not_in_order', or 'period_empty' when there is no time between start and end.
    """
    if end <= start:
        raise Refused("period_empty", f"there is no time from {start} to {end}", param="end")
    level, total, since, last = Fraction(initial), Fraction(0), start, None
    for at, change in changes:
        if last is not None and at < last:
            raise Refused("not_in_order", f"the change at {at} comes after that at {last}", param="changes")
        last = at
        until = min(max(at, start), end)
        total += level * _ticks(until - since)
        since = until
        level += Fraction(change)
    total += level * _ticks(end - since)
    return round_to(total / _ticks(end - start), places)


def _ticks(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def next_quota(quota: Decimal, used: Decimal, *, carry_over: bool) -> Decimal:
    """What the next cycle allows: the quota and what is left of this one; overuse is not carried (UniBee)."""
    return add_up([quota, max(Decimal(0), quota - used)]) if carry_over else quota
