"""What falls due when, whose use at large is whose, and what a changed reading still owes; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tollbook.kernel.period import Period
from tollbook.metering.rules import whole_hours
from tollbook.rating import Terms, rate
from tollbook.subscriptions.rules import Schedule

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Borders:
    """What turning borders makes due: periods that begin (charged in advance) and periods that end (in
    arrears).
    """

    begun: tuple[Period, ...]
    ended: tuple[Period, ...]
    closed_until: datetime | None
    due_at: datetime | None


def borders(schedule: Schedule, closed_until: datetime | None, until: datetime) -> Borders:
    """The periods of a subscription that begin or end after `closed_until` and not after `until`.

    `closed_until` is the last border already turned (None before the first). `due_at` is the next border,
    None when the subscription has ended and nothing is left.
    """
    periods = list(schedule.periods(closed_until or schedule.started_at, until))
    begun = tuple(p for p in periods if closed_until is None or p.start > closed_until)
    ended = tuple(p for p in periods if p.end <= until and (closed_until is None or p.end > closed_until))
    turned = max([*(p.start for p in begun), *(p.end for p in ended)], default=closed_until)
    return Borders(begun, ended, turned, _next(schedule, turned))


def _next(schedule: Schedule, turned: datetime | None) -> datetime | None:
    if turned is None:
        return schedule.started_at
    if schedule.ended_at and turned >= schedule.ended_at:
        return None
    part = schedule.clip(schedule.whole(turned))
    return part.end if part else None


@dataclass(frozen=True, slots=True)
class Owed:
    """A rated reading as a charge stores it: the whole amount of the period, and the arithmetic behind it."""

    quantity: Decimal
    amount: Decimal
    rated: dict[str, Any]


def owe(terms: Terms, quantity: Decimal, share: Fraction = Fraction(1)) -> Owed:
    """Rate a reading, or a period's fee, for a `share` of the period.

    A negative reading, in which credits of the upstream exceed the use, is owed back at the price that as
    much use would have cost; a minimum is never owed back.
    """
    result = rate(terms, abs(quantity), share=share, last=quantity >= 0)
    sign = -1 if quantity < 0 else 1
    rated = {
        "quantity": format(quantity, "f"),
        "share": str(share),
        "credited": quantity < 0,
        "exact": result.exact,
        "lines": [line.data() for line in result.lines],
    }
    return Owed(quantity, sign * result.amount, rated)


@dataclass(frozen=True, slots=True)
class Life:
    """When a subscription lives: what decides who owns a customer's use at large."""

    subscription_id: int
    start: datetime
    end: datetime | None


def life_hours(schedule: Schedule) -> tuple[datetime, datetime | None]:
    """The hours in which a subscription lives, started ones whole; no end while it lives on."""
    ended = schedule.ended_at
    hours = whole_hours(Period(schedule.started_at, ended or schedule.started_at + _HOUR), schedule.zone)
    return hours.start, hours.end if ended else None


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
