"""Facts: written with the act or not at all, numbered without holes, handed on once and in order."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from tollbook.brands.models import Brand
from tollbook.notifications import actions
from tollbook.notifications.actions import News, hand_on, hand_on_batch, tell, tell_many
from tollbook.notifications.models import Fact
from tollbook.notifications.queries import fields_of, message_of, next_due, of_object
from tollbook.notifications.registry import Listener
from tollbook.site.tests.world import World

BALANCE = {"balance": "4.20", "currency": "EUR"}


class Ear:
    """A listener that remembers: hears everything of `customers`."""

    def __init__(self, *customers: int) -> None:
        self.customers = set(customers)
        self.asked = 0
        self.heard: list[tuple[str, int]] = []
        self.began = 0

    def wants(self, kind: str, customer_ids: Any) -> set[int]:
        self.asked += 1
        return self.customers & set(customer_ids)

    def take(self, facts: Any) -> None:
        self.heard += [(fact.object_id, fact.sequence) for fact in facts]

    def go(self) -> None:
        self.began += 1


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ear]:
    found = Ear(1, 2)
    monkeypatch.setattr(actions, "listeners", lambda: (Listener("ear", found.wants, found.take, found.go),))
    yield found


@pytest.mark.django_db
def test_what_nobody_hears_is_not_written(ear: Ear) -> None:
    with CaptureQueriesContext(connection) as captured:
        tell("wallet.low", 3, "wal_a", BALANCE)
    assert (len(captured), Fact.objects.count(), ear.asked) == (0, 0, 1)


@pytest.mark.django_db
def test_facts_of_a_thing_are_numbered(ear: Ear) -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    for customer, thing in ((1, "wal_a"), (2, "wal_b"), (1, "wal_a")):
        tell("wallet.low", customer, thing, BALANCE, at)
    assert list(Fact.objects.order_by("pk").values_list("object_id", "sequence")) == [
        ("wal_a", 1), ("wal_b", 1), ("wal_a", 2),
    ]  # fmt: skip
    fact = of_object("wal_a")[1]
    assert fields_of(fact) == BALANCE
    assert message_of(fact, "cus_x") == {
        "type": "wallet.low",
        "timestamp": "2026-06-01T00:00:00+00:00",
        "data": {"id": "wal_a", "customer": "cus_x", "sequence": 2, **BALANCE},
    }


@pytest.mark.django_db
def test_many_facts_take_as_many_statements_as_two(ear: Ear) -> None:
    def statements(count: int, name: str) -> int:
        news = [News(1, f"wal_{name}{number}", BALANCE) for number in range(count)]
        with CaptureQueriesContext(connection) as captured:
            assert tell_many("wallet.low", news) == count
        return len(captured)

    assert statements(2, "a") == statements(300, "b")
    assert ear.asked == 2


@pytest.mark.django_db
def test_several_of_one_thing_at_once(ear: Ear) -> None:
    tell_many("wallet.low", [News(1, "wal_a", {**BALANCE, "balance": str(left)}) for left in (3, 2, 1)])
    assert [(fact.sequence, fields_of(fact)["balance"]) for fact in of_object("wal_a")] == [
        (1, "3"), (2, "2"), (3, "1"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_it_is_told_within_a_transaction_only(ear: Ear) -> None:
    with pytest.raises(RuntimeError, match=r"telling of wallet\.low: must be done in the transaction of the act"):
        tell("wallet.low", 1, "wal_a", BALANCE)


@pytest.mark.django_db
def test_an_act_that_is_undone_leaves_neither_fact_nor_hole(ear: Ear) -> None:
    tell("wallet.low", 1, "wal_a", BALANCE)
    with pytest.raises(LookupError), transaction.atomic():
        tell("wallet.low", 1, "wal_a", BALANCE)
        raise LookupError
    tell("wallet.low", 1, "wal_a", BALANCE)
    assert [fact.sequence for fact in of_object("wal_a")] == [1, 2]


@pytest.mark.django_db
def test_facts_are_handed_on_once_and_in_order(ear: Ear) -> None:
    assert next_due() is None
    for thing in ("wal_a", "wal_b", "wal_a"):
        tell("wallet.low", 1, thing, BALANCE)
    assert next_due() is not None
    assert [hand_on(), hand_on(), ear.began] == [3, 0, 1]
    assert ear.heard == [("wal_a", 1), ("wal_b", 1), ("wal_a", 2)]
    assert next_due() is None


@pytest.mark.django_db
def test_more_than_a_batch(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    tell_many("wallet.low", [News(1, f"wal_{number}", BALANCE) for number in range(5)])
    assert hand_on() == 5
    assert len(ear.heard) == 5


def _fail(facts: Any) -> None:
    raise ZeroDivisionError


@pytest.mark.django_db
def test_a_listener_that_fails_gets_the_facts_again(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    tell("wallet.low", 1, "wal_a", BALANCE)
    deaf = Listener("deaf", ear.wants, _fail, ear.go)
    monkeypatch.setattr(actions, "listeners", lambda: (deaf,))
    with pytest.raises(ZeroDivisionError):
        hand_on_batch(9)
    assert Fact.objects.get().handed_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE notifications_fact SET data = '{}'",
        "UPDATE notifications_fact SET sequence = 2",
        "UPDATE notifications_fact SET handed_at = NULL",
        "DELETE FROM notifications_fact",
    ],
)
def test_facts_are_never_changed(ear: Ear, change: str) -> None:
    tell("wallet.low", 1, "wal_a", BALANCE)
    hand_on_batch(9)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.django_db(transaction=True)
def test_tellers_of_one_thing_wait_for_each_other(ear: Ear) -> None:
    """Without the counter's lock, the second would take the place of the first, or be seen before it."""
    order: list[str] = []
    told = threading.Event()

    def second() -> None:
        try:
            told.wait(20)
            with transaction.atomic():
                tell("wallet.low", 1, "wal_a", BALANCE)
                order.append("second")
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        tell("wallet.low", 1, "wal_a", BALANCE)
        told.set()
        thread.join(0.5)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]
    assert [fact.sequence for fact in of_object("wal_a")] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_one_hands_on_at_a_time(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        tell("wallet.low", 1, "wal_a", BALANCE)
    inside, leave = threading.Event(), threading.Event()

    def slow(facts: Any) -> None:
        inside.set()
        leave.wait(20)
        ear.take(facts)

    monkeypatch.setattr(actions, "listeners", lambda: (Listener("ear", ear.wants, slow, ear.go),))

    def first() -> None:
        try:
            hand_on_batch(9)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(20)
    assert hand_on_batch(9) == 0
    leave.set()
    thread.join(20)
    assert ear.heard == [("wal_a", 1)]


@pytest.mark.broken_books
@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("DELETE FROM notifications_fact WHERE sequence = 1", "M30"),
        ("UPDATE notifications_told SET last = 7", "M30"),
        ("UPDATE notifications_fact SET customer_id = 9 WHERE sequence = 2", "M28"),
    ],
)
def test_the_books_see_a_hole(world: World, ear: Ear, breaking: Any, change: str, broken: str) -> None:
    for _ in range(2):
        tell("wallet.low", 1, "wal_a", BALANCE)
    assert Brand.objects.exists()
    assert breaking(change) == broken
