"""What a hold can still do when each request has its own key: nothing captured, nothing twice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.site.tests.world import World
from tollbook.wallets import holds, queries
from tollbook.wallets.actions import open_wallet, top_up
from tollbook.wallets.models import Hold, Wallet


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.fixture
def wallet(world: World) -> Wallet:
    found: Wallet = open_wallet(world.customer().row, "EUR")
    top_up(found.pk, eur("10"), key="a")
    return found


def standing(wallet: Wallet) -> list[str]:
    found = queries.of_customer(wallet.customer).get()
    return [f"{amount.normalize():f}" for amount in (found.balance, found.held, queries.available(found))]


def test_capturing_nothing_releases(wallet: Wallet) -> None:
    held = holds.hold(wallet.pk, eur("4"), key="h")
    assert holds.capture(held.public_id, eur("0")).state == Hold.State.RELEASED
    assert standing(wallet) == ["10", "0", "10"]


def test_a_second_capture_or_release_is_a_fault_where_keys_tell_repeats_apart(wallet: Wallet) -> None:
    first, second = holds.hold(wallet.pk, eur("4"), key="h1"), holds.hold(wallet.pk, eur("3"), key="h2")
    holds.capture(first.public_id, repeats=False)
    holds.release(second.public_id, repeats=False)
    for again, held in ((holds.capture, first), (holds.release, second)):
        with pytest.raises(Refused) as refused:
            again(held.public_id, repeats=False)
        assert refused.value.code == "hold_closed"
        assert again(held.public_id).pk == held.pk
    assert standing(wallet) == ["6", "0", "6"]


def test_a_wallet_can_be_asked_to_let_its_holds_lapse(world: World, wallet: Wallet) -> None:
    holds.hold(wallet.pk, eur("4"), key="h", expires_at=world.now + timedelta(seconds=10))
    holds.lapse(wallet.pk, world.now + timedelta(seconds=9))
    assert standing(wallet) == ["10", "4", "6"]
    holds.lapse(wallet.pk, world.now + timedelta(seconds=10))
    assert standing(wallet) == ["10", "0", "10"]
