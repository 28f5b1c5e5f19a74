"""Asking all checks, and telling what they found."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection

from tollbook.base.health import Check, Found, Level, bad, of_rooms
from tollbook.base.watching.cleaning import neutral, without_secrets
from tollbook.kernel.errors import TollbookError
from tollbook.site.checkup import database, machine


@dataclass(frozen=True, slots=True)
class Told:
    """A check and what it found."""

    name: str
    found: Found

    def data(self) -> dict[str, Any]:
        """JSON-able."""
        return {"check": self.name, "level": self.found.level, "found": self.found.told, "do": self.found.do}


def ask_all() -> list[Told]:
    """What each check finds, the database first. Without a database those that need one are not asked."""
    first = ask(Check("database", database.reached))
    rest = [*database.CHECKS, *machine.CHECKS, *of_rooms()]
    asked = [check for check in rest if first.found.level is not Level.FAIL or not check.needs_database]
    return [first, *(ask(check) for check in asked)]


def ask(check: Check) -> Told:
    """What a check finds; one that cannot be asked has failed."""
    try:
        found = check.look()
    except DatabaseError as error:
        connection.close()
        said = str(error).strip().splitlines()
        found = bad(f"the database says: {said[0] if said else type(error).__name__}", "look at DATABASE_URL")
    except TollbookError as error:
        found = bad(error.message, f"see {error.code}")
    return Told(check.name, Found(found.level, _safe(found.told), _safe(found.do)))


def _safe(text: str) -> str:
    return neutral(without_secrets(text))


def report(told: Iterable[Told]) -> str:
    """For people: a line for each check, and under those that are not well what to do."""
    lines = []
    rows = list(told)
    for row in rows:
        lines.append(f"{row.found.level:<5} {row.name:<22} {row.found.told}")
        if row.found.do:
            lines.append(f"{'':<28} -> {row.found.do}")
    failed = sum(row.found.level is Level.FAIL for row in rows)
    warned = sum(row.found.level is Level.WARN for row in rows)
    lines.append(f"{len(rows)} checks: {failed} failed, {warned} with a warning.")
    return "\n".join(lines)
