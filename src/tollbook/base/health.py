"""What `tollbook doctor` asks: checks of a running installation, each with what it found and what to do.

A room lists its own in `CHECKS` of its `doctor.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tollbook.base import discovery


class Level(StrEnum):
    """How a check ended; only `fail` is a reason not to serve customers."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found: `told` without secrets, and what to `do` about it (empty where nothing)."""

    level: Level
    told: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A question about the installation; one that `needs_database` is not asked without."""

    name: str
    look: Callable[[], Found]
    needs_database: bool = True


def good(told: str) -> Found:
    """Nothing to do."""
    return Found(Level.OK, told)


def doubtful(told: str, do: str) -> Found:
    """It works, but somebody should look."""
    return Found(Level.WARN, told, do)


def bad(told: str, do: str) -> Found:
    """It does not work."""
    return Found(Level.FAIL, told, do)


def of_rooms() -> list[Check]:
    """The checks that rooms bring, by name."""
    found = [check for _, module in discovery.modules("doctor") for check in module.CHECKS]
    return sorted(found, key=lambda check: check.name)
