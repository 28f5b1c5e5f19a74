"""Controls: what is broken on purpose in the wallets is exactly what check-books reports."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from tollbook.kernel.money import Money
from tollbook.site.tests.world import World
from tollbook.wallets.actions import open_wallet, top_up
from tollbook.wallets.models import Wallet
from tollbook.wallets.recurring import Cycle, plan_grants, recur_due
from tollbook.wallets.top_ups import ask_below


@pytest.fixture
def cycles(world: World) -> World:
    """A wallet with three cycles of credit, of which 4 go on each time, and a top-up asked for and paid; another one."""
    wallet = open_wallet(world.customer("acme").row, "EUR")
    cycle = Cycle(world.now.date(), at_most=Decimal(4))
    plan_grants(wallet.pk, Money(Decimal(10), "EUR"), cycle, key="p", name="Bonus")
    ask_below(wallet.pk, Decimal(0), Decimal(5))
    top_up(wallet.pk, Money(Decimal(5), "EUR"), key="t")
    top_up(open_wallet(world.customer("bolt").row, "EUR").pk, Money(Decimal(5), "EUR"), key="t")
    recur_due(world.now + timedelta(days=70))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return world


def test_what_is_broken_of_cycles_and_requests_is_reported(cycles: World, breaking: Callable[..., str]) -> None:
    bolt = Wallet.objects.order_by("pk").last()
    assert bolt
    last = "(SELECT max(id) FROM wallets_grant WHERE plan_id IS NOT NULL)"
    unpaid = "ALTER TABLE wallets_top_up_request DROP CONSTRAINT wallets_top_up_request_closed"
    foreign = f"(SELECT id FROM wallets_movement WHERE wallet_id = {bolt.pk})"
    assert {
        "a cycle left out": breaking("UPDATE wallets_grant SET cycle = 9 WHERE cycle = 1"),
        "a next cycle given already": breaking("UPDATE wallets_grant_plan SET next_number = next_number - 1"),
        "more taken over than goes on": breaking("UPDATE wallets_grant_plan SET at_most = 3"),
        "a cycle that gives more": breaking(f"UPDATE wallets_grant SET carried = carried - 1 WHERE id = {last}"),
        "a plan of another wallet": breaking(f"UPDATE wallets_grant_plan SET wallet_id = {bolt.pk}"),
        "a request that nobody paid": breaking(unpaid, "UPDATE wallets_top_up_request SET paid_by_id = NULL"),
        "a request that another paid": breaking(f"UPDATE wallets_top_up_request SET paid_by_id = {foreign}"),
        "a request that was paid before": breaking(
            "UPDATE wallets_top_up_request SET opened_at = closed_at + interval '1 second'"
        ),
    } == {
        "a cycle left out": "M5",
        "a next cycle given already": "M5",
        "more taken over than goes on": "M6",
        "a cycle that gives more": "M6",
        "a plan of another wallet": "M6",
        "a request that nobody paid": "M11",
        "a request that another paid": "M11",
        "a request that was paid before": "M11",
    }


def test_what_is_broken_is_what_is_reported(busy: World, breaking: Callable[..., str]) -> None:
    no_limit = "ALTER TABLE wallets_wallet DROP CONSTRAINT wallets_wallet_limit"
    below = "ALTER TABLE wallets_wallet DROP CONSTRAINT wallets_wallet_never_below"
    assert {
        "a balance": breaking("UPDATE wallets_wallet SET balance = balance + 1"),
        "a movement gone": breaking("DELETE FROM wallets_movement WHERE id = (SELECT max(id) FROM wallets_movement)"),
        "what is left of a grant": breaking("UPDATE wallets_grant SET remaining = remaining - 1"),
        "a burn": breaking("UPDATE wallets_burn SET amount = amount + 1 WHERE id = (SELECT min(id) FROM wallets_burn)"),
        "a return of what was never drawn": breaking(
            "UPDATE wallets_movement SET returns_id = (SELECT id FROM wallets_movement WHERE kind = 'top_up') "
            "WHERE kind = 'return'"
        ),
        "a movement without its ledger transaction": breaking(
            "UPDATE wallets_movement SET key = 'other' WHERE kind = 'top_up'"
        ),
        "a negative limit": breaking(no_limit, "UPDATE wallets_wallet SET credit_limit = -1"),
        "more held than there is": breaking(below, "UPDATE wallets_wallet SET held = 1000"),
        "a balance noted wrong": breaking(
            "UPDATE wallets_movement SET balance_after = balance_after + 1 WHERE kind = 'top_up'"
        ),
        "a captured hold called released": breaking("UPDATE wallets_hold SET state = 'released' WHERE key = 'taken'"),
        "a captured hold that had expired": breaking(
            "UPDATE wallets_hold SET expires_at = closed_at - interval '1 second' WHERE key = 'taken'"
        ),
        "an open hold with an end": breaking("UPDATE wallets_hold SET closed_at = created_at WHERE key = 'open'"),
        "what is held": breaking("UPDATE wallets_wallet SET held = held + 1"),
        "a released hold opened again": breaking(
            "UPDATE wallets_hold SET state = 'open', closed_at = NULL WHERE key = 'freed'"
        ),
    } == {
        "a balance": "M4",
        "a movement gone": "M4 M16",
        "what is left of a grant": "M4",
        "a burn": "M4",
        "a return of what was never drawn": "M6",
        "a movement without its ledger transaction": "M5",
        "a negative limit": "M8",
        "more held than there is": "M8 M10",
        "a balance noted wrong": "M8",
        "a captured hold called released": "M9",
        "a captured hold that had expired": "M9",
        "an open hold with an end": "M9",
        "what is held": "M10",
        "a released hold opened again": "M10",
    }
