"""What is billed while a subscription is suspended, as the two settings say."""

import pytest

from tollbook.charging.models import Charge
from tollbook.features.actions import set_value
from tollbook.site.tests.world import Party, World
from tollbook.subscriptions.actions import resume, suspend
from tollbook.subscriptions.models import Phase

FEES, USE = "subscriptions.bill_suspended_fees", "subscriptions.bill_suspended_use"


@pytest.fixture
def acme(world: World) -> Party:
    """31.00 a month in advance and 1.00 for an hour."""
    world.meter("hours")
    world.plan("cloud", world.monthly("31", in_advance=True), world.metered("hours", "1"))
    world.plan("large", world.monthly("62", in_advance=True), world.metered("hours", "2"))
    found = world.customer("acme", billing_plan="POSTPAID").buys("cloud")
    world.close()
    return found


def month(world: World, acme: Party) -> dict[str, str]:
    """Suspended from 11 to 21 May, with use before, meanwhile and after; what May costs by price."""
    acme.uses("hours", 2, "2026-05-05")
    world.on("2026-05-11").close()
    suspend(acme.subscriptions["cloud"].public_id)
    world.close()
    acme.uses("hours", 4, "2026-05-15")
    world.on("2026-05-21").close()
    resume(acme.subscriptions["cloud"].public_id)
    acme.uses("hours", 8, "2026-05-25")
    world.on("2026-05-31 23:59").close()
    world.on("2026-06-01").charge()
    sums: dict[str, int] = {}
    for code, _, amount in acme.charges:
        sums[code] = sums.get(code, 0) + int(amount)
    # June's fee is due on the first of June.
    sums["fee"] -= 31
    return {code: str(amount) for code, amount in sums.items()}


@pytest.mark.parametrize(
    ("fees", "use", "costs"),
    [
        (True, True, {"fee": "31", "hours": "14"}),
        (True, False, {"fee": "31", "hours": "10"}),
        (False, True, {"fee": "21", "hours": "14"}),
        (False, False, {"fee": "21", "hours": "10"}),
    ],
)
def test_what_a_suspension_costs(world: World, acme: Party, fees: bool, use: bool, costs: dict[str, str]) -> None:
    set_value(FEES, fees)
    set_value(USE, use)
    assert month(world, acme) == costs


def test_where_everything_is_billed_nothing_is_said(world: World, acme: Party) -> None:
    month(world, acme)
    assert Phase.objects.count() == 1


def test_what_holds_at_the_suspension_holds_until_it_is_resumed(world: World, acme: Party) -> None:
    set_value(FEES, False)
    world.on("2026-05-11")
    suspend(acme.subscriptions["cloud"].public_id)
    set_value(FEES, True)
    world.on("2026-06-11").close()
    assert sum(int(amount) for code, _, amount in acme.charges if code == "fee") == 10


def test_a_change_of_plan_does_not_resume(world: World, acme: Party) -> None:
    set_value(FEES, False)
    set_value(USE, False)
    world.on("2026-05-11")
    suspend(acme.subscriptions["cloud"].public_id)
    world.on("2026-05-16")
    acme.changes("cloud", "large")
    acme.uses("hours", 4, "2026-05-17")
    world.on("2026-05-21")
    resume(acme.subscriptions["cloud"].public_id)
    acme.uses("hours", 8, "2026-05-25")
    world.on("2026-06-01").charge()
    owed = sum(int(amount) for code, _, amount in acme.charges if code == "fee")
    # 10 days of 1.00, 11 days of 2.00, and June's 62.00.
    assert owed == 10 + 22 + 62
    assert [each for each in acme.charges if each[0] == "hours"] == [("hours", "8", "16")]


def test_a_credit_says_that_it_was_suspended(world: World, acme: Party) -> None:
    set_value(FEES, False)
    world.on("2026-05-11")
    suspend(acme.subscriptions["cloud"].public_id)
    world.charge()
    reasons = Charge.objects.filter(amount__lt=0).values_list("reason", flat=True)
    assert list(reasons) == ["suspended on 11 May 2026: unused time credited"]
