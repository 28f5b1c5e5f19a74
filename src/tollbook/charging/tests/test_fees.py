"""What falls due when, and for which share of a period."""

import pytest

from tollbook.charging.rules import borders
from tollbook.kernel.errors import Refused
from tollbook.site.tests.world import World
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of


@pytest.mark.parametrize(
    ("base", "begins", "ends", "owed"),
    [
        ("days", "2026-05-01", "", "31"),
        ("days", "2026-05-10", "", "22"),
        ("days", "2026-05-10 12:00", "", "22"),  # a started day counts
        ("days", "2026-05-31 23:59", "", "1"),
        ("days", "2026-05-01", "2026-05-20", "19"),
        ("days", "2026-05-01", "2026-05-20 00:01", "20"),
        ("days", "2026-05-10 12:00", "2026-05-10 13:00", "1"),
        ("days_30", "2026-05-01", "", "31"),
        # Months of 30 days: 15 of them have passed, so 15 are left; the 31st is not counted (Kill Bill).
        ("days_30", "2026-05-16", "", "15.5"),
        ("days_30", "2026-05-01", "2026-05-16", "15.5"),
        ("days_30", "2026-05-31", "", "0"),
        ("seconds", "2026-05-16 12:00", "", "15.5"),
        ("seconds", "2026-05-01", "2026-05-02 06:00", "1.25"),
        ("none", "2026-05-31", "", "31"),
    ],
)
def test_a_part_of_may_at_31_a_month(world: World, base: str, begins: str, ends: str, owed: str) -> None:
    world.plan("flat", world.monthly("31", semantics={"proration": base}))
    acme = world.customer().buys("flat", begins)
    if ends:
        acme.ends("flat", ends)
    world.on("2026-06-01").charge()
    assert acme.charges == [("fee", "1", owed)]


def test_fees_in_advance_in_arrears_and_once(world: World) -> None:
    world.plan("all", world.once("5"), world.monthly("10", "ahead", in_advance=True), world.monthly("20", "after"))
    acme = world.customer().buys("all", "2026-05-01")
    assert (world.charge(), acme.charges) == (2, [("setup", "1", "5"), ("ahead", "1", "10")])
    assert world.on("2026-05-31 23:59").charge() == 0
    assert world.on("2026-06-01").charge() == 2
    assert sorted(acme.charges[2:]) == [("after", "1", "20"), ("ahead", "1", "10")]
    assert [world.charge(), world.charge()] == [0, 0]


def test_a_run_that_comes_months_late_charges_every_period_once(world: World) -> None:
    world.plan("all", world.once("5"), world.monthly("10", "ahead", in_advance=True), world.monthly("20", "after"))
    acme = world.customer().buys("all", "2026-05-16")
    world.on("2026-08-03").charge()
    assert sorted(acme.charges) == sorted(
        [("setup", "1", "5"), ("ahead", "1", "5.16129032258064516129"), ("after", "1", "10.32258064516129032258")]
        + 3 * [("ahead", "1", "10")]
        + 2 * [("after", "1", "20")]
    )


@pytest.mark.parametrize(
    ("alignment", "months", "expected"),
    [
        # The 31st clamps in February and comes back in March; every border is counted from the anchor.
        ("anchor", 1, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("anchor", 3, ["2026-01-31", "2026-04-30"]),
        ("calendar", 1, ["2026-01-31", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"]),
        ("calendar", 3, ["2026-01-31", "2026-04-01"]),
    ],
)
def test_periods_turn(world: World, alignment: str, months: int, expected: list[str]) -> None:
    world.plan("flat", world.monthly("10", in_advance=True))
    acme = world.customer().buys("flat", "2026-01-31", alignment=alignment, months=months)
    world.on("2026-05-31 12:00").charge()
    starts = [c.period_start.date().isoformat() for c in acme.row.charge_set.order_by("period_start")]
    assert starts == expected


def test_periods_turn_at_midnight_of_the_customers_zone(world: World) -> None:
    world.plan("flat", world.monthly("10", in_advance=True))
    acme = world.customer(zone="Europe/Berlin").buys("flat", "2026-09-30 22:00")
    world.on("2026-10-31 22:59").charge()
    assert acme.charges == [("fee", "1", "10")]  # October began at 22:00 UTC, November begins at 23:00 UTC
    world.on("2026-10-31 23:00").charge()
    assert acme.charges == [("fee", "1", "10"), ("fee", "1", "10")]


def test_an_ended_subscription_owes_its_last_part_and_then_nothing(world: World) -> None:
    world.plan("flat", world.monthly("31"))
    acme = world.customer().buys("flat", "2026-05-01")
    world.on("2026-06-01").charge()
    acme.ends("flat", "2026-06-16")
    world.on("2026-09-01").charge()
    assert acme.charges == [("fee", "1", "31"), ("fee", "1", "15.5")]
    assert world.on("2026-12-01").charge() == 0


def test_a_subscription_ends_after_it_began(world: World) -> None:
    world.plan("flat", world.monthly("31"))
    acme = world.customer().buys("flat", "2026-05-01")
    with pytest.raises(Refused) as early:
        acme.ends("flat", "2026-05-01")
    assert [early.value.code, Subscription.objects.get().state] == ["ends_before_started", "active"]


def test_borders_before_the_first_one(world: World) -> None:
    world.plan("flat", world.monthly("31"))
    acme = world.customer().buys("flat", "2026-06-10")
    schedule = schedule_of(acme.subscriptions["flat"])
    found = borders(schedule, None, world.now)
    assert (found.begun, found.ended, found.closed_until, found.due_at) == ((), (), None, schedule.started_at)
