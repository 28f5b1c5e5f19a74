"""Double entry, kept by the database: whatever the code does, what does not balance does not commit."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.ledger import queries
from tollbook.ledger.actions import Entry, post, post_many, reverse
from tollbook.ledger.models import Account, Checkpoint, Posting, Seal, Transaction
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot, balanced
from tollbook.ledger.seals import rebuild_checkpoints, seal
from tollbook.site.tests.world import World

MAY = date(2026, 5, 1)
CASH, SALES, OTHER = AccountKind.CLEARING, AccountKind.REVENUE, AccountKind.PROMOTION


def legs(*amounts: Any, currency: str = "EUR") -> Any:
    return tuple(Leg(Slot(kind, currency), Decimal(amount)) for kind, amount in amounts)


def entry(world: World, key: str, *amounts: Any, kind: str = "entry", currency: str = "EUR") -> Any:
    return Entry(world.brand.pk, Cause("test", key, kind), MAY, legs(*amounts, currency=currency))


def balances(world: World) -> Any:
    kinds = (CASH, SALES, OTHER)
    return [plain(queries.balance_of(world.brand.pk, kind, "EUR")) for kind in kinds]


def counts() -> Any:
    return [Transaction.objects.count(), Posting.objects.count(), Account.objects.count()]


def test_a_transaction_moves_money_between_accounts(world: World) -> None:
    post(entry(world, "a", (CASH, "10"), (SALES, "-7"), (OTHER, "-3")))
    post(entry(world, "b", (CASH, "0.0000000001"), (SALES, "-0.0000000001")))
    assert [balances(world), counts()] == [["10.0000000001", "-7.0000000001", "-3"], [2, 5, 3]]
    assert queries.balance_of(world.brand.pk, AccountKind.WRITE_OFF, "EUR") == 0


@pytest.mark.parametrize(
    ("amounts", "merged"),
    [
        ([(CASH, "1"), (SALES, "-1")], [(CASH, "1"), (SALES, "-1")]),
        ([(CASH, "1"), (CASH, "2"), (SALES, "-3")], [(CASH, "3"), (SALES, "-3")]),
        ([(CASH, "1"), (CASH, "-1"), (SALES, "0")], []),
    ],
)
def test_legs_on_one_account_are_merged(amounts: Any, merged: Any) -> None:
    assert balanced(legs(*amounts)) == legs(*merged)


@pytest.mark.parametrize(
    ("amounts", "code"),
    [
        ([(CASH, "10"), (SALES, "-9.99")], "ledger_unbalanced"),
        # Below posting scale the two legs round apart, and the scale is what is booked.
        ([(CASH, "0.00000000005"), (SALES, "-0.00000000004"), (OTHER, "-0.00000000001")], "ledger_unbalanced"),
        ([(CASH, "10"), (CASH, "-10")], "ledger_empty"),
        ([(CASH, "0"), (SALES, "0")], "ledger_empty"),
        ([], "ledger_empty"),
    ],
)
def test_what_is_no_transaction_is_refused_and_writes_nothing(world: World, amounts: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        post(entry(world, "a", *amounts))
    assert [refused.value.code, counts()] == [code, [0, 0, 0]]


def test_each_currency_balances_by_itself(world: World) -> None:
    mixed = Entry(world.brand.pk, Cause("t", "a", "b"), MAY, legs((CASH, "1")) + legs((SALES, "-1"), currency="USD"))
    with pytest.raises(Refused) as refused:
        post(mixed)
    assert [refused.value.code, counts()] == ["ledger_unbalanced", [0, 0, 0]]


def test_a_cause_is_booked_once(world: World) -> None:
    first = post(entry(world, "a", (CASH, "10"), (SALES, "-10")))
    assert post(entry(world, "a", (SALES, "-10"), (CASH, "4"), (CASH, "6"))) == first
    assert [balances(world), counts()] == [["10", "-10", "0"], [1, 2, 2]]
    assert post(entry(world, "a", (CASH, "10"), (SALES, "-10"), kind="other")) != first


@pytest.mark.parametrize("other", [[(CASH, "11"), (SALES, "-11")], [(CASH, "10"), (OTHER, "-10")]])
def test_a_cause_with_other_legs_is_a_conflict(world: World, other: Any) -> None:
    post(entry(world, "a", (CASH, "10"), (SALES, "-10")))
    with pytest.raises(Refused) as refused:
        post_many([entry(world, "b", (CASH, "1"), (SALES, "-1")), entry(world, "a", *other)])
    assert [refused.value.code, balances(world), Transaction.objects.count()] == [
        "ledger_cause_conflict", ["10", "-10", "0"], 1,
    ]  # fmt: skip


def test_one_batch_names_a_cause_once(world: World) -> None:
    with pytest.raises(Refused) as refused:
        post_many(2 * [entry(world, "a", (CASH, "10"), (SALES, "-10"))])
    assert [refused.value.code, counts()[:2]] == ["ledger_cause_twice", [0, 0]]


@pytest.mark.django_db(transaction=True)
def test_the_same_cause_at_once_is_booked_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    ids = at_once(*8 * [lambda: post(entry(world, "a", (CASH, "10"), (SALES, "-10")))])
    assert [len(set(ids)), balances(world), counts()] == [1, ["10", "-10", "0"], [1, 2, 2]]


NEW = """
    INSERT INTO ledger_transaction (id, public_id, brand_id, source_type, source_id, kind, booked_on, created_at, memo)
    SELECT 999999, 'txn_raw', brand_id, 'raw', 'raw', 'raw', booked_on, created_at, '' FROM ledger_transaction LIMIT 1
"""


def posting(amount: str, transaction: Any = "999999", currency: str = "EUR", kind: str = "clearing") -> Any:
    return (
        "INSERT INTO ledger_posting (transaction_id, account_id, amount, currency) "
        f"SELECT {transaction}, id, {amount}, '{currency}' FROM ledger_account WHERE kind = '{kind}'"
    )


BOTH = (
    "INSERT INTO ledger_posting (transaction_id, account_id, amount, currency) "
    "SELECT {t}, id, CASE kind WHEN 'clearing' THEN 5 ELSE -5 END, '{c}' FROM ledger_account"
)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([NEW, posting("1")], "ledger_unbalanced"),
        ([posting("1", "(SELECT min(id) FROM ledger_transaction)")], "ledger_unbalanced"),
        ([NEW, BOTH.format(t=999999, c="USD")], "ledger_currency"),
        ([NEW], "ledger_incomplete"),
        ([NEW, posting("0")], "ledger_posting_not_zero"),
        ([BOTH.format(t="(SELECT min(id) FROM ledger_transaction)", c="EUR")], "ledger_sealed"),
        (["UPDATE ledger_posting SET amount = amount * 2"], "Cannot update or delete"),
        (["DELETE FROM ledger_posting"], "Cannot update or delete"),
        (["DELETE FROM ledger_transaction"], "Cannot delete"),
        (["UPDATE ledger_transaction SET booked_on = '2020-01-01'"], "ledger_transaction_frozen"),
        (["UPDATE ledger_transaction SET seal_id = NULL"], "ledger_transaction_sealed"),
        (["UPDATE ledger_seal SET digest = ''"], "Cannot update or delete"),
        (["UPDATE ledger_account SET kind = 'revenue'"], "Cannot update or delete"),
    ],
)
def test_the_database_refuses_what_the_code_would_not_do(world: World, statements: Any, said: str) -> None:
    post(entry(world, "a", (CASH, "10"), (SALES, "-10")))
    seal()
    refused = pytest.raises(DatabaseError, match=said)
    with refused, transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert [balances(world), counts()] == [["10", "-10", "0"], [1, 2, 2]]


def test_a_transaction_is_reversed_once_and_named(world: World) -> None:
    post(entry(world, "a", (CASH, "10"), (SALES, "-7"), (OTHER, "-3")))
    original = Transaction.objects.get()
    back = reverse(original.public_id, Cause("test", "a", "reversal"), MAY)
    assert [balances(world), Transaction.objects.get(pk=back).reverses] == [["0", "0", "0"], original]
    assert reverse(original.public_id, Cause("test", "a", "reversal"), MAY) == back
    with pytest.raises(Refused) as again:
        reverse(original.public_id, Cause("test", "a", "again"), MAY)
    assert [again.value.code, counts()] == ["already_reversed", [2, 6, 3]]
    with pytest.raises(NotFound) as unknown:
        reverse("txn_none", Cause("test", "x", "y"), MAY)
    assert unknown.value.code == "transaction_not_found"


def test_seals_chain_and_checkpoints_say_what_postings_say(world: World) -> None:
    assert seal() is None
    post(entry(world, "a", (CASH, "10"), (SALES, "-10")))
    assert [seal(), seal()] == [1, None]
    post_many([entry(world, "b", (CASH, "1"), (OTHER, "-1")), entry(world, "c", (CASH, "2"), (SALES, "-2"))])
    assert balances(world) == ["13", "-12", "-1"]  # a checkpoint and what is not sealed yet
    assert seal() == 2
    post(entry(world, "d", (CASH, "-3"), (SALES, "3")))
    assert balances(world) == ["10", "-9", "-1"]
    assert list(Seal.objects.order_by("number").values_list("number", "transactions")) == [(1, 1), (2, 2)]
    kept = sorted(Checkpoint.objects.values_list("account__kind", "seal", "balance"))
    assert [(kind, number, plain(b)) for kind, number, b in kept] == [
        ("clearing", 1, "10"), ("clearing", 2, "13"), ("promotion", 2, "-1"), ("revenue", 1, "-10"),
        ("revenue", 2, "-12"),
    ]  # fmt: skip
    assert rebuild_checkpoints() == 5
    assert sorted(Checkpoint.objects.values_list("account__kind", "seal", "balance")) == kept


@pytest.mark.django_db(transaction=True)
def test_sealing_at_once_seals_everything_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    calls = [lambda n=n: post(entry(world, f"k{n}", (CASH, "1"), (SALES, "-1"))) for n in range(8)]
    at_once(*calls, *4 * [seal])
    seal()
    assert sum(Seal.objects.values_list("transactions", flat=True)) == 8
    assert [Transaction.objects.filter(seal=None).count(), balances(world)] == [0, ["8", "-8", "0"]]
