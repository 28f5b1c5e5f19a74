"""States and periods of a subscription; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from tollbook.kernel.errors import Refused
from tollbook.kernel.period import Period, anchored, calendar
from tollbook.kernel.times import zone_info
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
    State.ENDED: {"keep_on": State.ACTIVE, "keep_suspended": State.SUSPENDED},
}


@dataclass(frozen=True, slots=True)
class Said:
    """A row of the phases: from `starts_at` on, this version and book count, whatever was said before."""

    phase_id: int
    number: int
    version_id: int
    book_id: int
    starts_at: datetime
    fees: bool = True
    use: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """A time in which one plan version is in force. `phase_id` names the phase that began it.

    `cut` says that it ends with a change of plan, after which another stage goes on, and not with the
    subscription. `fees` and `use` say whether recurring fees and use are billed: while a subscription is suspended they
    may not be.
    """

    phase_id: int
    version_id: int
    book_id: int
    start: datetime
    end: datetime | None = None
    cut: bool = False
    fees: bool = True
    use: bool = True
    # What cut it, for people.
    cut_by: str = "plan changed"

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


def stages(said: Sequence[Said], ended_at: datetime | None) -> list[Stage]:
    """What is in force when: from its start on, a phase replaces all that was said of that time before it.

    A phase that is replaced from its start on, or begins when the subscription has ended, is in force at no time. A
    phase that says what the one before it says goes on with it, so that a change taken back is as if it had never been.
    """
    found: list[Stage] = []
    for each in sorted(said, key=lambda s: s.number):
        found = [s for s in found if s.start < each.starts_at]
        if found:
            last = found[-1]
            same = (each.version_id, each.book_id, each.fees, each.use)
            if (last.version_id, last.book_id, last.fees, last.use) == same:
                found[-1] = replace(last, end=None, cut=False)
                continue
            cut_by = "plan changed"
            if same[:2] == (last.version_id, last.book_id):
                cut_by = "resumed" if each.fees and each.use else "suspended"
            found[-1] = replace(last, end=each.starts_at, cut=True, cut_by=cut_by)
        begun = Stage(each.phase_id, each.version_id, each.book_id, each.starts_at, fees=each.fees, use=each.use)
        found.append(begun)
    if ended_at is None:
        return found
    lived = [s for s in found if s.start < ended_at]
    return [replace(s, end=ended_at, cut=False) if s.end is None or s.end >= ended_at else s for s in lived]


def when(stage: Stage, now: datetime) -> str:
    """Whether a stage is "over", "active" or "planned" at `now`."""
    if now < stage.start:
        return "planned"
    return "active" if now in stage else "over"


@dataclass(frozen=True, slots=True)
class Schedule:
    """What decides the periods: how many months, counted from which day, in which zone, over which life.

    With `cut`, what ends at `ended_at` is a stage: the day and the hour of a change belong to the stage that begins.
    """

    months: int
    anchor: date
    zone: str
    by_calendar: bool
    started_at: datetime
    ended_at: datetime | None = None
    cut: bool = False

    def of_stage(self, stage: Stage) -> "Schedule":
        """The same periods over the life of a stage."""
        return replace(self, started_at=stage.start, ended_at=stage.end, cut=stage.cut)

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
        """The part of its whole period that `part` is, counted in `base`: what has passed of the period when the part
        ends, less what had passed when it began.

        So the parts of a period that is cut anywhere sum to the whole, whatever lies between the cuts. A local day
        belongs to what begins on it; the day on which a subscription ends counts to it. Months of 30 days count at most
        30 of their days, and what February lacks belongs to its last part (Kill Bill). With "none", any part is whole.
        """
        whole = self.whole(part.start)
        if part == whole or base is ProrationBase.NONE:
            return Fraction(1)
        started = not (self.cut and part.end == self.ended_at)
        return self._passed(whole, part.end, base, started) - self._passed(whole, part.start, base, False)

    def _passed(self, whole: Period, at: datetime, base: ProrationBase, started: bool) -> Fraction:
        """How much of `whole` has passed at `at`; a `started` day counts as a day."""
        if at >= whole.end:
            return Fraction(1)
        if base is ProrationBase.SECONDS:
            return Fraction((at - whole.start) // _TICK, whole.length // _TICK)
        zone = zone_info(self.zone)
        first = whole.start.astimezone(zone).date()
        last = (at - _TICK if started else at).astimezone(zone).date()
        days = (last - first).days + started
        of = whole.days(self.zone) if base is ProrationBase.DAYS else _MONTH_DAYS * self.months
        return Fraction(min(days, of), of)

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
