"""Changes at once: each is said once, and all of them are charged."""

from collections.abc import Callable
from typing import Any

import pytest

from tollbook.charging.actions import charge_due
from tollbook.charging.models import Charge
from tollbook.kernel.money import add_up, plain
from tollbook.site.tests.world import World, instant
from tollbook.subscriptions.changes import change, roll_out
from tollbook.subscriptions.models import Phase, Subscription

pytestmark = pytest.mark.django_db(transaction=True)
AtOnce = Callable[..., list[Any]]


def bought(world: World) -> str:
    for code, amount in (("small", "31"), ("large", "62"), ("huge", "93"), ("mega", "124")):
        world.plan(code, world.monthly(amount, code, in_advance=True))
    acme = world.customer().buys("small")
    world.charge()
    return str(acme.subscriptions["small"].public_id)


@pytest.mark.parametrize(("keys", "phases"), [("kkk", 2), ("klm", 4)])
def test_changes_at_once_are_said_one_after_the_other(world: World, at_once: AtOnce, keys: str, phases: int) -> None:
    name = bought(world)
    # With one key, it is one change sent three times.
    plans = {"kkk": ["large"] * 3, "klm": ["large", "huge", "mega"]}[keys]

    def act(key: str, plan: str) -> Callable[[], Subscription]:
        return lambda: change(name, world.plans[plan], instant("2026-05-16"), key=key)

    found = at_once(*(act(key, plan) for key, plan in zip(keys, plans, strict=True)))
    assert [each.public_id for each in found] == [name] * 3
    numbers = Phase.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, phases + 1))
    world.on("2026-05-16").charge()
    assert plain(add_up(c.amount for c in Charge.objects.filter(price__code="small"))) == "15"


def test_a_change_and_charging_at_once_owe_what_one_after_the_other_owes(world: World, at_once: AtOnce) -> None:
    name = bought(world)
    world.on("2026-06-01")
    at_once(
        lambda: charge_due(world.now),
        lambda: change(name, world.plans["large"], instant("2026-05-16"), key="k"),
        lambda: charge_due(world.now),
    )
    charge_due(world.now)
    sums = {
        code: plain(add_up(c.amount for c in Charge.objects.filter(price__code=code))) for code in ("small", "large")
    }
    assert sums == {"small": "15", "large": "94"}


def test_roll_outs_at_once_move_everybody_once(world: World, at_once: AtOnce) -> None:
    bought(world)
    for n in range(3):
        world.customer(f"c{n}").buys("small")
    version = world.plan("small", world.monthly("40", "small"), valid_from="2026-05-16", scope="now")
    found = at_once(*(lambda: roll_out(version) for _ in range(3)))
    assert sum(each.changed for each in found) == 4
    assert Phase.objects.filter(version=version).count() == 4
    world.charge()
