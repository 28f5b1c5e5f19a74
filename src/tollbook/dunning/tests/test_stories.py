"""Stories of unpaid invoices, day by day."""

from collections.abc import Callable

import pytest

from tollbook.dunning.actions import dun_due, resume_due
from tollbook.dunning.tests.conftest import STRICT, Debtor
from tollbook.site.tests.world import World

Make = Callable[..., Debtor]
Policy = Callable[..., None]
Days = Callable[..., None]


def test_everything_in_its_turn(debtor: Make, policy: Policy, days: Days) -> None:
    policy(**STRICT)
    acme = debtor()
    days("2026-07-31")
    assert acme.steps == [
        ("remind", -3, "06-12", "taken"),
        ("remind", 1, "06-16", "taken"),
        ("remind", 7, "06-22", "taken"),
        ("fee", 0, "06-25", "taken"),
        ("suspend", 0, "06-29", "taken"),
        # The fee's own invoice is due on 9 July: it is reminded of, and neither bears a fee nor stops a service.
        ("remind", -3, "07-06", "taken"),
        ("remind", 1, "07-10", "taken"),
        ("terminate", 0, "07-15", "taken"),
        ("remind", 7, "07-16", "taken"),
    ]
    assert acme.fees == ["6.15"]
    assert acme.state() == "ended"
    assert acme.told[:5] == [
        "Invoice HARBOUR-2026-000001 is due on 15 June 2026",
        "Invoice HARBOUR-2026-000001 is 1 day overdue",
        "Invoice HARBOUR-2026-000001 is 7 days overdue",
        "Late fee on invoice HARBOUR-2026-000001",
        "Rent is suspended",
    ]


def test_payment_lets_run_again_what_dunning_has_stopped(
    debtor: Make, policy: Policy, days: Days, world: World
) -> None:
    policy(**STRICT)
    acme = debtor()
    days("2026-06-30")
    assert acme.state() == "suspended"
    world.on("2026-06-30 12:00")
    acme.pays("100")
    assert (resume_due(world.now), acme.state()) == (0, "suspended")
    acme.pays("23")
    assert (resume_due(world.now), acme.state()) == (1, "active")
    assert acme.told[-1] == "Rent runs again"
    assert resume_due(world.now) == 0
    days("2026-08-30")
    assert [step for step in acme.steps if step[0] == "terminate"] == []
    assert acme.state() == "active"


@pytest.mark.parametrize("again", [1, 3])
def test_a_second_run_on_the_same_day_does_nothing(debtor: Make, policy: Policy, world: World, again: int) -> None:
    policy(**STRICT)
    acme = debtor()
    world.on("2026-06-16 06:00")
    assert dun_due() == 2
    for _ in range(again):
        assert dun_due() == 0
    assert acme.steps == [("remind", -3, "06-16", "skipped"), ("remind", 1, "06-16", "taken")]
