"""Changes of plan and early ends, at any instant: what is credited and what is charged, to the last digit."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tollbook.charging.actions import charge_customers
from tollbook.charging.models import Charge, Unbilled
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import add_up, plain
from tollbook.site.tests.world import Party, World, instant
from tollbook.subscriptions.actions import keep_on, suspend
from tollbook.subscriptions.changes import RolledOut, roll_out
from tollbook.subscriptions.models import Phase, Subscription


def plans(world: World, *, ahead: bool = True, **semantics: str) -> Party:
    """A customer, and the plans "small" at 31 and "large" at 62 a month."""
    for code, amount in (("small", "31"), ("large", "62")):
        world.plan(code, world.monthly(amount, code, in_advance=ahead, semantics=semantics))
    return world.customer()


def owed(party: Party) -> dict[str, str]:
    """What is charged of each price, over all its charges."""
    sums: dict[str, Decimal] = {}
    for code, _, amount in party.charges:
        sums[code] = sums.get(code, Decimal(0)) + Decimal(amount)
    return {code: plain(amount) for code, amount in sorted(sums.items())}


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


def test_the_hour_of_a_change_is_the_new_plans(world: World) -> None:
    world.meter("sms")
    world.plan("old", world.metered("sms", "1", "x"))
    world.plan("new", world.metered("sms", "1", "y"))
    acme = world.customer(zone="Asia/Kolkata").buys("old", "2026-05-01").uses("sms", 1, "2026-05-16 10:29")
    acme.uses("sms", 10, "2026-05-16 10:31").uses("sms", 100, "2026-05-16 10:50").uses("sms", 1000, "2026-05-16 11:31")
    acme.changes("old", "new", "2026-05-16 10:45")  # 16:15 in Kolkata: the hour began at 10:30 UTC
    world.on("2026-06-01").charge()
    assert sorted(acme.charges) == [("x", "1", "1"), ("y", "1110", "1110")]


def test_two_plans_in_one_hour_read_no_use_twice(world: World) -> None:
    world.meter("sms")
    for code in ("a", "b", "c"):
        world.plan(code, world.metered("sms", "1", code, minimum="1"))
    acme = world.customer().buys("a").uses("sms", 7, "2026-05-16 10:20").uses("sms", 5, "2026-05-16 09:20")
    acme.changes("a", "b", "2026-05-16 10:10").changes("a", "c", "2026-05-16 10:40")
    world.on("2026-06-01").charge()
    assert sorted(acme.charges) == [("a", "5", "5"), ("b", "0", "1"), ("c", "7", "7")]


def test_use_moves_to_another_subscription_when_the_plan_no_longer_prices_it(world: World) -> None:
    world.meter("sms")
    world.plan("both", world.metered("sms", "1", "x"))
    world.plan("none", world.monthly("0", "free"))
    world.plan("second", world.metered("sms", "3", "z"))
    acme = world.customer().buys("both", "2026-05-01").buys("second", "2026-05-02")
    acme.uses("sms", 1, "2026-05-03").uses("sms", 10, "2026-05-20")
    world.on("2026-06-01").charge()
    assert owed(acme) == {"x": "11"}
    acme.changes("both", "none", "2026-05-16")
    world.charge()
    assert owed(acme) == {"free": "0", "x": "1", "z": "30"}


@pytest.mark.parametrize(
    ("zone", "times", "small", "large"),
    [
        # March has 31 local days in Berlin, one of them of 23 hours.
        ("Europe/Berlin", ("2027-02-28 23:00", "2027-03-27 23:00", "2027-03-31 22:00"), "27", "8"),
        ("UTC", ("2028-02-01", "2028-02-29", "2028-03-01"), "29.93103448275862068966", "2.13793103448275862069"),
        ("UTC", ("2027-12-01", "2027-12-31 23:59", "2028-01-01"), "30", "2"),
    ],
)
def test_a_change_where_calendars_are_odd(world: World, zone: str, times: Any, small: str, large: str) -> None:
    begins, on, until = times
    for code, amount in (("small", "31"), ("large", "62")):
        world.plan(code, world.monthly(amount, code))
    acme = world.customer(zone=zone).buys("small", begins).changes("small", "large", on)
    world.on(until).charge()
    assert owed(acme) == {"large": large, "small": small}


def test_seconds_of_a_month_with_a_change_of_clocks(world: World) -> None:
    acme = plans(world, ahead=False, proration="seconds")
    acme.row.zone = "Europe/Berlin"
    acme.row.save()
    acme.buys("small", "2027-02-28 23:00").changes("small", "large", "2027-03-28 01:00")
    world.on("2027-03-31 22:00").charge()
    # 650 of 743 hours, then 93: Berlin loses one on 28 March.
    assert owed(acme) == {"large": "7.7604306864064602961", "small": "27.11978465679676985195"}


@pytest.mark.parametrize(
    ("unused", "changed", "ended"),
    [("credit", "15", "15"), ("on_change", "15", "31"), ("keep", "31", "31")],
)
def test_unused_time_is_credited_as_the_price_says(world: World, unused: str, changed: str, ended: str) -> None:
    acme = plans(world, unused=unused).buys("small", key="changed").buys("small", key="ended")
    world.charge()
    world.on("2026-05-16")
    acme.changes("changed", "large").ends("ended", "2026-05-16")
    world.on("2026-05-17").charge()
    found = {
        key: plain(add_up(c.amount for c in acme.subscriptions[key].charges.filter(price__code="small")))
        for key in ("changed", "ended")
    }
    assert found == {"changed": changed, "ended": ended}
    assert owed(acme)["large"] == "32"


def test_a_period_that_begins_after_the_end_was_never_owed(world: World) -> None:
    acme = plans(world, unused="keep").buys("small")
    world.on("2026-06-10").charge()
    assert owed(acme) == {"small": "62"}
    acme.ends("small", "2026-05-21")
    world.charge()
    assert acme.charges[2:] == [("small", "-1", "-31")]
    row = Subscription.objects.get()
    assert (row.due_at, row.closed_until, row.recharge_from) == (None, row.ended_at, None)


def test_an_early_end_gives_back_unused_time_and_use_after_it(world: World) -> None:
    world.meter("sms")
    world.plan("cloud", world.monthly("30", in_advance=True), world.metered("sms", "1"))
    acme = world.customer().buys("cloud").uses("sms", 4, "2026-06-10").uses("sms", 6, "2026-06-20")
    world.on("2026-07-01").close()
    acme.ends("cloud", "2026-06-16")
    world.on("2026-07-02").close()
    assert sorted(acme.charges[-3:]) == [("fee", "-1", "-30"), ("fee", "0", "-15"), ("sms", "-6", "-6")]
    reasons = set(Charge.objects.filter(revision=2).values_list("reason", flat=True))
    assert reasons == {"ended on 16 June 2026: unused time credited", "ended on 16 June 2026: only use up to it counts"}
    assert len(acme.invoices) == 1  # a credit alone is never asked for
    assert world.on("2026-09-01").charge() == 0


def test_an_end_that_has_not_come_is_taken_back(world: World) -> None:
    acme = plans(world).buys("small")
    world.charge()
    acme.ends("small", "2026-06-16")
    world.on("2026-06-01").charge()
    assert acme.charges[1:] == [("small", "1", "15.5")]
    kept = keep_on(acme.subscriptions["small"].public_id)
    assert (kept.state, kept.ended_at) == ("active", None)
    world.charge()
    assert acme.charges[2:] == [("small", "0", "15.5")]
    assert Charge.objects.latest("pk").reason == "the period goes on: charged for the rest of it"
    with pytest.raises(Refused) as none:
        keep_on(kept.public_id)
    acme.ends("small", "2026-06-16")
    world.on("2026-06-16")
    with pytest.raises(Refused) as late:
        keep_on(kept.public_id)
    assert [none.value.code, late.value.code] == ["no_end", "already_ended"]


def test_a_suspended_subscription_stays_suspended_when_its_end_is_taken_back(world: World) -> None:
    acme = plans(world).buys("small")
    name = acme.subscriptions["small"].public_id
    suspend(name)
    acme.ends("small", "2026-06-16")
    assert keep_on(name).state == "suspended"


def test_a_prepaid_fee_that_is_credited_goes_back_to_the_wallet_with_the_next_invoice(world: World) -> None:
    world.meter("air")
    prices = (world.monthly("31", in_advance=True, mode="prepaid"), world.metered("air", "1", prepaid=True))
    world.plan("air", *prices)
    cheap = world.monthly("15.50", "cheap", in_advance=True, mode="prepaid")
    world.plan("less", cheap, world.metered("air", "0.5", "less", prepaid=True))
    bolt = world.customer("bolt").tops_up("100").buys("air")
    world.close()
    assert [bolt.balance, bolt.totals] == ["61.87", ["38.13"]]
    world.on("2026-05-10")
    bolt.uses("air", 3, "2026-05-10 00:30").uses("air", 4, "2026-05-09 00:30")
    world.on("2026-05-10 06:00").charge()
    assert bolt.balance == "53.26"
    bolt.changes("air", "less", "2026-05-10")
    world.close()
    assert owed(bolt) == {"air": "4", "cheap": "11", "fee": "9", "less": "1.5"}
    world.on("2026-06-01").close()
    assert owed(bolt) == {"air": "4", "cheap": "26.5", "fee": "9", "less": "1.5"}
    assert [bolt.balance, sum(i.total - i.prepaid for i in bolt.invoices)] == ["49.57", Decimal(0)]


def test_limits_shrink_with_a_part_of_a_period_where_the_price_says_so(world: World) -> None:
    world.meter("gb")
    limits: dict[str, Any] = {"allowance": "31", "minimum": "62", "semantics": {"prorate": "limits"}}
    world.plan("old", world.metered("gb", "1", "x", **limits))
    world.plan("new", world.metered("gb", "2", "y", allowance="31"))
    acme = world.customer().buys("old").uses("gb", 50, "2026-05-03").uses("gb", 40, "2026-05-20")
    acme.changes("old", "new", "2026-05-16")
    world.on("2026-06-01").charge()
    # 15 of 31 days: 15 are free, at least 30 is due. The new price does not shrink its allowance.
    assert acme.charges == [("x", "50", "35"), ("y", "40", "18")]
    acme.buys("old", "2026-06-16", key="stub").uses("gb", 20, "2026-06-20", of="stub")
    world.on("2026-07-01").charge()
    assert acme.charges[2:] == [("x", "20", "31")]


def test_the_same_use_costs_something_else_when_its_period_is_cut_in_the_past(world: World) -> None:
    world.meter("gb")
    world.plan("old", world.metered("gb", "1", "x", allowance="31", semantics={"prorate": "limits"}))
    world.plan("new", world.monthly("0", "free"))
    acme = world.customer().buys("old").uses("gb", 50, "2026-05-03")
    world.on("2026-06-01").charge()
    acme.changes("old", "new", "2026-05-16")
    world.charge()
    assert acme.charges[:2] == [("x", "50", "19"), ("free", "1", "0")]
    assert acme.charges[2:] == [("x", "0", "16")]


def test_a_level_and_resources_are_carried_from_one_plan_into_the_next(world: World) -> None:
    world.meter("gb", "weighted_sum", carries=True).meter("vm", "unique", carries=True)
    for code in ("old", "new"):
        world.plan(code, world.metered("gb", "1", f"{code}-gb"), world.metered("vm", "1", f"{code}-vm"))
    acme = world.customer().buys("old").uses("gb", 30, "2026-05-06").uses("vm", 1, "2026-05-02", resource="a")
    world.on("2026-06-01").charge()
    acme.changes("old", "new", "2026-05-16 10:30")
    world.charge()
    # Of 744 hours, 250 up to the hour of the change and 374 from it on: 30 x 250/744 and 30 x 374/744, hour 10 to the new.
    assert owed(acme) == {"new-gb": "15.08065", "new-vm": "1", "old-gb": "10.08065", "old-vm": "1"}
    acme.uses("gb", 7, "2026-04-20")
    world.charge()
    assert owed(acme) == {"new-gb": "18.59946", "new-vm": "1", "old-gb": "13.56183", "old-vm": "1"}


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
