"""Grants that are voided, renewed and rolled over; the books are checked after every test."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.errors import Refused, TollbookError
from tollbook.kernel.money import Money, plain
from tollbook.ledger import queries as ledger
from tollbook.ledger.rules import AccountKind
from tollbook.site.tests.world import World
from tollbook.wallets import holds
from tollbook.wallets.actions import draw, expire_due, give, give_back, open_wallet, top_up
from tollbook.wallets.cycles import renew, roll_over, void
from tollbook.wallets.models import Grant, Movement, Wallet


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def granted(wallet: Wallet, amount: str, key: str = "bonus", expires_at: datetime | None = None) -> str:
    give(wallet.pk, eur(amount), key=key, name="Bonus", expires_at=expires_at)
    found: str = Grant.objects.get(wallet=wallet, key=key).public_id
    return found


def left(wallet: Wallet) -> list[str]:
    """The balance, and what is left of each grant."""
    wallet.refresh_from_db()
    return [plain(wallet.balance), *(plain(grant.remaining) for grant in wallet.grants.order_by("pk"))]


def promoted(wallet: Wallet) -> str:
    return plain(ledger.balance_of(wallet.customer.brand_id, AccountKind.PROMOTION, "EUR"))


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(TollbookError) as refused:
        call()
    return refused.value.code


def spend(wallet: Wallet, amount: str) -> None:
    holds.capture(holds.hold(wallet.pk, eur(amount), key=f"use {wallet.holds.count()}").public_id)


@pytest.fixture
def wallet(world: World) -> Wallet:
    found: Wallet = open_wallet(world.customer().row, "EUR", credit_limit=Decimal(20))
    return found


def test_what_is_left_is_voided_once_and_what_returns_expires(world: World, wallet: Wallet) -> None:
    grant = granted(wallet, "10")
    draw(wallet.pk, eur("4"), key="use")
    void(grant, key="v")
    void(grant, key="v")
    assert [left(wallet), promoted(wallet)] == [["0", "0"], "4"]
    give_back(wallet.pk, eur("4"), key="back", draw_key="use")
    assert left(wallet) == ["4", "4"]
    expire_due(world.now)
    assert [left(wallet), promoted(wallet)] == [["0", "0"], "0"]


def test_a_renewed_grant_is_set_back_and_not_added_to(world: World, wallet: Wallet) -> None:
    until = world.now + timedelta(days=31)
    grant = granted(wallet, "10", expires_at=until)
    spend(wallet, "4")
    renew(grant, key="june", expires_at=until + timedelta(days=30))
    renew(grant, key="june")
    assert [left(wallet), promoted(wallet)] == [["10", "10"], "14"]
    renew(grant, key="july")
    assert [left(wallet), Movement.objects.filter(wallet=wallet).count()] == [["10", "10"], 3]


def test_a_renewal_pays_what_is_overdrawn_first(wallet: Wallet) -> None:
    grant = granted(wallet, "10")
    spend(wallet, "13")
    assert left(wallet) == ["-3", "0"]
    renew(grant, key="june")
    assert left(wallet) == ["7", "7"]
    spend(wallet, "27")
    renew(grant, key="july")
    assert left(wallet) == ["-10", "0"]


@pytest.mark.parametrize(
    ("used", "at_least", "at_most", "rest"),
    [("2", "0", "5", "5"), ("7", "0", "5", "3"), ("9", "2", "5", "2"), ("2", "0", "0", "0"), ("2", "0", "8", "8")],
)
def test_what_rolls_over(wallet: Wallet, used: str, at_least: str, at_most: str, rest: str) -> None:
    """OpenMeter: at most so much of what is left stays, and at least so much is there."""
    grant = granted(wallet, "10")
    spend(wallet, used)
    for _ in range(2):
        roll_over(grant, key="june", at_least=Decimal(at_least), at_most=Decimal(at_most))
    assert left(wallet) == [rest, rest]


def test_held_credit_is_not_taken_away(wallet: Wallet) -> None:
    grant = granted(wallet, "10")
    held = holds.hold(wallet.pk, eur("6"), key="h")
    assert code(lambda: void(grant, key="v")) == code(lambda: roll_over(grant, key="r")) == "credit_held"
    assert left(wallet) == ["10", "10"]
    roll_over(grant, key="r", at_most=Decimal(6))
    holds.release(held.public_id)
    void(grant, key="v")
    assert left(wallet) == ["0", "0"]


def test_paid_money_can_be_taken_out_but_is_not_given_again(world: World, wallet: Wallet) -> None:
    top_up(wallet.pk, eur("10"), key="paid")
    grant = Grant.objects.get(wallet=wallet, key="paid").public_id
    spend(wallet, "4")
    assert code(lambda: renew(grant, key="r")) == "grant_paid"
    assert code(lambda: roll_over(grant, key="r", at_most=Decimal(11))) == "more_than_granted"
    assert left(wallet) == ["6", "6"]
    void(grant, key="v")
    assert [left(wallet), promoted(wallet)] == [["0", "0"], "0"]
    assert plain(ledger.balance_of(world.brand.pk, AccountKind.WRITE_OFF, "EUR")) == "-6"


def test_what_cannot_be_renewed_is_refused(world: World, wallet: Wallet) -> None:
    grant = granted(wallet, "10", expires_at=world.now + timedelta(days=1))
    world.on("2026-05-03")
    assert code(lambda: renew(grant, key="late")) == "already_expired"
    assert code(lambda: void("gra_nothing", key="v")) == "grant_not_found"
    with pytest.raises(Refused, match="wallet"):
        spend(wallet, "99")
    expire_due(world.now)
    renew(grant, key="late", expires_at=world.now + timedelta(days=1))
    assert left(wallet) == ["10", "10"]
