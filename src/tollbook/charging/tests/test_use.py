"""Use becomes charges: each event once, a late one by the difference, and by the subscription that owns it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tollbook.catalog.actions import add_prices, price_book
from tollbook.charging.models import Charge
from tollbook.customers.models import Customer
from tollbook.site.tests.world import Party, World


def test_use_is_charged_when_its_period_ends(world: World) -> None:
    world.meter("sms").plan("cloud", world.metered("sms", "0.0043"))
    acme = world.customer().buys("cloud").uses("sms", 1000, "2026-05-03").uses("sms", 500, "2026-05-31 23:59")
    acme.uses("sms", 7, "2026-06-01")
    assert world.on("2026-05-31").charge() == 0
    world.on("2026-06-01").charge()
    assert acme.charges == [("sms", "1500", "6.45")]


def test_a_late_event_charges_the_difference_and_an_unchanged_reading_nothing(world: World) -> None:
    world.meter("sms").plan(
        "cloud",
        world.metered("sms", model="graduated", tiers=[{"upto": "1000", "unit": "0.01"}, {"unit": "0.005"}]),
    )
    acme = world.customer().buys("cloud").uses("sms", 1200, "2026-05-03", id="first")
    world.on("2026-06-01").charge()
    acme.uses("sms", 1200, "2026-05-03", id="first")
    assert acme.last is not None
    assert [str(acme.last.outcomes[0]), world.charge()] == ["repeated", 0]
    acme.uses("sms", 100, "2026-05-31")
    world.charge()
    assert acme.charges == [("sms", "1200", "11"), ("sms", "100", "0.5")]
    first, second = Charge.objects.order_by("pk")
    assert (first.revision, first.corrects, first.reason) == (1, None, "")
    assert (second.revision, second.corrects, second.reason) == (2, first, "late or changed use")
    assert [line["amount"] for line in second.rated["lines"]] == ["10", "1.5"]
    assert world.charge() == 0


def test_use_taken_back_owes_back(world: World) -> None:
    world.meter("gb", negative=True).plan("cloud", world.metered("gb", "2"))
    acme = world.customer().buys("cloud").uses("gb", 5, "2026-05-03")
    world.on("2026-06-01").charge()
    acme.uses("gb", -8, "2026-05-04")
    world.charge()
    assert acme.charges == [("gb", "5", "10"), ("gb", "-8", "-16")]
    assert Charge.objects.get(revision=2).rated["credited"] is True


@pytest.mark.parametrize(
    ("aggregation", "quantities", "reading"),
    [
        ("sum", [("05-02", 5), ("05-03", 7), ("05-02", 1)], "13"),
        ("count", [("05-02", 1), ("05-03", 1), ("05-02", 1)], "3"),
        ("max", [("05-02", 5), ("05-03", 7), ("05-02", 1)], "7"),
        ("latest", [("05-03", 7), ("05-04", 2), ("05-02", 5)], "2"),
        ("latest", [("05-03", 2), ("05-03", 7), ("05-03", 5)], "7"),  # of one instant, the larger
    ],
)
def test_what_a_meter_makes_of_its_events(world: World, aggregation: str, quantities: Any, reading: str) -> None:
    world.meter("m", aggregation).plan("cloud", world.metered("m"))
    acme = world.customer().buys("cloud")
    for day, quantity in quantities:
        acme.uses("m", quantity, f"2026-{day}")
    world.on("2026-06-01").charge()
    assert acme.charges == [("m", reading, reading)]


@pytest.mark.parametrize(("aggregation", "reading"), [("max", "7"), ("latest", "5"), ("sum", "12")])
def test_use_that_names_the_subscription_and_use_at_large_are_one_reading(
    world: World, aggregation: str, reading: str
) -> None:
    world.meter("seats", aggregation).plan("cloud", world.metered("seats"))
    acme = world.customer().buys("cloud")
    acme.uses("seats", 7, "2026-05-02").uses("seats", 5, "2026-05-03", of="cloud")
    world.on("2026-06-01").charge()
    assert acme.charges == [("seats", reading, reading)]


def test_the_best_fitting_price_prices_a_reading(world: World) -> None:
    world.meter("gb", "sum", "region", "tier")
    world.plan(
        "cloud",
        world.metered("gb", "1", "any"),
        world.metered("gb", "2", "eu", match={"region": "eu"}),
        world.metered("gb", "3", "eu-cold", match={"region": "eu", "tier": "cold"}),
    )
    acme = world.customer().buys("cloud")
    for quantity, region, tier in ((1, "eu", "cold"), (10, "eu", "hot"), (100, "us", "cold"), (1000, "us", "hot")):
        acme.uses("gb", quantity, "2026-05-02", region=region, tier=tier)
    world.on("2026-06-01").charge()
    assert sorted(acme.charges) == [("any", "1100", "1100"), ("eu", "10", "20"), ("eu-cold", "1", "3")]


def test_use_at_large_belongs_to_the_oldest_subscription_that_lives(world: World) -> None:
    world.meter("sms").plan("old", world.metered("sms", "1", "old"))
    world.plan("new", world.metered("sms", "2", "new"))
    acme = world.customer().buys("new", "2026-05-05").buys("old", "2026-05-01").ends("old", "2026-05-20 10:30")
    acme.uses("sms", 1, "2026-05-04").uses("sms", 10, "2026-05-20 10:59").uses("sms", 100, "2026-05-20 11:00")
    acme.uses("sms", 1000, "2026-05-10", of="new")
    world.on("2026-06-01").charge()
    assert sorted(acme.charges) == [("new", "1100", "2200"), ("old", "11", "11")]


def test_use_in_the_started_hour_in_which_a_subscription_begins_and_ends_is_charged(world: World) -> None:
    world.meter("sms").plan("cloud", world.metered("sms"))
    acme = world.customer().buys("cloud", "2026-05-10 10:45").ends("cloud", "2026-05-20 10:15")
    for quantity, at in ((1, "10 10:50"), (10, "10 10:40"), (100, "20 10:10"), (1000, "20 10:50"), (10000, "20 11:00")):
        acme.uses("sms", quantity, f"2026-05-{at}")
    world.on("2026-06-01").charge()
    assert acme.charges == [("sms", "1111", "1111")]
    acme.uses("sms", 5, "2026-05-10 10:46")
    world.charge()
    assert acme.charges[1:] == [("sms", "5", "5")]


def test_a_subscription_added_later_that_began_earlier_takes_over_the_use_at_large(world: World) -> None:
    world.meter("sms").plan("late", world.metered("sms", "2", "late"))
    world.plan("first", world.metered("sms", "1", "first"))
    acme = world.customer().buys("late", "2026-05-05").uses("sms", 3, "2026-05-06").uses("sms", 4, "2026-06-06")
    world.on("2026-07-01").charge()
    assert acme.charges == [("late", "3", "6"), ("late", "4", "8")]
    acme.buys("first", "2026-05-01").ends("first", "2026-06-01")
    world.charge()
    assert sorted(acme.charges[2:]) == [("first", "3", "3"), ("late", "-3", "-6")]


def test_a_better_fitting_price_added_later_moves_what_was_charged(world: World) -> None:
    world.meter("gb", "sum", "region")
    version = world.plan("cloud", world.metered("gb", "1", "any"))
    acme = world.customer().buys("cloud").uses("gb", 5, "2026-05-02", region="eu")
    world.on("2026-06-01").charge()
    add_prices(version, price_book(world.brand, "EUR"), [world.metered("gb", "3", "eu", match={"region": "eu"})])
    acme.uses("gb", 2, "2026-05-03", region="eu")
    world.charge()
    assert sorted(acme.charges[1:]) == [("any", "-5", "-5"), ("eu", "7", "21")]


def test_a_minimum_is_owed_without_any_use(world: World) -> None:
    world.meter("sms").plan("cloud", world.metered("sms", "0.01", minimum="5"))
    acme = world.customer().buys("cloud")
    world.on("2026-06-01").charge()
    assert acme.charges == [("sms", "0", "5")]
    acme.uses("sms", 600, "2026-05-02")
    world.charge()
    assert acme.charges[1:] == [("sms", "600", "1")]


def test_use_that_no_price_fits_waits_and_is_reported(world: World, breaking: Callable[..., str]) -> None:
    world.meter("gb", "sum", "region").plan("cloud", world.metered("gb", "1", "eu", match={"region": "eu"}))
    acme = world.customer().buys("cloud").uses("gb", 5, "2026-05-02", region="us")
    world.on("2026-06-01")
    assert world.charge() == 0
    assert breaking() == "M12"
    version = acme.subscriptions["cloud"].version
    add_prices(version, price_book(world.brand, "EUR"), [world.metered("gb", "2", "any")])
    world.charge()
    assert acme.charges == [("any", "5", "10")]


def test_half_hour_zones_cut_at_their_own_midnight(world: World) -> None:
    world.meter("sms").plan("cloud", world.metered("sms"))
    acme = world.customer(zone="Asia/Kolkata").buys("cloud", "2026-04-30 18:30")
    acme.uses("sms", 1, "2026-05-31 18:29").uses("sms", 10, "2026-05-31 18:30").uses("sms", 100, "2026-04-30 18:30")
    world.on("2026-06-01").charge()
    assert acme.charges == [("sms", "101", "101")]
    world.on("2026-07-01").charge()
    assert acme.charges[1:] == [("sms", "10", "10")]


EVENTS = st.lists(st.tuples(st.integers(0, 40 * 24 * 4 - 1), st.integers(0, 5), st.booleans()), min_size=1, max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=EVENTS, data=st.data())
def test_any_order_batching_and_repetition_of_the_same_events_charges_the_same(
    world: World, events: Any, data: Any
) -> None:
    if "cloud" not in world.plans:
        for code in ("sum", "count", "max", "latest"):
            world.meter(code, code)
        world.plan("cloud", *(world.metered(code) for code in ("sum", "count", "max", "latest")))
    pair = Customer.objects.count()

    def drafts(party: Party) -> Any:
        return [
            party.draft(
                meter,
                1 if meter == "count" else quantity,
                f"2026-05-{1 + at // 96 % 30:02} {at // 4 % 24:02}:{at % 4 * 15:02}",
                id=f"{meter}{n}",
                of="cloud" if named else "",
            )
            for n, (at, quantity, named) in enumerate(events)
            for meter in ("sum", "count", "max", "latest")
        ]

    orderly = world.customer(f"c{pair}").buys("cloud", "2026-05-01")
    messy = world.customer(f"c{pair + 1}").buys("cloud", "2026-05-01")
    orderly.sends(*drafts(orderly))
    mixed = data.draw(st.permutations(drafts(messy)))
    mixed += data.draw(st.lists(st.sampled_from(mixed), max_size=5))
    while mixed:
        size = data.draw(st.integers(1, len(mixed)))
        messy.sends(*mixed[:size])
        mixed = mixed[size:]
    world.on(max(world.now, orderly.row.created_at.replace(month=6))).charge()
    assert sorted(messy.charges) == sorted(orderly.charges)
