"""Linked transfers: all or none."""

from datetime import date
from decimal import Decimal

import pytest

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.ledger import queries
from tollbook.ledger.actions import transfer_all
from tollbook.ledger.rules import AccountKind, Leg, Slot, Transfer, transfer_legs
from tollbook.site.tests.world import World

MAY = date(2026, 5, 1)


def slot(owner: str, currency: str = "EUR") -> Slot:
    return Slot(AccountKind.CLEARING, currency, owner)


def move(source: str, target: str, amount: str) -> Transfer:
    return Transfer(slot(source), slot(target), Decimal(amount))


def balances(world: World) -> list[str]:
    return [plain(queries.balance_of(world.brand.pk, AccountKind.CLEARING, "EUR", name)) for name in "abc"]


def test_the_legs_of_a_transfer() -> None:
    assert transfer_legs(move("a", "b", "5")) == (Leg(slot("a"), Decimal(-5)), Leg(slot("b"), Decimal(5)))
    assert transfer_legs(move("a", "b", "0")) == transfer_legs(move("a", "a", "5")) == ()


def test_linked_transfers_are_booked_together_and_once(world: World) -> None:
    linked = [move("a", "b", "10"), move("b", "c", "4.0000000001"), move("c", "c", "9"), move("c", "a", "-1")]
    first = transfer_all(world.brand.pk, "settle-1", linked, MAY)
    assert balances(world) == ["-11", "5.9999999999", "5.0000000001"]
    assert transfer_all(world.brand.pk, "settle-1", linked, MAY) == first
    assert [len(first), balances(world)] == [3, ["-11", "5.9999999999", "5.0000000001"]]
    assert queries.totals(world.brand.pk)[0]["balance"] == 0


def test_when_one_is_refused_none_is_booked(world: World) -> None:
    bad = Transfer(slot("b"), slot("c", "USD"), Decimal(1))
    with pytest.raises(Refused) as refused:
        transfer_all(world.brand.pk, "settle-2", [move("a", "b", "10"), bad], MAY)
    assert [refused.value.code, balances(world)] == ["currency_mismatch", ["0", "0", "0"]]
    transfer_all(world.brand.pk, "settle-3", [move("a", "b", "10")], MAY)
    with pytest.raises(Refused) as refused:
        # The second of these is new, the first names what was booked with another amount.
        transfer_all(world.brand.pk, "settle-3", [move("a", "b", "11"), move("b", "c", "1")], MAY)
    assert [refused.value.code, balances(world)] == ["ledger_cause_conflict", ["-10", "10", "0"]]
