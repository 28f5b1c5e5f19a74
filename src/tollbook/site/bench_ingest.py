"""The events of `tollbook bench`: senders of new, repeated and conflicting ones, and a bare COPY of the same rows."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from tollbook.metering.actions import store
from tollbook.metering.rules import Event

BATCH = 5000
CUSTOMERS = 50
METERS = 5


def send(sender: int, senders: int, seconds: float) -> tuple[int, float]:
    """Send batches for so many seconds, every tenth one twice; how many events were sent and how long storing took."""
    done, spent = 0, 0.0
    for number in count(sender, senders):
        (batch,) = event_batches([number], sender)
        for _ in range(2 if number // senders % 10 == 9 else 1):  # noqa: PLR2004
            start = time.perf_counter()
            store(batch, door="bench")
            spent += time.perf_counter() - start
            done += len(batch)
        if spent > seconds:
            return done, spent
    raise AssertionError("count() has no end")


def event_batches(numbers: Iterable[int], sender: int = 0) -> list[list[Any]]:
    """The batches of these numbers, of a sender with customers of its own; the same each time."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    batches = []
    for number in numbers:
        rows = []
        for i in range(BATCH):
            n = number * BATCH + i
            # One event in a hundred repeats another of its batch, half of those with another body.
            key = n - 1 if i % 100 == 99 else n  # noqa: PLR2004
            body = (key if i % 200 != 199 else n).to_bytes(16, "big")  # noqa: PLR2004
            at = begin + timedelta(seconds=key)
            rows.append(
                Event(
                    sender * CUSTOMERS + key // METERS % CUSTOMERS + 1,
                    "bench",
                    f"e-{key}",
                    body,
                    key % METERS + 1,
                    0,
                    Decimal(1),
                    at,
                    0,
                    "",
                    "",
                )
            )
        batches.append(rows)
    return batches


def copy_rate(batches: list[list[Any]]) -> float:
    """Rows/s of a bare COPY of the batches, without repeats, into a table with the same key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_copy (customer_id bigint, source text, event_id text, payload_hash bytea, "
            "meter_id bigint, subscription_id bigint, quantity numeric, at timestamptz, shift_min integer, dims text, "
            "resource text, PRIMARY KEY (customer_id, source, event_id))"
        )
        rows = 0
        start = time.perf_counter()
        for batch in batches:
            with cursor.copy("COPY bench_copy FROM STDIN") as copy:
                for event in {(e.customer_id, e.event_id): e for e in batch}.values():
                    copy.write_row(event)
                    rows += 1
        return rows / (time.perf_counter() - start)
