"""Billing periods: half-open spans between two instants, cut at local midnights.

Every border is counted from the anchor, never from the previous border, so 31 January, 28 February, 31 March
do not drift. An instant on a border belongs to the period that begins there.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from tollbook.kernel.errors import Refused
from tollbook.kernel.times import zone_info

# Calendar periods count from here, so that quarters, half-years and years begin in January.
_CALENDAR_ANCHOR = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (included) to `end` (excluded), kept in UTC so that subtraction is true elapsed time."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            instant: datetime = getattr(self, name)
            if instant.tzinfo is None or instant.utcoffset() is None:
                raise Refused("naive_datetime", f"period {name} {instant} has no offset from UTC", param=name)
            # Two datetimes in one ZoneInfo subtract as wall clocks and would ignore a clock change.
            object.__setattr__(self, name, instant.astimezone(UTC))
        if self.end <= self.start:
            message = f"period end {self.end} is not after its start {self.start}"
            raise Refused("period_empty", message, param="end")

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def length(self) -> timedelta:
        """True elapsed time."""
        return self.end - self.start

    @property
    def last_second(self) -> datetime:
        """The last whole second inside, for documents and engines (Lago) that print ends inclusively."""
        return self.end - timedelta(seconds=1)

    def dates(self, zone: str) -> tuple[date, date]:
        """Local calendar dates of start and end; the end date is the first one that is not billed."""
        info = zone_info(zone)
        return self.start.astimezone(info).date(), self.end.astimezone(info).date()

    def days(self, zone: str) -> int:
        """Local calendar days, whatever the clock did: two days across a change of clocks are two days."""
        first, last = self.dates(zone)
        return (last - first).days

    def overlap(self, other: Period) -> Period | None:
        """What both have in common, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def split(self, at: datetime) -> tuple[Period, Period]:
        """The parts before and from `at`; Refused 'outside_period' unless `at` lies strictly within."""
        if not self.start < at < self.end:
            message = f"{at} is not inside the period from {self.start} to {self.end}"
            raise Refused("outside_period", message, param="at")
        return Period(self.start, at), Period(at, self.end)


def clamp(year: int, month: int, day: int) -> date:
    """That day, or the last day of the month when the month is shorter."""
    try:
        return date(year, month, min(day, monthrange(year, month)[1]))
    except ValueError:
        raise Refused("out_of_range", f"{year}-{month}-{day} is not a day that can be billed") from None


def months_from(anchor: date, n: int, day: int | None = None) -> date:
    """`anchor` moved by `n` months (negative too), on its own day or on `day`, clamped to the month."""
    years, month = divmod(anchor.month - 1 + n, 12)
    return clamp(anchor.year + years, month + 1, day or anchor.day)


def midnight(day: date, zone: str) -> datetime:
    """The instant at which `day` begins in `zone`; where a change of clocks skips midnight, that change."""
    local = datetime(day.year, day.month, day.day, tzinfo=zone_info(zone))
    return local.astimezone(UTC)


# A bill run asks for the same few periods once for each subscription.
@lru_cache(maxsize=8192)
def anchored(anchor: date, months: int, at: datetime, zone: str) -> Period:
    """The period of `months` months that holds `at`, when one begins on `anchor` in `zone`.

    Periods before the anchor exist too; the caller decides whether anything is billed there.
    """
    if months < 1:
        message = f"a period of {months} months is not possible: give 1 or more"
        raise Refused("bad_months", message, param="months")
    local = at.astimezone(zone_info(zone)).date()
    k = ((local.year - anchor.year) * 12 + local.month - anchor.month) // months
    # The month difference ignores days, so the candidate may begin after `at`, by one period at most.
    if months_from(anchor, k * months) > local:
        k -= 1
    start, end = months_from(anchor, k * months), months_from(anchor, (k + 1) * months)
    return Period(midnight(start, zone), midnight(end, zone))


def calendar(months: int, at: datetime, zone: str) -> Period:
    """The calendar month (1), quarter (3), half-year (6) or year (12) that holds `at` in `zone`."""
    return anchored(_CALENDAR_ANCHOR, months, at, zone)
