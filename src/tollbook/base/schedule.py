"""Periodic work. A room's `schedule.py` lists `Every(...)` in `SCHEDULE`; the tick runs what has fallen due.

The last run of each entry is a row, so that a virtual clock that jumps a month runs the same entries, in the
order of their due instants, as a real month would.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from tollbook.base import clock, discovery


@dataclass(frozen=True, slots=True)
class Every:
    """`call(at)` once in each `step`, counted from the start of the UTC day.

    A short step would stop a virtual clock at each of its turns. With `next_due` (the earliest instant at which there
    is work for it, None for none) the clock stops only at the turn at or after that.
    """

    name: str
    step: timedelta
    call: Callable[[datetime], None]
    next_due: Callable[[], datetime | None] | None = None

    def turn_after(self, at: datetime) -> datetime | None:
        """The first turn after `at` at which there can be work; None when there is none as things stand."""
        following = floor(at, self.step) + self.step
        if self.next_due is None:
            return following
        due = self.next_due()
        if due is None:
            return None
        turn = floor(due, self.step)
        return max(following, turn if turn == due else turn + self.step)


def entries() -> list[Every]:
    """All scheduled entries of the installed apps, by name; RuntimeError when two share a name."""
    found: dict[str, Every] = {}
    for _, module in discovery.modules("schedule"):
        for entry in getattr(module, "SCHEDULE", ()):
            if entry.name in found:
                raise RuntimeError(f"two schedule entries are called {entry.name}")
            found[entry.name] = entry
    return [found[name] for name in sorted(found)]


def floor(at: datetime, step: timedelta) -> datetime:
    """The latest multiple of `step` within the UTC day of `at`, at or before it."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + step * ((at - day) // step)


def run_due(at: datetime | None = None) -> list[str]:
    """Run every entry whose step has turned since its last run; returns the names that ran.

    Two ticks at once are harmless: only one claims an entry's due instant. What is called does all that is
    due, not only what fell due since the last call, so a call that fails is made good by the next one.
    """
    at = at or clock.now()
    ran = []
    for entry in entries():
        due = floor(at, entry.step)
        if not _claim(entry.name, due):
            continue
        entry.call(due)
        ran.append(entry.name)
    return ran


def _claim(name: str, due: datetime) -> bool:
    """Whether nobody has run `name` for `due` yet; if so, it is ours to run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO base_scheduled_run AS r (name, last_due) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET last_due = excluded.last_due "
            "WHERE r.last_due IS NULL OR r.last_due < excluded.last_due RETURNING 1",
            [name, due],
        )
        return cursor.fetchone() is not None


def advance(to: datetime, progress: Callable[[datetime], None] | None = None) -> int:
    """Move the virtual clock to `to`, stopping at each instant at which something falls due and running it,
    in order.

    Returns how many stops there were. Raises Refused "clock_backwards", "clock_not_test_mode".
    """
    stops = 0
    at = clock.now()
    while turns := [turn for entry in entries() if (turn := entry.turn_after(at)) is not None]:
        at = min(turns)
        if at > to:
            break
        clock.set_virtual(at)
        run_due(at)
        stops += 1
        if progress:
            progress(at)
    clock.set_virtual(to)
    return stops
