"""Changes of plan at any instant, one by one or rolled out: what is credited and what is charged, to the last digit."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tollbook.charging.actions import charge_customers
from tollbook.charging.models import Charge, Unbilled
from tollbook.charging.tests.owing import owed, plans
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.site.tests.world import World, instant
from tollbook.subscriptions.changes import RolledOut, roll_out
from tollbook.subscriptions.models import Phase, Subscription


@pytest.mark.parametrize(
    ("base", "on", "small", "large"),
    [
        ("days", "2026-05-16", "15", "32"),
        ("days", "2026-05-16 10:00", "15", "32"),  # the day of the change is the new plan's
        ("days", "2026-05-01 10:00", "0", "62"),
        ("days_30", "2026-05-16", "15.5", "31"),
        ("days_30", "2026-05-31", "31", "0"),
        ("seconds", "2026-05-16 12:00", "15.5", "31"),
        ("none", "2026-05-16", "31", "62"),
    ],
)
@pytest.mark.parametrize("ahead", [True, False])
def test_an_upgrade_in_the_middle_of_a_month(
    world: World, ahead: bool, base: str, on: str, small: str, large: str
) -> None:
    acme = plans(world, ahead=ahead, proration=base).buys("small")
    world.charge()
    world.on(on)
    acme.changes("small", "large")
    world.charge()
    if ahead and base == "days" and on == "2026-05-16":
        assert acme.charges == [("small", "1", "31"), ("small", "0", "-16"), ("large", "1", "32")]
    world.on("2026-06-01").charge()
    expected = {"large": large if not ahead else plain(Decimal(large) + 62), "small": small}
    assert owed(acme) == expected
    assert world.charge() == 0


def test_a_downgrade_is_credited_on_the_next_invoice_that_asks_for_money(world: World) -> None:
    acme = plans(world).buys("large")
    world.close()
    world.on("2026-05-21")
    acme.changes("large", "small")
    world.close()
    assert acme.charges[1:] == [("large", "0", "-22"), ("small", "1", "11")]
    assert acme.totals == ["76.26"]  # less than nothing is never asked for: the credit waits
    world.on("2026-06-01").close()
    assert acme.totals == ["76.26", "24.6"]
    credit = Charge.objects.get(price__code="large", revision=2)
    assert (credit.reason, credit.period_start.day, credit.period_end.day) == (
        "plan changed on 21 May 2026: unused time credited", 1, 21,
    )  # fmt: skip
    assert credit.corrects is not None and credit.corrects.revision == 1


def test_the_invoice_says_why(world: World) -> None:
    acme = plans(world).buys("small")
    world.close()
    world.on("2026-05-16")
    acme.changes("small", "large")
    world.close()
    line = acme.invoices[1].lines.get(name="Small")
    content: Any = acme.invoices[1].content
    assert "Plan changed on 16 May 2026: unused time credited." in content
    assert [plain(line.net), acme.totals] == ["-16", ["38.13", "19.68"]]


def test_changed_and_changed_back_at_one_instant_nets_nothing(world: World) -> None:
    acme = plans(world).buys("small")
    world.close()
    world.on("2026-05-16")
    acme.changes("small", "large")
    world.charge()
    acme.changes("small", "small")
    world.charge()
    assert owed(acme) == {"large": "0", "small": "31"}
    assert Unbilled.objects.count() == 4
    world.on("2026-06-01").close()
    assert [owed(acme), acme.totals] == [{"large": "0", "small": "62"}, ["38.13", "38.13"]]


def test_a_change_taken_back_before_anything_was_charged_leaves_no_trace(world: World) -> None:
    acme = plans(world).buys("small")
    acme.changes("small", "large", "2026-05-16").changes("small", "small", "2026-05-16")
    world.on("2026-06-01").charge()
    assert acme.charges == [("small", "1", "31"), ("small", "1", "31")]


def test_two_changes_on_a_day(world: World) -> None:
    acme = plans(world).buys("small")
    world.plan("huge", world.monthly("93", "huge", in_advance=True))
    world.charge()
    for at, to in (("2026-05-16 09:00", "large"), ("2026-05-16 17:30", "huge")):
        world.on(at)
        acme.changes("small", to)
        world.charge()
    assert owed(acme) == {"huge": "48", "large": "0", "small": "15"}


def test_a_scheduled_change_takes_effect_when_the_clock_gets_there(world: World) -> None:
    acme = plans(world).buys("small")
    world.charge()
    acme.changes("small", "large", "2026-05-11")
    row = Subscription.objects.get()
    assert (row.version.plan.code, world.charge(), row.due_at is not None and row.due_at.day) == ("small", 0, 11)
    assert world.on("2026-05-10 23:59").charge() == 0
    world.on("2026-05-11").charge()
    assert acme.charges[1:] == [("small", "0", "-21"), ("large", "1", "42")]
    row.refresh_from_db()
    assert (row.version.plan.code, row.recharge_from, world.charge()) == ("large", None, 0)


def test_a_change_planned_for_later_is_replaced_by_one_for_now(world: World) -> None:
    acme = plans(world).buys("small")
    world.plan("huge", world.monthly("93", "huge", in_advance=True))
    acme.changes("small", "large", "2026-05-21")
    world.on("2026-05-11").charge()
    acme.changes("small", "huge")
    world.on("2026-06-01").charge()
    assert owed(acme) == {"huge": "156", "small": "10"}


def test_a_change_in_the_past_charges_closed_periods_again(world: World) -> None:
    acme = plans(world, ahead=False).buys("small", "2026-05-01")
    world.on("2026-07-01").close()
    acme.changes("small", "large", "2026-05-16")
    world.on("2026-07-02").charge()
    assert acme.charges == [
        ("small", "1", "31"), ("small", "1", "31"), ("small", "0", "-16"), ("large", "1", "32"), ("large", "1", "62"),
        ("small", "-1", "-31"),
    ]  # fmt: skip
    world.close()
    assert acme.totals == ["76.26", "57.81"]


def test_a_change_in_the_past_over_fees_in_advance_use_and_one_time_prices(world: World) -> None:
    world.meter("sms")
    world.plan(
        "old", world.once("5", "open"), world.monthly("31", "a", in_advance=True), world.metered("sms", "1", "x")
    )
    world.plan(
        "new", world.once("7", "open2"), world.monthly("62", "b", in_advance=True), world.metered("sms", "2", "y")
    )
    acme = world.customer().buys("old").uses("sms", 10, "2026-05-03").uses("sms", 100, "2026-05-20")
    acme.uses("sms", 1000, "2026-06-05")
    world.on("2026-07-01").charge()
    assert owed(acme) == {"a": "93", "open": "5", "x": "1110"}
    acme.changes("old", "new", "2026-05-16")
    world.charge()
    assert owed(acme) == {"a": "15", "b": "156", "open": "5", "open2": "7", "x": "10", "y": "2200"}
    acme.uses("sms", 1, "2026-05-15 23:30").uses("sms", 1, "2026-05-16 00:30")
    world.charge()
    assert [owed(acme)["x"], owed(acme)["y"], world.charge()] == ["11", "2202", 0]


def test_a_one_time_price_is_charged_once_in_a_life(world: World) -> None:
    for code in ("small", "large"):
        world.plan(code, world.once("5", f"setup-{code}"), world.monthly("31", code))
    world.plan("small", world.once("9", "setup-small"), world.monthly("62", "small"))
    acme = world.customer().buys("small", key="s")
    acme.changes("s", "large", "2026-05-11").changes("s", "small", "2026-05-21", number=1)
    world.on("2026-06-01").charge()
    assert {code: amount for code, amount in owed(acme).items() if code.startswith("setup")} == {
        "setup-large": "5", "setup-small": "9",
    }  # fmt: skip


def test_what_a_change_refuses(world: World) -> None:
    acme = plans(world).buys("small", "2026-05-10").buys("small", "2026-05-10", key="over")
    world.on("2026-05-20").charge()
    acme.changes("small", "large", request="k").ends("over", "2026-05-15")

    def refused(key: str, to: str, on: str = "", request: str = "new") -> str:
        before = Phase.objects.count()
        with pytest.raises(Refused) as caught:
            acme.changes(key, to, on, request=request)
        assert Phase.objects.count() == before
        return caught.value.code

    acme.changes("small", "large", request="k")  # once
    assert Phase.objects.count() == 3
    brand = world.brand
    brand.pk, brand.public_id, brand.code = None, "brd_other", "other"
    brand.save(force_insert=True)
    assert {
        "the key of another change": refused("small", "small", request="k"),
        "the key, at another time": refused("small", "large", "2026-05-21", request="k"),
        "before it began": refused("small", "large", "2026-05-09"),
        "what counts already": refused("small", "large", "2026-05-21"),
        "over": refused("over", "large"),
    } == {
        "the key of another change": "change_key_conflict",
        "the key, at another time": "change_key_conflict",
        "before it began": "changes_before_start",
        "what counts already": "same_plan",
        "over": "subscription_ended",
    }
    world.plan("stranger", world.monthly("1"))
    assert refused("small", "stranger") == "other_brand"
    world.charge()


@pytest.mark.parametrize(("scope", "old", "new"), [("new", "93", None), ("renewal", "31", "124"), ("now", "15", "156")])
def test_a_version_is_rolled_out_as_its_scope_says(world: World, scope: str, old: str, new: str | None) -> None:
    world.plan("cloud", world.monthly("31", "a"))
    acme = world.customer().buys("cloud")
    version = world.plan("cloud", world.monthly("62", "b"), valid_from="2026-05-16", scope=scope)
    assert roll_out(version).changed == (0 if scope == "new" else 1)
    assert roll_out(version).changed == 0
    world.on("2026-08-01").charge()
    found = owed(acme)
    # May, June and July: 31 + 30 + 31 days
    assert (found["a"], found.get("b")) == (old, new)


def test_a_roll_out_keeps_what_is_planned_and_passes_over_what_it_cannot_price(world: World) -> None:
    world.plan("cloud", world.monthly("31", "a"))
    world.plan("other", world.monthly("93", "c"))
    acme = world.customer().buys("cloud").changes("cloud", "other", "2026-05-21")
    bolt = world.customer("bolt").buys("cloud", "2026-05-01").ends("cloud", "2026-05-10")
    gone = world.customer("gone").buys("cloud").changes("cloud", "other", "2026-05-02")
    version = world.plan("cloud", world.monthly("62", "b"), valid_from="2026-05-11", scope="now")
    assert roll_out(version) == RolledOut(1, 1)
    world.on("2026-06-01").charge()
    assert [owed(acme), owed(bolt), owed(gone)] == [
        {"a": "10", "b": "20", "c": "33"}, {"a": "9"}, {"a": "1", "c": "90"},
    ]  # fmt: skip


ACTS = st.lists(
    st.tuples(st.integers(0, 92 * 4), st.sampled_from(["small", "large", "huge"]), st.booleans()),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS, ahead=st.booleans(), base=st.sampled_from(["days", "days_30", "seconds"]))
def test_however_often_charging_ran_what_is_owed_is_what_one_run_owes(
    world: World, acts: Any, ahead: bool, base: str
) -> None:
    begin, until = instant("2026-05-01"), instant("2026-10-01")
    world.on(until)
    names = {name: f"{name}-{base}-{ahead}" for name in ("small", "large", "huge")}
    for amount, (name, code) in zip(("31", "62", "93"), names.items(), strict=True):
        if code not in world.plans:
            semantics = {"proration": base}
            world.plan(code, world.monthly(amount, name, in_advance=ahead, semantics=semantics))
    pair = Subscription.objects.count()
    often, once = (world.customer(f"c{pair}-{i}").buys(names["small"], begin, key="s") for i in range(2))
    for quarters, to, run in acts:
        at = begin + timedelta(hours=6 * quarters)
        for party in (often, once):
            try:
                party.changes("s", names[to], at)
            except Refused as refused:
                assert refused.code == "same_plan"
        if run:
            charge_customers([often.row.pk], at)
    for party in (often, once):
        charge_customers([party.row.pk], until)
    assert {code: amount for code, amount in owed(often).items() if amount != "0"} == {
        code: amount for code, amount in owed(once).items() if amount != "0"
    }
    whole = [c for c in Charge.objects.filter(customer=once.row) if c.rated["share"] == "1"]
    assert charge_customers([often.row.pk], until) == 0
    assert all(plain(c.amount) in {"31", "62", "93"} for c in whole)
