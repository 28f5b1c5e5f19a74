"""Two runs at once, and use that arrives while a run is charging."""

from collections.abc import Callable
from typing import Any

import pytest

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
