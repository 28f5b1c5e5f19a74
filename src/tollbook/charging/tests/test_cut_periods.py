"""Periods cut by a change or an early end: what of fees, use, limits and levels is left of them, to the last digit."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.charging.models import Charge
from tollbook.charging.tests.owing import owed, plans
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import add_up, plain
from tollbook.site.tests.world import World
from tollbook.subscriptions.actions import keep_on, suspend
from tollbook.subscriptions.models import Subscription


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
