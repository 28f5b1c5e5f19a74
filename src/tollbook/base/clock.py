"""The only source of "now".

In production `now()` is the machine's clock in UTC. An installation in test mode (`tollbook clock`, the demo)
keeps a virtual instant in the database, so that every process of the installation agrees on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection

from tollbook.base.models import VirtualClock
from tollbook.kernel.errors import Refused

_VIRTUAL = 1
_held: ContextVar[datetime | None] = ContextVar("held", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC: the virtual clock's where the installation has one."""
    if (held_at := _held.get()) is not None:
        return held_at
    if not settings.TOLLBOOK_TEST_MODE:
        return datetime.now(UTC)
    return virtual() or datetime.now(UTC)


@contextmanager
def held() -> Iterator[None]:
    """One "now" for all that is done within: a page that only shows things speaks of one instant, and reads it once."""
    before = _held.set(now())
    try:
        yield
    finally:
        _held.reset(before)


def virtual() -> datetime | None:
    """The virtual instant of an installation in test mode; None where the machine's clock rules."""
    row = VirtualClock.objects.filter(pk=_VIRTUAL).values_list("at", flat=True).first()
    return row.astimezone(UTC) if row else None


def set_virtual(at: datetime) -> None:
    """Put the virtual clock to `at` (aware). It only goes forward; Refused "clock_backwards" or
    "clock_not_test_mode".
    """
    if not settings.TOLLBOOK_TEST_MODE:
        raise Refused("clock_not_test_mode", "the clock can be set only where TOLLBOOK_TEST_MODE is on", param="at")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO base_virtual_clock AS c (id, at) VALUES (%s, %s) "
            "ON CONFLICT (id) DO UPDATE SET at = excluded.at WHERE c.at <= excluded.at RETURNING 1",
            [_VIRTUAL, at],
        )
        moved = cursor.fetchone() is not None
    if not moved:
        raise Refused(
            "clock_backwards",
            f"at: {at.isoformat()} is before the virtual clock's {virtual()}; it only goes forward",
            param="at",
        )
