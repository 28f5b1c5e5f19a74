"""Writing many rows at once: COPY, with ids taken from the table's sequence beforehand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Model, QuerySet


@dataclass(frozen=True, slots=True)
class Part:
    """One of `of_parts` equal shares of the customers, by row id: what one of several processes works on."""

    number: int
    of_parts: int

    def of(self, rows: "QuerySet[Any]", column: str = "customer_id") -> "QuerySet[Any]":
        """The rows whose customer belongs to this part."""
        if self.of_parts == 1:
            return rows
        mine: QuerySet[Any] = rows.annotate(part=F(column) % self.of_parts).filter(part=self.number)
        return mine


WHOLE = Part(0, 1)


def next_ids(table: str, count: int) -> list[int]:
    """`count` new ids of a table with a serial `id`."""
    with connection.cursor() as cursor:
        # The sequence is looked up once, not for each id.
        cursor.execute(
            "SELECT nextval(s) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS s OFFSET 0) q, "
            "generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def array_text(values: Iterable[int | datetime | None]) -> str:
    """Numbers, instants and None as the text of an array of PostgreSQL, to be cast: a tenth of what the driver takes to
    quote a long list.
    """
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows with COPY. Table and columns are names from our code, never from outside."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def insert(rows: Sequence[Model]) -> None:
    """Write new rows of one model, with ids for those that have none; nothing of `Model.save` runs.

    For tables with a serial `id` whose columns are numbers, texts, dates and references.
    """
    if not rows:
        return
    meta = rows[0]._meta
    new = [row for row in rows if row.pk is None]
    for row, row_id in zip(new, next_ids(meta.db_table, len(new)), strict=True):
        row.pk = row_id
    fields = meta.concrete_fields
    copy_rows(
        meta.db_table,
        [str(field.column) for field in fields],
        ([getattr(row, field.attname) for field in fields] for row in rows),
    )
