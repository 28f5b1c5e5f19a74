"""Dunning stops several services while charging has them: both lock them in one order, so neither is ended for the other."""

import time
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from tollbook.charging.actions import charge_customers, charge_due
from tollbook.charging.models import Charge
from tollbook.dunning import actions, stopping
from tollbook.dunning.tests.conftest import Debtor
from tollbook.site.tests.world import Party, World
from tollbook.subscriptions.models import Subscription

Make = Callable[..., Debtor]
Policy = Callable[..., None]
pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 20.0


def somebody_waits() -> None:
    """Return when a connection to this database waits for a lock, or after a while."""
    until = time.monotonic() + WAIT_S
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            # What a transaction reads of the activity stands still otherwise.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(query)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)


def two_debts(world: World) -> Party:
    """acme's older invoice is for the younger subscription, so that dunning comes to that one first."""
    world.plan("rent", world.monthly("100"))
    acme = world.customer("acme").buys("rent", "2026-05-20", key="young")
    world.on("2026-06-01").close()
    acme.buys("rent", "2026-05-10", key="old")
    world.on("2026-06-02").close()
    return acme


def test_dunning_and_charging_wait_in_one_order(
    world: World, policy: Policy, at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried: without the locks at the beginning of `dun_customer`, PostgreSQL ends one of the two (deadlock detected)."""
    policy(suspend_after="14", reminders="none")
    acme = two_debts(world)
    world.on("2026-07-05 06:00")
    at, first_stopped = world.now, Event()
    real = stopping.stop

    def slowly(*given: Any, **more: Any) -> Any:
        """Let charging come between the first stop and the second."""
        if first_stopped.is_set():
            somebody_waits()
        made = real(*given, **more)
        first_stopped.set()
        return made

    monkeypatch.setattr(stopping, "stop", slowly)

    def charge() -> int:
        assert first_stopped.wait(WAIT_S)
        return charge_customers([acme.row.pk], at)

    dunned, charged = at_once(lambda: actions.dun_customer(acme.row.pk, at), charge)
    assert (dunned.steps, dunned.refused) == (2, ())
    assert charged == 2
    assert set(Subscription.objects.values_list("state", flat=True)) == {"suspended"}


def test_a_chunk_that_is_ended_for_another_is_charged_again(world: World, at_once: Callable[..., list[Any]]) -> None:
    """Tried: with `charge_customers` called by itself, the run raises "deadlock detected"."""
    world.plan("rent", world.monthly("100"))
    acme = world.customer("acme").buys("rent", "2026-05-01", key="one").buys("rent", "2026-05-02", key="two")
    world.on("2026-06-01")
    at, held = world.now, Event()
    one, two = (acme.subscriptions[key].pk for key in ("one", "two"))

    @transaction.atomic
    def backwards() -> None:
        with connection.cursor() as cursor:
            # Whoever looks first for a deadlock is ended: that is to be the run.
            cursor.execute("SET LOCAL deadlock_timeout = '15s'")
            cursor.execute("SELECT 1 FROM subscriptions_subscription WHERE id = %s FOR UPDATE", [two])
            held.set()
            somebody_waits()
            cursor.execute("SELECT 1 FROM subscriptions_subscription WHERE id = %s FOR UPDATE", [one])

    def charge() -> int:
        assert held.wait(WAIT_S)
        return charge_due(at)

    _, charged = at_once(backwards, charge)
    assert charged == 2 == Charge.objects.count()
