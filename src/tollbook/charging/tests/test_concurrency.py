"""Two runs at once, and use that arrives while a run is charging."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from tollbook.charging.actions import charge_due
from tollbook.charging.models import Charge, Draw
from tollbook.site.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_runs_at_once_charge_everything_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    world.meter("sms").plan("cloud", world.once("5"), world.monthly("10"), world.metered("sms", "0.01", prepaid=True))
    parties = [world.customer(f"c{n}").tops_up("10").buys("cloud").uses("sms", 100 + n, "2026-05-02") for n in range(6)]
    world.on("2026-06-01")
    until = world.now
    made = at_once(*4 * [lambda: charge_due(until)])
    assert sum(made) == 18
    assert [sorted(p.charges) for p in parties] == [
        [("fee", "1", "10"), ("setup", "1", "5"), ("sms", str(100 + n), f"{1 + n / 100:g}")] for n in range(6)
    ]
    assert [Charge.objects.count(), Draw.objects.count()] == [18, 6]
    assert [p.balance for p in parties] == ["8.77", "8.7577", "8.7454", "8.7331", "8.7208", "8.7085"]


def test_use_that_arrives_during_runs_is_charged_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    world.meter("sms").plan("cloud", world.metered("sms"))
    acme = world.customer().buys("cloud").uses("sms", 1, "2026-05-02")
    world.on("2026-06-01")
    until = world.now
    drafts = [acme.draft("sms", 1, "2026-05-02") for _ in range(6)]
    calls = [lambda d=d: acme.sends(d) for d in drafts] + 3 * [lambda: charge_due(until)]
    results = at_once(*calls)
    assert not [r for r in results if isinstance(r, Exception)]
    charge_due(until)
    assert sum(int(quantity) for _, quantity, _ in acme.charges) == 7
    assert charge_due(until) == 0


def test_an_event_that_is_being_stored_while_a_period_closes_is_charged(world: World) -> None:
    # Tried: without FOR SHARE in `metering.actions`, the close does not wait and the event is neither read nor pending.
    world.meter("sms").plan("cloud", world.metered("sms"))
    acme = world.customer().buys("cloud").uses("sms", 1, "2026-05-02")
    world.charge()
    world.on("2026-06-01")
    until, stored, closing = world.now, Event(), Event()

    def store_slowly() -> None:
        try:
            with transaction.atomic():
                acme.sends(acme.draft("sms", 5, "2026-05-03"))
                stored.set()
                # The close begins now, and must wait for this transaction.
                assert not closing.wait(0.7)
        finally:
            connection.close()

    slow = Thread(target=store_slowly)
    slow.start()
    assert stored.wait(10)
    charge_due(until)
    closing.set()
    slow.join()
    assert acme.charges == [("sms", "6", "6")]
    assert charge_due(until) == 0


def test_an_event_that_comes_in_while_a_period_closes_is_charged_by_the_next_run(world: World) -> None:
    world.meter("sms").plan("cloud", world.metered("sms"))
    acme = world.customer().buys("cloud").uses("sms", 1, "2026-05-02")
    world.charge()
    world.on("2026-06-01")
    until = world.now

    def send() -> None:
        try:
            acme.sends(acme.draft("sms", 5, "2026-05-03"))
        finally:
            connection.close()

    with transaction.atomic():
        charge_due(until)
        late = Thread(target=send)
        late.start()
        late.join(0.5)
        # It waits for the close: what it would write must know the new border.
        assert late.is_alive()
    late.join()
    assert acme.charges == [("sms", "1", "1")]
    assert (charge_due(until), acme.charges[1:]) == (1, [("sms", "5", "5")])
