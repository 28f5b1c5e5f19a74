"""Telling what happened, in the transaction in which it happens, and handing it to who listens afterwards."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from tollbook.base import clock
from tollbook.base.bulk import insert
from tollbook.base.tasks import action, later, outbound
from tollbook.kernel.ids import new_id
from tollbook.notifications.events import kind_of
from tollbook.notifications.models import Fact
from tollbook.notifications.registry import listeners
from tollbook.notifications.shapes import fitted

BATCH = 500
BATCHES = 200
_KEY = "notifications.hand_on"


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell: of which customer (row id), which thing (public id), with which fields."""

    customer_id: int
    object_id: str
    data: Mapping[str, Any]


def tell(kind: str, customer_id: int, object_id: str, data: Mapping[str, Any], at: datetime | None = None) -> None:
    """Tell that `kind` happened at `at` (now, if not given) to `object_id`, a thing of the customer.

    See `tell_many`.
    """
    tell_many(kind, [News(customer_id, object_id, data)], at)


def tell_many(kind: str, news: Sequence[News], at: datetime | None = None) -> int:
    """Write one fact for each of `news` whose customer has somebody who listens; returns how many.

    Two statements, however many there are, and no row where nobody listens. It stands and falls with the caller's
    transaction (RuntimeError outside one). NotFound "event_kind_not_found"; ValueError for fields that the catalogue
    does not know.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"telling of {kind}: must be done in the transaction of the act")
    found = kind_of(kind)
    fit = [(each, fitted(found, each.data)) for each in news]
    heard = _heard(kind, {each.customer_id for each in news})
    fit = [(each, data) for each, data in fit if each.customer_id in heard]
    if not fit:
        return 0
    at = at or clock.now()
    place = _places(Counter(each.object_id for each, _ in fit))
    rows = []
    for each, data in fit:
        sequence = place[each.object_id]
        place[each.object_id] += 1
        rows.append(
            Fact(
                public_id=new_id("evt"),
                kind=kind,
                customer_id=each.customer_id,
                object_id=each.object_id,
                sequence=sequence,
                data=json.dumps(data, ensure_ascii=False),
                at=at,
            )
        )
    insert(rows)
    # Not in this transaction: the queue's key would make tellers wait for one another until they commit.
    transaction.on_commit(_say_there_is_work)
    return len(rows)


def _heard(kind: str, customer_ids: Collection[int]) -> set[int]:
    return {customer_id for each in listeners() for customer_id in each.wants(kind, customer_ids)}


def _places(counts: Mapping[str, int]) -> dict[str, int]:
    """The next free place of each thing; taken with a lock that lasts until the commit, so that facts of one thing are
    visible in their order, and a transaction that is undone leaves no hole.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_told AS t (object_id, last) "
            "SELECT object_id, number FROM unnest(%s::text[], %s::int[]) AS n (object_id, number) ORDER BY object_id "
            "ON CONFLICT (object_id) DO UPDATE SET last = t.last + excluded.last RETURNING object_id, last",
            [list(counts), list(counts.values())],
        )
        return {object_id: last - counts[object_id] + 1 for object_id, last in cursor.fetchall()}


def _say_there_is_work() -> None:
    later(hand_on, key=_KEY)


@outbound
def hand_on() -> int:
    """Hand all facts that wait to who listens, in batches, and let them begin; how many facts there were."""
    handed = 0
    for _ in range(BATCHES):
        number = hand_on_batch(BATCH)
        handed += number
        if number < BATCH:
            break
    if handed:
        for each in listeners():
            each.go()
    return handed


@action
def hand_on_batch(limit: int) -> int:
    """Hand the oldest facts that wait to every listener, and mark them; how many. One at a time: where another process
    does it, nothing is done here.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [_KEY])
        if not cursor.fetchone()[0]:
            return 0
    facts = list(Fact.objects.filter(handed_at=None).order_by("pk")[:limit])
    if facts:
        for each in listeners():
            each.take(facts)
        Fact.objects.filter(pk__in=_ids(facts)).update(handed_at=clock.now())
    return len(facts)


def _ids(facts: Iterable[Fact]) -> list[int]:
    return [fact.pk for fact in facts]
