"""A limit of units refuses what would go above it, whole events at a time, and nothing of them is stored or charged."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Rounding, plain
from tollbook.metering.actions import record
from tollbook.metering.corrections import cancel, change
from tollbook.metering.limits import standing
from tollbook.metering.models import UsageBatch, UsageEvent
from tollbook.metering.rules import Gauge
from tollbook.site.tests.world import Party, World
from tollbook.subscriptions.actions import resume, suspend
from tollbook.subscriptions.models import Subscription

HUNDRED: dict[str, Any] = {"allowance": "100", "limit": "100"}


def sends(party: Party, *drafts: Any) -> list[str]:
    """What became of each event of a batch."""
    last = party.sends(*drafts).last
    assert last is not None
    return [str(outcome) for outcome in last.outcomes]


def uses(party: Party, quantity: object, on: str = "", **more: Any) -> str:
    (outcome,) = sends(party, party.draft("sms", quantity, on, **more))
    return outcome


def left(party: Party, key: str = "texts") -> list[tuple[str, str, str]]:
    """(used, held, left) of each limited price of the running period."""
    found = Subscription.objects.select_related("customer").get(pk=party.subscriptions[key].pk)
    return [
        (plain(each.gauge.total), plain(each.gauge.held), plain(each.gauge.left))
        for each in standing(found, party.world.now)
    ]


@pytest.fixture
def acme(world: World) -> Party:
    world.meter("sms", negative=True).plan("texts", world.monthly("10"), world.metered("sms", "0.05", **HUNDRED))
    return world.customer().buys("texts")


def test_month_by_month(acme: Party, world: World) -> None:
    world.on("2026-05-10")
    assert [uses(acme, 60), uses(acme, 41), uses(acme, 40), uses(acme, 1)] == [
        "accepted", "refused", "accepted", "refused",
    ]  # fmt: skip
    assert left(acme) == [("100", "0", "0")]
    world.on("2026-06-01").close()
    assert left(acme) == [("0", "0", "100")]
    assert uses(acme, 100) == "accepted"
    assert [uses(acme, 1), uses(acme, 1, "2026-05-31 23:59")] == ["refused", "refused"]
    world.on("2026-07-01").close()
    # The fee is due whether used or not; nothing above what is included was ever charged.
    world.on("2026-08-01").close()
    assert [(code, amount) for code, _, amount in acme.charges if code == "fee"] == 3 * [("fee", "10")]
    assert {amount for code, _, amount in acme.charges if code == "sms"} == {"0"}
    assert acme.totals == 3 * ["12.3"]


def test_the_refusal_says_what_is_left_and_until_when(acme: Party, world: World) -> None:
    acme.uses("sms", 97, "2026-05-02")
    assert uses(acme, 5, "2026-05-03", id="over") == "refused"
    assert acme.last is not None
    refused = acme.last.refusals[0]
    assert (refused.code, refused.message, refused.details) == (
        "limit_reached",
        "meter sms: 5 sms would go above the limit of 100: 97 used, 3 left until the period ends at "
        "2026-06-01T00:00:00+00:00",
        {"meter": "sms", "limit": "100", "used": "97", "held": "0", "left": "3",
         "period_ends_at": "2026-06-01T00:00:00+00:00"},
    )  # fmt: skip
    batch = UsageBatch.objects.order_by("-pk")[0]
    assert (batch.accepted, batch.refused, UsageEvent.objects.filter(event_id="over").count()) == (0, 1, 0)
    # The id is free: what was refused may be sent again, as less or when there is room.
    assert uses(acme, 3, "2026-05-03", id="over") == "accepted"


def test_the_others_of_a_batch_are_taken_in_their_order(acme: Party, world: World) -> None:
    world.meter("air")
    first = acme.draft("sms", 90, "2026-05-02", id="a")
    assert sends(acme, first) == ["accepted"]
    batch = [
        first,
        acme.draft("sms", 11, "2026-05-02", id="b"),
        acme.draft("air", 500, "2026-05-02", id="c"),
        acme.draft("sms", 6, "2026-05-02", id="d"),
        acme.draft("sms", 6, "2026-05-02", id="d"),
        acme.draft("sms", 7, "2026-05-02", id="d"),
        acme.draft("sms", 5, "2026-05-02", id="e"),
        acme.draft("sms", -2, "2026-05-02", id="f"),
        acme.draft("sms", 5, "2026-05-02", id="e"),
        acme.draft("sms", 0, "2026-05-02", id="g"),
        acme.draft("sms", 91, "2026-05-02", id="a"),
    ]
    assert sends(acme, *batch) == [
        "repeated", "refused", "accepted", "accepted", "repeated", "conflict", "refused", "accepted", "accepted",
        "accepted", "conflict",
    ]  # fmt: skip
    assert left(acme) == [("99", "0", "1")]
    assert [str(o) for o in record(batch[:1], door="test", customer=acme.row).outcomes] == ["repeated"]


def test_what_is_above_the_limit_already_stays_and_is_charged(acme: Party, world: World) -> None:
    acme.uses("sms", 100, "2026-05-02", id="a").uses("sms", 0, "2026-05-03", id="b")
    more = acme.draft("sms", 30, "2026-05-03", id="more")
    change(acme.row, "test", "b", more, reason="the operator counted them", door="test")
    assert (left(acme), uses(acme, 1), uses(acme, -10)) == ([("130", "0", "0")], "refused", "accepted")
    cancel(acme.row, "test", "a", reason="never sent", door="test")
    assert (left(acme), uses(acme, 81), uses(acme, 80)) == ([("20", "0", "80")], "refused", "accepted")
    world.on("2026-06-01").close()
    assert ("sms", "100", "0") in acme.charges


def test_a_limit_above_what_is_included_and_one_without_anything_included(world: World) -> None:
    world.meter("sms")
    world.plan("texts", world.metered("sms", "0.05", allowance="100", limit="150"))
    world.plan("plain", world.metered("sms", "0.05", limit="40"))
    acme, bolt = world.customer().buys("texts"), world.customer("bolt").buys("plain")
    assert [uses(acme, 150), uses(acme, 1), uses(bolt, 40), uses(bolt, "0.01")] == [
        "accepted", "refused", "accepted", "refused",
    ]  # fmt: skip
    world.on("2026-06-01").close()
    assert (acme.charges, bolt.charges) == ([("sms", "150", "2.5")], [("sms", "40", "2")])


def test_use_of_nobodys_plan_has_no_limit(acme: Party, world: World) -> None:
    assert uses(acme, 1000, "2026-04-30 23:59") == "accepted"
    assert uses(world.customer("bolt"), 1000) == "accepted"
    acme.ends("texts", "2026-05-10")
    assert [uses(acme, 1000, "2026-05-10 01:00"), uses(acme, 101, "2026-05-09 01:00")] == ["accepted", "refused"]


def test_each_subscription_has_its_own_and_use_at_large_is_the_oldest_ones(acme: Party, world: World) -> None:
    acme.buys("texts", "2026-05-02", key="second")
    assert [uses(acme, 70, "2026-05-03"), uses(acme, 31, "2026-05-03", of="texts")] == ["accepted", "refused"]
    assert [uses(acme, 100, "2026-05-03", of="second"), uses(acme, 1, "2026-05-03", of="second")] == [
        "accepted", "refused",
    ]  # fmt: skip
    assert (left(acme), left(acme, "second")) == ([("70", "0", "30")], [])
    world.on("2026-05-03")
    assert left(acme, "second") == [("100", "0", "0")]


def test_each_price_of_a_meter_has_its_own(world: World) -> None:
    world.meter("sms", "sum", "country")
    abroad = world.metered("sms", "0.10", "abroad", limit="10")
    home = world.metered("sms", "0.05", "home", match={"country": "IE"}, limit="50")
    world.plan("texts", abroad, home)
    acme = world.customer().buys("texts")
    assert [uses(acme, 6, country="DE"), uses(acme, 5, country="FR"), uses(acme, 4, country="FR")] == [
        "accepted", "refused", "accepted",
    ]  # fmt: skip
    assert [uses(acme, 50, country="IE"), uses(acme, 1, country="IE")] == ["accepted", "refused"]
    assert left(acme) == [("10", "0", "0"), ("50", "0", "0")]


def test_a_counting_meter_and_one_that_rounds(world: World) -> None:
    world.meter("calls", "count").meter("sms", round_to=0, round_mode=Rounding.UP.value)
    world.plan("texts", world.metered("calls", limit="2"), world.metered("sms", limit="3"))
    acme = world.customer().buys("texts")
    assert sends(acme, *(acme.draft("calls") for _ in range(3))) == ["accepted", "accepted", "refused"]
    # 2.2 are charged as 3, so 0.8 more are free, and 0.9 would be charged as a fourth.
    assert [uses(acme, "2.2"), uses(acme, "0.9"), uses(acme, "0.8")] == ["accepted", "refused", "accepted"]


def test_a_change_of_plan_takes_the_new_limit_with_what_was_used_before(acme: Party, world: World) -> None:
    world.plan("more", world.metered("sms", "0.05", allowance="250", limit="250"))
    acme.uses("sms", 80, "2026-05-05")
    world.on("2026-05-16")
    acme.changes("texts", "more", "2026-05-16")
    assert left(acme) == [("80", "0", "170")]
    assert [uses(acme, 171), uses(acme, 160)] == ["refused", "accepted"]
    # Late use of the first plan has to fit into both limits: 20 are left of the one, 10 of the other.
    assert [uses(acme, 21, "2026-05-06"), uses(acme, 11, "2026-05-06"), uses(acme, 10, "2026-05-06")] == [
        "refused", "refused", "accepted",
    ]  # fmt: skip
    # Back and forth mints nothing.
    acme.changes("texts", "texts", "2026-05-20").changes("texts", "more", "2026-05-21")
    world.on("2026-05-21")
    assert [left(acme), uses(acme, 1)] == [[("250", "0", "0")], "refused"]
    world.on("2026-06-01").close()
    assert left(acme) == [("0", "0", "250")]


def test_a_smaller_limit_stops_at_once(acme: Party, world: World) -> None:
    world.plan("less", world.metered("sms", "0.05", limit="50"))
    acme.uses("sms", 80, "2026-05-05")
    world.on("2026-05-16")
    acme.changes("texts", "less", "2026-05-16")
    assert (left(acme), uses(acme, 1), uses(acme, 1, "2026-05-05")) == ([("80", "0", "0")], "refused", "refused")


def test_where_limits_shrink_each_part_has_its_share(world: World) -> None:
    shrinking: dict[str, Any] = {"limit": "310", "semantics": {"prorate": "limits"}}
    world.meter("sms").plan("texts", world.metered("sms", **shrinking))
    world.plan("more", world.metered("sms", "2", **shrinking))
    acme = world.customer().buys("texts").changes("texts", "more", "2026-05-11")
    # 10 and 21 of the 31 days of May.
    assert [uses(acme, 101, "2026-05-05"), uses(acme, 100, "2026-05-05"), uses(acme, 211, "2026-05-12")] == [
        "refused", "accepted", "refused",
    ]  # fmt: skip
    assert uses(acme, 210, "2026-05-12") == "accepted"
    assert acme.last is not None and uses(acme, 1, "2026-05-05") == "refused"
    assert acme.last.refusals[0].details["period_ends_at"] == "2026-05-11T00:00:00+00:00"


def test_use_that_is_not_billed_while_suspended_is_not_limited(acme: Party, world: World) -> None:
    acme.uses("sms", 100, "2026-05-05")
    world.on("2026-05-10")
    suspend(acme.subscriptions["texts"].public_id)
    billed = Subscription.objects.get().phases.order_by("-number")[0].use
    world.on("2026-05-12")
    assert (uses(acme, 7) == "accepted") is not billed
    resume(acme.subscriptions["texts"].public_id)
    assert (left(acme), uses(acme, 1)) == ([("100", "0", "0")], "refused")


def test_what_has_happened_is_stored_where_the_caller_says_so(acme: Party) -> None:
    done = record([acme.draft("sms", 500)], door="import", customer=acme.row, limited=False)
    assert [str(outcome) for outcome in done.outcomes] == ["accepted"]


def test_where_no_limit_is_possible(world: World) -> None:
    world.meter("seats", "max")
    fee = world.monthly("10")
    fee = replace(fee, terms=replace(fee.terms, limit=Decimal(5)))
    for price, code in ((world.metered("seats", limit="5"), "limit_not_counted"), (fee, "limit_not_metered")):
        with pytest.raises(Refused) as refused:
            world.plan("cloud", price)
        assert (refused.value.code, world.plans) == (code, {})


def test_meters_without_a_limit_ask_nothing_more(acme: Party, world: World) -> None:
    world.meter("air").plan("air", world.metered("air", allowance="10"))
    bolt = world.customer("bolt").buys("air").uses("air", 1)

    def asked(meter: str) -> list[str]:
        with CaptureQueriesContext(connection) as found:
            bolt.uses(meter, 1)
        return [q["sql"] for q in found.captured_queries]

    free = asked("air")
    assert not [sql for sql in free if "FOR UPDATE" in sql or "subscriptions_" in sql or "usage_hold" in sql]
    assert len(asked("sms")) > len(free)


@given(st.lists(st.tuples(st.integers(-30, 60), st.sampled_from(["a", "b"])), max_size=40), st.integers(1, 120))
def test_a_gauge_never_goes_above_its_limit(asked: list[tuple[int, str]], limit: int) -> None:
    gauge = Gauge(Decimal(limit), {})
    for quantity, dims in asked:
        before = gauge.total
        fits = gauge.has_room(dims, Decimal(quantity))
        assert fits is (quantity <= 0 or before + quantity <= limit)
        if fits:
            gauge.take(dims, Decimal(quantity))
        assert gauge.total <= limit and gauge.left == limit - gauge.total
