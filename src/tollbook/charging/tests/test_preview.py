"""A preview says what the act then does, and does nothing itself."""

import pytest

from tollbook.charging.models import Charge
from tollbook.charging.preview import change_preview, end_preview
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.metering.models import UsageHour
from tollbook.site.tests.world import Party, World, instant
from tollbook.subscriptions.models import Phase, Subscription


def story(world: World) -> Party:
    world.meter("sms")
    world.plan("small", world.monthly("31", "a", in_advance=True), world.metered("sms", "1", "x"))
    world.plan("large", world.once("7"), world.monthly("62", "b", in_advance=True), world.metered("sms", "2", "y"))
    acme = world.customer().buys("small").uses("sms", 5, "2026-05-03").uses("sms", 3, "2026-05-18")
    world.charge()
    return acme


@pytest.mark.parametrize("on", ["2026-05-16", "2026-05-06", "2026-05-20"])
def test_a_preview_of_a_change_is_what_the_change_brings(world: World, on: str) -> None:
    acme = story(world)
    world.on("2026-05-16")
    name, at = acme.subscriptions["small"].public_id, instant(on)
    made, pending = Charge.objects.count(), UsageHour.objects.filter(pending=True).count()
    seen = change_preview(name, world.plans["large"], at)
    assert (Charge.objects.count(), Phase.objects.count()) == (made, 1)
    assert UsageHour.objects.filter(pending=True).count() == pending
    acme.changes("small", "large", on)
    world.on(max(at, world.now)).charge()
    brought = [c for c in Charge.objects.filter(pk__gt=0).order_by("pk")[made:]]
    assert sorted((line.name, plain(line.amount), line.reason) for line in seen.lines) == sorted(
        (c.price.name, plain(c.amount), c.reason) for c in brought
    )
    assert plain(seen.total.amount) == plain(sum((c.amount for c in brought), start=seen.total.amount * 0))


def test_what_would_be_due_anyway_is_no_part_of_it(world: World) -> None:
    acme = story(world)
    world.on("2026-07-01")
    name = acme.subscriptions["small"].public_id
    # Nothing of June is charged yet: the fee that June would have cost anyway is taken off.
    assert [(line.name, plain(line.amount)) for line in end_preview(name, instant("2026-05-16")).lines] == [
        ("A", "-16"), ("X", "-3"), ("A", "-31"), ("A", "-31"),
    ]  # fmt: skip
    assert Subscription.objects.get().ended_at is None
    world.charge()


def test_a_preview_refuses_what_the_act_refuses(world: World) -> None:
    acme = story(world)
    name = acme.subscriptions["small"].public_id
    with pytest.raises(Refused) as same:
        change_preview(name, world.plans["small"], world.now)
    with pytest.raises(Refused) as early:
        end_preview(name, instant("2026-04-30"))
    assert [same.value.code, early.value.code] == ["same_plan", "ends_before_started"]
