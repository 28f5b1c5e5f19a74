"""Periodic work. A room's `schedule.py` lists `Every(...)` in `SCHEDULE`; the tick runs what has fallen due.

The last run of each entry is a row, so that a virtual clock that jumps a month runs the same entries, in the
order of their due instants, as a real month would.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from tollbook.base import clock, discovery
from tollbook.base.tasks import later, outbound


@dataclass(frozen=True, slots=True)
class Every:
    """`call(at)` once in each `step`, counted from the start of the UTC day.

    What `calls_out` to other systems is put off to a job of its own by the tick, so that a slow one delays nothing
    else; its `call` must bear to come late, and twice. A short step would stop a virtual clock at each of its turns.
    With `next_due` (the earliest instant at which there is work for it, None for none) the clock stops only at the turn
    at or after that.
    """

    name: str
    step: timedelta
    call: Callable[[datetime], None]
    next_due: Callable[[], datetime | None] | None = None
    calls_out: bool = False

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


def run_due(at: datetime | None = None, *, put_off: bool = False) -> list[str]:
    """Run every entry whose step has turned since its last run; returns the names that ran. With `put_off`, those that
    call out are queued instead, each once while it waits.

    Two ticks at once are harmless: only one claims an entry's due instant. What is called does all that is
    due, not only what fell due since the last call, so a call that fails is made good by the next one.
    """
    at = at or clock.now()
    ran = []
    for entry in entries():
        due = floor(at, entry.step)
        if not _claim(entry.name, due):
            continue
        if put_off and entry.calls_out:
            later(call_out, key=f"schedule:{entry.name}", name=entry.name, at=due.isoformat())
        else:
            entry.call(due)
        ran.append(entry.name)
    return ran


@outbound
def call_out(name: str, at: str) -> None:
    """Run the entry of that name for its due instant (ISO 8601), unless it is running already: a slow system is not
    called by ever more jobs. One that is declared no more is passed over.
    """
    found = [entry for entry in entries() if entry.name == name]
    # Of the session, not of a job: it ends with a process that dies, and there is no transaction to hold it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 12))", [name])
        row = cursor.fetchone()
    if row is None or not row[0]:
        return
    try:
        for entry in found:
            entry.call(datetime.fromisoformat(at))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 12))", [name])


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
