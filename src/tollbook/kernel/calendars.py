"""Bill days and billing calendars, as engines count them; where they differ, each way has its own name.

All ends are exclusive unless a name says otherwise. A bill day of 29 to 31 falls on the last day of a shorter
month and comes back in a longer one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from tollbook.kernel.errors import Refused
from tollbook.kernel.period import Period, clamp, midnight, months_from
from tollbook.kernel.times import zone_info

LONGEST_MONTH = 31


class Every(StrEnum):
    """Length of a billing period."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"

    @property
    def months(self) -> int:
        """In months."""
        return {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[self.value]


class Bill(StrEnum):
    """Which period an invoice covers."""

    CURRENT = "current"  # in advance
    PREVIOUS = "previous"  # in arrears


def check_bill_day(day: int) -> int:
    """A day of the month from 1 to 31, or Refused 'bad_bill_day'."""
    if not 1 <= day <= LONGEST_MONTH:
        raise Refused("bad_bill_day", f"bill day {day}: give a day from 1 to {LONGEST_MONTH}", param="bill_day")
    return day


def every_days(start: date, days: int, n: int) -> tuple[date, ...]:
    """The `n` dates that follow `start` in steps of `days` (Kill Bill's periods of N days)."""
    return tuple(start + timedelta(days=days * k) for k in range(1, n + 1))


def days_between(start: date, end: date) -> int:
    """Calendar days from `start` to `end`, which is not counted; negative when `end` lies before."""
    return (end - start).days


def whole_months(start: date, end: date) -> int:
    """Months from `start` to `end`, less one when the day of the month is not reached (Kill Bill)."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (end.day < start.day)


def whole_days(start: date, end: date, days: int) -> int:
    """Whole spans of `days` days from `start` to `end`; Refused 'bad_days' unless `days` is above zero."""
    if days <= 0:
        raise Refused("bad_days", f"a period of {days} days is not possible: give 1 or more", param="days")
    return days_between(start, end) // days


def first_bill_date(start: date, bill_day: int, every: Every = Every.MONTH) -> date:
    """The first bill date on or after `start` (Kill Bill).

    It lies in the month of `start`, or one whole period later when that day is already past.
    """
    candidate = clamp(start.year, start.month, check_bill_day(bill_day))
    return candidate if candidate >= start else months_from(start, every.months, bill_day)


def last_bill_date(on: date, bill_day: int) -> date:
    """The last monthly bill date on or before `on`."""
    candidate = clamp(on.year, on.month, check_bill_day(bill_day))
    return candidate if candidate <= on else months_from(on, -1, bill_day)


def first_period(start: date, bill_day: int, every: Every) -> tuple[date, date]:
    """The stub from `start` to the end of the period whose bill date came before it (Meteroid)."""
    return start, months_from(last_bill_date(start, bill_day), every.months, bill_day)


def bill_dates_between(start: date, at: date, bill_day: int) -> int:
    """How many monthly bill dates lie after `start` and not after `at` (Meteroid's elapsed cycles)."""
    if at <= start:
        return 0
    first, last = last_bill_date(start, bill_day), last_bill_date(at, bill_day)
    return (last.year - first.year) * 12 + last.month - first.month


def anniversary_period(start: date, billed_on: date, bill: Bill = Bill.CURRENT) -> tuple[date, date]:
    """The monthly period, counted from `start`, that an invoice of `billed_on` covers (Lago).

    Returns its first day and its last one: the end is INCLUSIVE, as Lago prints it.
    """
    months = (billed_on.year - start.year) * 12 + billed_on.month - start.month
    if months_from(start, months) > billed_on:
        months -= 1
    if bill is Bill.PREVIOUS:
        months -= 1
    return months_from(start, months), months_from(start, months + 1) - timedelta(days=1)


def recurrence(anchor: datetime, at: datetime) -> Period:
    """The monthly span around `at`, with borders at the anchor's day, time and offset (OpenMeter)."""
    local = at.astimezone(anchor.tzinfo)

    def border(k: int) -> datetime:
        return datetime.combine(months_from(anchor.date(), k), anchor.timetz())

    k = (local.year - anchor.year) * 12 + local.month - anchor.month
    if border(k) > at:
        k -= 1
    return Period(border(k), border(k + 1))


def previous_month(billed_at: datetime, zone: str) -> Period:
    """The local calendar month before the one that holds `billed_at`."""
    local = billed_at.astimezone(zone_info(zone)).date().replace(day=1)
    return Period(midnight(months_from(local, -1), zone), midnight(local, zone))


def local_span(start: datetime, end: datetime, zone: str) -> tuple[int, Fraction]:
    """(local calendar days, true hours) between two wall-clock times of a zone (Flexprice).

    Takes naive datetimes: they are what a wall clock shows. A repeated hour means its first occurrence.
    """
    info = zone_info(zone)
    elapsed = end.replace(tzinfo=info).astimezone(UTC) - start.replace(tzinfo=info).astimezone(UTC)
    return (end.date() - start.date()).days, Fraction(elapsed // timedelta(microseconds=1), 3_600_000_000)
