"""`check-books`: what must hold in the books, asked in plain SQL and apart from the code that keeps them.

A room says what must hold in its `books.sql`: statements, each after a line `-- M4: what holds`, that return the rows
which break it; no rows are good. `-- let name: what it is` begins a query that the statements below it use by name.
The numbers are those of the money invariants (docs: invariants). A vertical brings its own file and is checked too.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tollbook.kernel.errors import Refused

FILE = "books.sql"
SHOWN_ROWS = 20
_HEAD = re.compile(r"^-- (?:(?P<invariant>M\d+)|let (?P<name>[a-z_]+)): (?P<title>.+)$", re.MULTILINE)
_COUNT = "books_found"


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that must hold: `sql` returns the rows in which it does not."""

    invariant: str
    title: str
    room: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a statement found: `count` rows break it (none: it holds), the first 20 are in `rows` as text by column."""

    invariant: str
    title: str
    room: str
    rows: tuple[dict[str, str], ...]
    count: int

    @property
    def ok(self) -> bool:
        """Whether nothing breaks it."""
        return not self.count

    def data(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "invariant": self.invariant,
            "title": self.title,
            "room": self.room,
            "count": self.count,
            "rows": list(self.rows),
        }


def parse(text: str, room: str) -> Iterator[Statement]:
    """The statements of a `books.sql`, each with the `let` queries that it uses in front."""
    heads = list(_HEAD.finditer(text))
    named: dict[str, str] = {}
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else len(text)].strip().rstrip(";")
        if name := head["name"]:
            named[name] = body
        else:
            yield Statement(head["invariant"], head["title"], room, _with(named, body))


def _with(named: dict[str, str], body: str) -> str:
    """`body` with the named queries that it needs, directly or through one another, as its first WITH."""
    used: set[str] = set()
    search = [body]
    while search:
        sql = search.pop()
        for name in named:
            if name not in used and re.search(rf"\b{name}\b", sql):
                used.add(name)
                search.append(named[name])
    parts = [f"{name} AS MATERIALIZED (\n{sql}\n)" for name, sql in named.items() if name in used]
    if not parts:
        return body
    own = re.match(r"\s*WITH\s", body)
    rest = f", {body[own.end() :]}" if own else f"\n{body}"
    return f"WITH {', '.join(parts)}{rest}"


def statements() -> list[Statement]:
    """All that the installed apps state, in the order of the invariants' numbers and then of the rooms."""
    found = [
        statement
        for config in apps.get_app_configs()
        if (path := Path(config.path) / FILE).exists()
        for statement in parse(path.read_text(encoding="utf-8"), config.label)
    ]
    return sorted(found, key=lambda s: int(s.invariant[1:]))


def check(connection: BaseDatabaseWrapper, only: Iterable[str] | None = None) -> list[Finding]:
    """Ask all statements (or those of the invariants `only`) and return what each found, good or bad.

    Everything is read from one snapshot (repeatable read, read only), so that a busy system does not look broken.
    Inside a transaction of the caller's, that transaction is what is read. Refused "unknown_invariant".
    """
    wanted = _wanted(statements(), None if only is None else set(only))
    within = connection.in_atomic_block
    with transaction.atomic(using=connection.alias):
        with connection.cursor() as cursor:
            if not within:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            # These are joins of whole tables; after a bulk load the planner has no statistics yet and would loop.
            cursor.execute("SET LOCAL enable_nestloop = off")
        found = [_ask(connection, statement) for statement in wanted]
        # Nothing was written; rolling back gives the caller's transaction its planner settings again.
        transaction.set_rollback(True, using=connection.alias)
    return found


def _wanted(found: list[Statement], only: set[str] | None) -> list[Statement]:
    if only is None:
        return found
    known = {statement.invariant for statement in found}
    if unknown := sorted(only - known):
        listed = ", ".join(sorted(known, key=lambda name: int(name[1:])))
        message = f"invariant: {unknown[0]!r} is not checked here; known are {listed}"
        raise Refused("unknown_invariant", message, param="only", value=unknown[0])
    return [statement for statement in found if statement.invariant in only]


def _ask(connection: BaseDatabaseWrapper, statement: Statement) -> Finding:
    with connection.cursor() as cursor:
        # Broken books may break in a million rows: only the first are fetched, the rest is counted.
        cursor.execute(
            f"SELECT f.*, count(*) OVER () AS {_COUNT} FROM (\n{statement.sql}\n) f LIMIT {SHOWN_ROWS}"  # noqa: S608
        )
        columns = [column.name for column in cursor.description][:-1]
        rows = cursor.fetchall()
    shown = tuple({name: _text(value) for name, value in zip(columns, row[:-1], strict=True)} for row in rows)
    return Finding(statement.invariant, statement.title, statement.room, shown, rows[0][-1] if rows else 0)


def _text(value: object) -> str:
    return "-" if value is None else str(value)


def report(findings: Iterable[Finding]) -> str:
    """The findings for people: a line for each thing that must hold, the offending rows under those that do not."""
    found = list(findings)
    told = []
    for finding in found:
        result = "ok" if finding.ok else f"FAILED {finding.count} {'row' if finding.count == 1 else 'rows'}"
        told.append(f"{finding.invariant:<4} {finding.room:<14} {result:<16} {finding.title}")
        for row in finding.rows:
            told.append("       " + "  ".join(f"{name}={value}" for name, value in row.items()))
        if finding.count > len(finding.rows):
            told.append(f"       and {finding.count - len(finding.rows)} more")
    failed = sum(not finding.ok for finding in found)
    told.append(f"{len(found)} statements hold." if not failed else f"{failed} of {len(found)} statements do not hold.")
    return "\n".join(told)
