"""Parts of a period, as exact fractions, in the ways engines count them.

`rate(..., share=...)` takes any of these shares; the functions that return amounts round once, where their
source does.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import count

from tollbook.kernel.calendars import Every, days_between, first_bill_date
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, Rounding, add_up, round_to
from tollbook.kernel.period import months_from

CYCLE_PLACES = 9
CREDIT_PLACES = 8


def days_share(used: int, of: int) -> Fraction:
    """`used` of `of` days, or of any whole parts; Refused 'bad_share' unless `of` is above zero."""
    if of <= 0:
        raise Refused("bad_share", f"{used} of {of} days is not a share: the period must have days", param="of")
    return Fraction(used, of)


def seconds_share(start: datetime, end: datetime, at: datetime) -> Fraction:
    """What is left at `at` of the time from `start` to `end`; none after the end (OpenMeter, Flexprice)."""
    whole, left = end - start, end - at
    if whole <= timedelta(0):
        raise Refused("bad_share", f"the period from {start} to {end} has no length", param="end")
    tick = timedelta(microseconds=1)
    return Fraction(max(0, left // tick), whole // tick)


def month_share(start: date, end: date, fixed_days: int) -> tuple[Fraction, int]:
    """(share, days) from `start` to `end` in months of `fixed_days` days, usually 30 (Kill Bill).

    Across a border of months, the days that the first month has beyond `fixed_days` are not counted; what
    February lacks is added.
    """
    days = days_between(start, end)
    if (start.year, start.month) != (end.year, end.month):
        days -= monthrange(start.year, start.month)[1] - fixed_days
    return days_share(days, fixed_days), days


def period_share(start: date, end: date, period_start: date, period_end: date) -> tuple[Fraction, int]:
    """(share, days) from `start` to `end` in the days of the whole period; ends are exclusive."""
    days = days_between(start, end)
    return days_share(days, days_between(period_start, period_end)), days


def prorated(amount: Decimal, share: Fraction, places: int, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """The share of an amount, rounded once."""
    return round_to(Fraction(amount) * share, places, mode)


def unused(amount: Decimal, used: int, of: int, places: int) -> Decimal:
    """What to credit of an amount paid for `of` days when `used` of them were used, rounded once (Lago)."""
    return prorated(amount, days_share(of - used, of), places)


def spread(amount: Decimal, shares: Iterable[Fraction], places: int) -> tuple[Decimal, ...]:
    """Consecutive parts of an amount, such that every running total is the rounded exact running total.

    So a plan that is cut anywhere, and not changed, costs its price to the last digit.
    """
    parts = []
    share = Fraction(0)
    billed = Decimal(0)
    for step in shares:
        share += step
        total = prorated(amount, share, places)
        parts.append(EXACT.subtract(total, billed))
        billed = total
    return tuple(parts)


def billing_cycles(start: date, end: date | None, target: date, bill_day: int, every: Every) -> Decimal:
    """How many periods, paid in advance, begin on or before `target`; parts count as fractions (Kill Bill).

    A part before the first bill date is measured against the period before that date, which keeps that date's
    own day of the month and is not set to `bill_day` again. Each part is rounded to nine places before it is
    added.
    """
    months = every.months
    first = first_bill_date(start, bill_day, every)
    parts = []
    if start < first:
        until = first if end is None else min(first, end)
        parts.append(_part(start, until, months_from(first, -months), first))
    for k in count():
        border = months_from(first, k * months, bill_day)
        if border > target or (end is not None and border >= end):
            break
        if end is not None and end < months_from(first, (k + 1) * months, bill_day):
            parts.append(_part(border, end, border, months_from(border, months)))
            break
        parts.append(Decimal(1))
    return add_up(parts)


def _part(start: date, end: date, period_start: date, period_end: date) -> Decimal:
    share, _ = period_share(start, end, period_start, period_end)
    return cycles(share)


def cycles(share: Fraction) -> Decimal:
    """A share of a period as a number of periods: nine places, half up (Kill Bill)."""
    return round_to(share, CYCLE_PLACES)


class Boundary(StrEnum):
    """Whether the end of a period is its last day or the day after."""

    END_INCLUSIVE = "end_inclusive"  # Flexprice
    END_EXCLUSIVE = "end_exclusive"  # Meteroid


def remaining_share(start: date, end: date, at: date, boundary: Boundary) -> Fraction:
    """What is left of a period from the day `at` on; never below nothing."""
    extra = 1 if boundary is Boundary.END_INCLUSIVE else 0
    return days_share(max(0, (end - at).days + extra), (end - start).days + extra)


def plan_change(
    remove: Iterable[tuple[Decimal, int]],
    add: Iterable[tuple[Decimal, int]],
    share: Fraction,
    places: int = 2,
) -> tuple[tuple[Decimal, ...], Decimal]:
    """(lines, net) of a change of plan: credits for what is removed, then charges for what is added.

    `remove` and `add` are (price of a whole period, quantity), `share` is what is left of the period. Every
    line is rounded by itself; the net is the sum of the rounded lines, so the invoice adds up.
    """
    signed = [*((-quantity, price) for price, quantity in remove), *((q, price) for price, q in add)]
    lines = tuple(prorated(EXACT.multiply(price, Decimal(quantity)), share, places) for quantity, price in signed)
    return lines, add_up(lines)


class Step(StrEnum):
    """Units in which started time counts (Waldur)."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    HALF_MONTH = "half_month"


def started_units(step: Step, start: datetime, end: datetime) -> Decimal:
    """How many units are due from `start` to `end`, the last moment used (Waldur).

    Hours and days of 24 hours count whole once started. Months are shares of the month of `start` in days,
    half-months likewise from the 1st and the 16th; shares are rounded up to two places. Start and end of
    months and half-months lie in one month, else Refused 'two_months'.
    """
    if step in (Step.HOUR, Step.DAY):
        unit = timedelta(hours=1) if step is Step.HOUR else timedelta(days=1)
        return Decimal(-((start - end) // unit))
    if (start.year, start.month) != (end.year, end.month):
        raise Refused("two_months", f"{start} and {end} lie in different months: bill each by itself")
    days = monthrange(start.year, start.month)[1]
    if step is Step.MONTH:
        return round_to(Fraction(end.day - start.day + 1, days), 2, Rounding.UP)
    return round_to(_half_months(start.day, end.day, days), 2, Rounding.UP)


def _half_months(first: int, last: int, days: int) -> Fraction:
    half = Fraction(days, 2)
    middle = 15
    if (first, last) in ((1, middle), (middle + 1, days)):
        return Fraction(1)
    if (first, last) == (1, days):
        return Fraction(2)
    if first == 1 and last > middle:
        return 1 + (last - middle) / half
    if first <= middle and last == days:
        return 1 + (middle + 1 - first) / half
    return (last - first + 1) / half
