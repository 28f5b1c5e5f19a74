"""States and periods of a subscription; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from tollbook.kernel.errors import Refused
from tollbook.kernel.period import Period, anchored, calendar
from tollbook.rating import ProrationBase

_TICK = timedelta(microseconds=1)
_MONTH_DAYS = 30


class State(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(state.value, state.value) for state in cls]


TABLE: dict[str, dict[str, str]] = {
    State.PENDING: {"activate": State.ACTIVE, "end": State.ENDED},
    State.ACTIVE: {"suspend": State.SUSPENDED, "end": State.ENDED},
    State.SUSPENDED: {"resume": State.ACTIVE, "end": State.ENDED},
    State.ENDED: {},
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """What decides the periods: how many months, counted from which day, in which zone, over which life."""

    months: int
    anchor: date
    zone: str
    by_calendar: bool
    started_at: datetime
    ended_at: datetime | None = None

    def whole(self, at: datetime) -> Period:
        """The unclipped period that holds `at`."""
        if self.by_calendar:
            return calendar(self.months, at, self.zone)
        return anchored(self.anchor, self.months, at, self.zone)

    def clip(self, whole: Period) -> Period | None:
        """The part of a period in which the subscription lives; None when it does not."""
        start = max(whole.start, self.started_at)
        end = min(whole.end, self.ended_at) if self.ended_at else whole.end
        return Period(start, end) if start < end else None

    def share(self, part: Period, base: ProrationBase = ProrationBase.DAYS) -> Fraction:
        """The part of its whole period that `part` is, counted in `base`; a started local day counts as a day."""
        whole = self.whole(part.start)
        if part == whole or base is ProrationBase.NONE:
            return Fraction(1)
        if base is ProrationBase.SECONDS:
            return Fraction(part.length // _TICK, whole.length // _TICK)
        days = whole.days(self.zone) if base is ProrationBase.DAYS else _MONTH_DAYS * self.months
        used = Period(part.start, part.end - _TICK).days(self.zone) + 1 if part.length > _TICK else 1
        return Fraction(min(used, days), days)

    def periods(self, since: datetime, until: datetime, limit: int = 1200) -> Iterator[Period]:
        """The clipped periods that begin at or before `until`, from the one that holds `since` on."""
        whole = self.whole(max(since, self.started_at))
        for _ in range(limit):
            if whole.start > until or (self.ended_at and whole.start >= self.ended_at):
                return
            part = self.clip(whole)
            if part is not None and part.start <= until:
                yield part
            whole = self.whole(whole.end)
        raise Refused("too_many_periods", f"more than {limit} periods between {since} and {until}", param="until")
