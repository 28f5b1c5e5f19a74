"""Billing periods: half-open, anchored in a zone, clamped and coming back."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.errors import Refused
from tollbook.kernel.period import Period, anchored, calendar, clamp, midnight, months_from

BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("anchor", "n", "moved"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 2, "2026-03-31"),  # the 31st comes back
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-01-31", -2, "2025-11-30"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-12-15", 0, "2026-12-15"),
    ],
)
def test_months_from(anchor: str, n: int, moved: str) -> None:
    assert months_from(date.fromisoformat(anchor), n) == date.fromisoformat(moved)


def test_months_from_on_another_day() -> None:
    assert months_from(date(2026, 1, 5), 1, 31) == date(2026, 2, 28)
    assert clamp(2026, 4, 31) == date(2026, 4, 30)


@pytest.mark.parametrize("n", [12 * 9000, -12 * 3000])
def test_beyond_the_calendar(n: int) -> None:
    with pytest.raises(Refused) as refused:
        months_from(date(2026, 1, 1), n)
    assert refused.value.code == "out_of_range"


@pytest.mark.parametrize(
    ("anchor", "months", "at", "start", "end"),
    [
        # 31 January, 28 February, 31 March, at Berlin's midnight (an hour ahead of UTC, two in summer)
        ("2026-01-31", 1, "2026-02-28T12:00", "2026-02-27T23:00", "2026-03-30T22:00"),
        ("2026-01-31", 1, "2026-02-27T22:59:59", "2026-01-30T23:00", "2026-02-27T23:00"),
        # an instant on a border belongs to the period that begins there
        ("2026-01-31", 1, "2026-02-27T23:00", "2026-02-27T23:00", "2026-03-30T22:00"),
        ("2026-01-15", 3, "2026-04-14T21:59", "2026-01-14T23:00", "2026-04-14T22:00"),
        ("2026-01-15", 12, "2025-12-31T00:00", "2025-01-14T23:00", "2026-01-14T23:00"),
        ("2024-02-29", 12, "2025-03-01T00:00", "2025-02-27T23:00", "2026-02-27T23:00"),
    ],
)
def test_anchored(anchor: str, months: int, at: str, start: str, end: str) -> None:
    found = anchored(date.fromisoformat(anchor), months, utc(at), BERLIN)
    assert found == Period(utc(start), utc(end))


@pytest.mark.parametrize(
    ("months", "at", "start", "end"),
    [
        (1, "2026-03-31T21:59", "2026-02-28T23:00", "2026-03-31T22:00"),
        (3, "2026-05-01T00:00", "2026-03-31T22:00", "2026-06-30T22:00"),
        (6, "2026-05-01T00:00", "2025-12-31T23:00", "2026-06-30T22:00"),
        (12, "2026-05-01T00:00", "2025-12-31T23:00", "2026-12-31T23:00"),
    ],
)
def test_calendar(months: int, at: str, start: str, end: str) -> None:
    assert calendar(months, utc(at), BERLIN) == Period(utc(start), utc(end))


def test_a_period_needs_a_month() -> None:
    with pytest.raises(Refused) as refused:
        anchored(date(2026, 1, 1), 0, utc("2026-01-01"), BERLIN)
    assert refused.value.code == "bad_months"


def test_days_are_local_whatever_the_clock_does() -> None:
    # The weekend on which New York's clocks change: two billing days, 47 hours.
    found = Period(midnight(date(2024, 3, 9), "America/New_York"), midnight(date(2024, 3, 11), "America/New_York"))
    assert found.days("America/New_York") == 2
    assert found.length == timedelta(hours=47)


def test_midnight_that_a_change_of_clocks_skips() -> None:
    # Beirut, 26 March 2023 by the zone's rule: 00:00 does not exist, the day begins at 01:00 summer time.
    assert midnight(date(2023, 3, 26), "Asia/Beirut") == utc("2023-03-25T22:00")


def test_half_open() -> None:
    found = Period(utc("2026-01-01"), utc("2026-02-01"))
    assert utc("2026-01-01") in found
    assert utc("2026-01-31T23:59:59") in found
    assert utc("2026-02-01") not in found


def test_overlap_and_split() -> None:
    january, winter = (
        Period(utc("2026-01-01"), utc("2026-02-01")),
        Period(utc("2026-01-20"), utc("2026-03-01")),
    )
    assert january.overlap(winter) == Period(utc("2026-01-20"), utc("2026-02-01"))
    assert january.overlap(Period(utc("2026-02-01"), utc("2026-03-01"))) is None
    assert january.split(utc("2026-01-20")) == (
        Period(utc("2026-01-01"), utc("2026-01-20")),
        Period(utc("2026-01-20"), utc("2026-02-01")),
    )
    for border in (january.start, january.end):
        with pytest.raises(Refused) as refused:
            january.split(border)
        assert refused.value.code == "outside_period"


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (datetime(2026, 1, 1), utc("2026-02-01"), "naive_datetime"),  # noqa: DTZ001  - the point of the case
        (utc("2026-01-01"), utc("2026-01-01"), "period_empty"),
        (utc("2026-01-02"), utc("2026-01-01"), "period_empty"),
    ],
)
def test_wrong_periods_are_refused(start: datetime, end: datetime, code: str) -> None:
    with pytest.raises(Refused) as refused:
        Period(start, end)
    assert refused.value.code == code


def test_periods_compare_as_instants() -> None:
    offset = timezone(timedelta(hours=2))
    first = Period(datetime(2026, 1, 1, 2, tzinfo=offset), utc("2026-02-01"))
    assert first == Period(utc("2026-01-01"), utc("2026-02-01"))


@given(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.sampled_from([1, 3, 6, 12]),
    st.integers(631152000, 4102444800).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.sampled_from([BERLIN, "America/New_York", "Asia/Kathmandu", "Asia/Beirut", "Pacific/Apia", "UTC"]),
)
def test_periods_tile_time(anchor: date, months: int, at: datetime, zone: str) -> None:
    found = anchored(anchor, months, at, zone)
    assert at in found
    assert anchored(anchor, months, found.end, zone).start == found.end
    assert anchored(anchor, months, found.start - timedelta(microseconds=1), zone).end == found.start
