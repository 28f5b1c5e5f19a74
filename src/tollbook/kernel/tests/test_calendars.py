"""Bill days and billing calendars: one table a convention, with the engine it is taken from."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.calendars import (
    Bill,
    Every,
    anniversary_period,
    bill_dates_between,
    days_between,
    every_days,
    first_bill_date,
    first_period,
    last_bill_date,
    local_span,
    previous_month,
    recurrence,
    whole_days,
    whole_months,
)
from tollbook.kernel.errors import Refused
from tollbook.kernel.period import Period

days = st.dates(date(1990, 1, 1), date(2100, 1, 1))


def day(text: str) -> date:
    return date.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_every_days() -> None:
    """Kill Bill's periods of N days: plain calendar days."""
    assert every_days(day("2024-02-01"), 30, 3) == (day("2024-03-02"), day("2024-04-01"), day("2024-05-01"))
    assert every_days(day("2024-02-01"), 30, 0) == ()


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [("2026-01-15", "2026-03-15", 2), ("2026-01-15", "2026-03-14", 1), ("2026-01-31", "2026-02-28", 0)],
)
def test_whole_months(start: str, end: str, months: int) -> None:
    """Kill Bill: the last day of a short month does not reach a 31st."""
    assert whole_months(day(start), day(end)) == months


def test_whole_days() -> None:
    assert whole_days(day("2026-01-01"), day("2026-03-01"), 30) == 1
    with pytest.raises(Refused) as refused:
        whole_days(day("2026-01-01"), day("2026-03-01"), 0)
    assert refused.value.code == "bad_days"


def test_days_between_two_dates() -> None:
    assert days_between(day("2024-02-01"), day("2024-03-01")) == 29
    assert days_between(day("2026-03-01"), day("2026-03-01")) == 0
    assert days_between(day("2026-03-02"), day("2026-03-01")) == -1


@pytest.mark.parametrize(
    ("start", "bill_day", "every", "first"),
    [
        ("2026-01-10", 15, Every.MONTH, "2026-01-15"),
        ("2026-01-15", 15, Every.MONTH, "2026-01-15"),
        ("2026-01-16", 15, Every.MONTH, "2026-02-15"),
        ("2026-01-16", 15, Every.YEAR, "2027-01-15"),
        ("2026-02-10", 31, Every.MONTH, "2026-02-28"),
        ("2026-11-30", 15, Every.QUARTER, "2027-02-15"),
        ("2026-08-31", 30, Every.HALF_YEAR, "2027-02-28"),
    ],
)
def test_first_bill_date(start: str, bill_day: int, every: Every, first: str) -> None:
    """Kill Bill's bill-cycle day."""
    assert first_bill_date(day(start), bill_day, every) == day(first)


@pytest.mark.parametrize(
    ("on", "bill_day", "last"),
    [("2026-03-31", 31, "2026-03-31"), ("2026-03-30", 31, "2026-02-28"), ("2026-01-01", 2, "2025-12-02")],
)
def test_last_bill_date(on: str, bill_day: int, last: str) -> None:
    assert last_bill_date(day(on), bill_day) == day(last)


@pytest.mark.parametrize("bill_day", [0, 32, -1])
def test_impossible_bill_days_are_refused(bill_day: int) -> None:
    for rule in (first_bill_date, last_bill_date):
        with pytest.raises(Refused) as refused:
            rule(day("2026-01-01"), bill_day)
        assert refused.value.code == "bad_bill_day"


@pytest.mark.parametrize(
    ("start", "bill_day", "every", "end"),
    [
        ("2026-01-10", 15, Every.MONTH, "2026-01-15"),
        ("2026-01-15", 15, Every.MONTH, "2026-02-15"),
        ("2026-01-20", 15, Every.MONTH, "2026-02-15"),
        ("2026-01-10", 15, Every.QUARTER, "2026-03-15"),  # counted from 15 December
    ],
)
def test_first_period(start: str, bill_day: int, every: Every, end: str) -> None:
    """Meteroid's stub."""
    assert first_period(day(start), bill_day, every) == (day(start), day(end))


@pytest.mark.parametrize(
    ("start", "at", "bill_day", "count"),
    [
        ("2026-01-15", "2026-01-15", 15, 0),
        ("2026-01-15", "2026-02-14", 15, 0),
        ("2026-01-15", "2026-02-15", 15, 1),
        ("2026-01-10", "2026-01-15", 15, 1),
        ("2026-01-31", "2026-02-28", 31, 1),
        ("2026-01-15", "2027-01-15", 15, 12),
        ("2026-02-15", "2026-01-15", 15, 0),
    ],
)
def test_bill_dates_between(start: str, at: str, bill_day: int, count: int) -> None:
    """Meteroid's elapsed cycles: after the start, on or before the day."""
    assert bill_dates_between(day(start), day(at), bill_day) == count


@given(days, days, days, st.integers(1, 31))
def test_bill_dates_add_up(first: date, second: date, third: date, bill_day: int) -> None:
    start, middle, end = sorted((first, second, third))
    parts = bill_dates_between(start, middle, bill_day) + bill_dates_between(middle, end, bill_day)
    assert parts == bill_dates_between(start, end, bill_day)


@pytest.mark.parametrize(
    ("start", "billed_on", "bill", "first", "last"),
    [
        ("2026-01-15", "2026-03-15", Bill.CURRENT, "2026-03-15", "2026-04-14"),
        ("2026-01-15", "2026-03-14", Bill.CURRENT, "2026-02-15", "2026-03-14"),
        ("2026-01-15", "2026-03-15", Bill.PREVIOUS, "2026-02-15", "2026-03-14"),
        ("2026-01-31", "2026-02-28", Bill.CURRENT, "2026-02-28", "2026-03-30"),
        ("2026-01-31", "2026-03-30", Bill.PREVIOUS, "2026-01-31", "2026-02-27"),
    ],
)
def test_anniversary_period(start: str, billed_on: str, bill: Bill, first: str, last: str) -> None:
    """Lago: the last day is included."""
    assert anniversary_period(day(start), day(billed_on), bill) == (day(first), day(last))


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        ("2026-02-28T11:59:59+00:00", "2026-01-31T12:00", "2026-02-28T12:00"),
        ("2026-02-28T12:00:00+00:00", "2026-02-28T12:00", "2026-03-31T12:00"),  # no drift to the 28th
        ("2025-12-31T12:00:00+00:00", "2025-12-31T12:00", "2026-01-31T12:00"),  # before the anchor too
    ],
)
def test_recurrence(at: str, start: str, end: str) -> None:
    """OpenMeter: borders keep the anchor's time of day."""
    found = recurrence(utc("2026-01-31T12:00"), datetime.fromisoformat(at))
    assert found == Period(utc(start), utc(end))


def test_previous_month_in_local_time() -> None:
    """Lago: 1 May in Berlin is still 30 April in UTC; April has summer time at both ends, March at one."""
    assert previous_month(utc("2026-04-30T22:30"), "Europe/Berlin") == Period(
        utc("2026-03-31T22:00"), utc("2026-04-30T22:00")
    )
    assert previous_month(utc("2026-04-01T00:00"), "Europe/Berlin") == Period(
        utc("2026-02-28T23:00"), utc("2026-03-31T22:00")
    )


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        ("2024-03-09T00:00", "2024-03-11T00:00", (2, Fraction(47))),  # the clock loses an hour
        ("2024-11-02T00:00", "2024-11-04T00:00", (2, Fraction(49))),
        ("2024-11-03T01:30", "2024-11-03T02:30", (0, Fraction(2))),  # the first 01:30 of two
        ("2024-06-01T23:59", "2024-06-02T00:00", (1, Fraction(1, 60))),
    ],
)
def test_local_span(start: str, end: str, span: tuple[int, Fraction]) -> None:
    """Flexprice bills days in local time."""
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    assert local_span(first, last, "America/New_York") == span
