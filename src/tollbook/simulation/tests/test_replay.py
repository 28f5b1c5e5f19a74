"""What was charged comes out of the replay as it was charged; other prices as they would have been."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.db.utils import InternalError

from tollbook.charging.models import Charge
from tollbook.customers.models import Customer
from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import Invalid
from tollbook.kernel.money import plain
from tollbook.kernel.period import Period
from tollbook.promotions.tests.stories import gets, promise
from tollbook.simulation.alternatives import Alternative, checked_draft, of_draft, of_version
from tollbook.simulation.replay import Replayed, count, read_only, replay
from tollbook.simulation.rules import summed
from tollbook.site.tests.world import World, instant
from tollbook.sourcing.actions.purchases import record_purchases
from tollbook.sourcing.models import ImportedRow, Supplier

MAY = Period(instant("2026-05-01"), instant("2026-06-01"))
JUNE = Period(instant("2026-06-01"), instant("2026-07-01"))


def found(alternative: Alternative, window: Period = MAY) -> list[Replayed]:
    return [each for _, chunk in replay(alternative, window) for each in chunk]


def told(rows: list[Replayed]) -> list[tuple[str, str, str, str, str]]:
    return [
        (r.row.name, plain(r.row.old.net), plain(r.row.old.total), plain(r.row.new.net), plain(r.row.new.total))
        for r in rows
    ]


def charged(window: Period = MAY) -> dict[tuple[int, int, int, Any], Decimal]:
    rows = Charge.objects.filter(period_start__gte=window.start, period_start__lt=window.end).order_by()
    keys = ("subscription_id", "phase_id", "price_id", "period_start")
    return {tuple(row[:4]): row[4] for row in rows.values_list(*keys).annotate(sum=Sum("amount")) if row[4]}


def replayed(rows: list[Replayed], side: str) -> dict[tuple[int, int, int, Any], Decimal]:
    lines = [line for row in rows for line in getattr(row, side).invoice.lines]
    return {
        (c.subscription_id, c.phase_id, c.price_id, c.period_start): c.amount
        for line in lines
        for c in line.charges
        if c.amount
    }


def story(world: World) -> None:
    """Fees in advance and arrears, tiers, a minimum, stubs, an early end, a change of plan, two subscriptions."""
    tiers = [{"upto": "100", "unit": "0.10"}, {"upto": None, "unit": "0.07"}]
    world.meter("sms").meter("gb").meter("peak", "max").meter("level", "weighted_sum", carries=True)
    world.plan(
        "cloud", world.once("10"), world.monthly("49"), world.monthly("31", "ahead", in_advance=True),
        world.metered("sms", model="graduated", tiers=tiers), world.metered("gb", "0.333", minimum="5"),
        world.metered("peak", "2"), world.metered("level", "3"),
    )  # fmt: skip
    world.plan("other", world.monthly("7"), world.metered("gb", "0.5"))
    world.plan("kept", world.monthly("62", "kept", in_advance=True, semantics={"unused": "keep"}))
    acme = world.customer("acme").buys("cloud", alignment="calendar")
    acme.uses("sms", 150, "2026-05-03").uses("gb", 100, "2026-05-04").uses("peak", 4, "2026-05-05")
    acme.uses("level", 2, "2026-05-10").uses("sms", 70, "2026-05-20 12:30")
    late = world.customer("late").buys("cloud", "2026-05-11", alignment="calendar").uses("sms", 3, "2026-05-12")
    late.buys("other", "2026-05-02", alignment="calendar").uses("gb", 9, "2026-05-30")
    short = world.customer("short").buys("cloud", alignment="calendar").uses("gb", 3, "2026-05-02")
    world.charge()
    moving = world.customer("moving").buys("kept", alignment="calendar")
    world.charge()
    world.on("2026-05-15")
    short.ends("cloud", "2026-05-16")
    moving.changes("kept", "other", "2026-05-16")
    acme.changes("cloud", "other", "2026-05-25")
    world.on("2026-06-02").close()
    acme.uses("sms", 9, "2026-05-20 12:40")
    world.charge()


def test_the_version_in_force_is_what_was_charged(world: World) -> None:
    story(world)
    for code in ("cloud", "other", "kept"):
        version = world.plans[code]
        rows = found(of_version(version.plan, version))
        assert rows and all(r.row.difference == 0 and r.row.old == r.row.new for r in rows)
        mine = {r.row.customer_id for r in rows}
        subscriptions = dict(Charge.objects.filter(customer__in=mine).values_list("subscription_id", "customer_id"))
        expected = {key: amount for key, amount in charged().items() if key[0] in subscriptions}
        assert replayed(rows, "old") == expected
        assert replayed(rows, "new") == expected


def test_invoices_side_by_side(world: World) -> None:
    world.meter("sms")
    first = world.plan("cloud", world.monthly("31"), world.metered("sms", "0.10"))
    world.customer("acme").buys("cloud", alignment="calendar").uses("sms", 100, "2026-05-03")
    world.customer("birch").buys("cloud", "2026-05-22", alignment="calendar").uses("sms", 10, "2026-05-23")
    world.customer("cedar").buys("cloud", alignment="calendar").uses("sms", 1000, "2026-05-03")
    world.on("2026-06-01").close()
    bills = {c.name: Invoice.objects.get(customer=c) for c in Customer.objects.all()}
    second = world.plan("cloud", world.monthly("62"), world.metered("sms", "0.05"), valid_from="2026-06-01")
    rows = found(of_version(first.plan, second))
    assert told(rows) == [
        ("Acme", "41", "50.43", "67", "82.41"),
        ("Birch", "11", "13.53", "20.5", "25.22"),
        ("Cedar", "131", "161.13", "112", "137.76"),
    ]
    assert {r.row.name: r.row.old.total for r in rows} == {name: bill.total for name, bill in bills.items()}
    totals = summed(r.row for r in rows)["EUR"]
    assert (totals.winners, totals.losers, totals.unchanged) == (1, 2, 0)
    assert [plain(x) for x in (totals.old_net, totals.new_net, totals.difference)] == ["183", "199.5", "16.5"]
    assert str(totals.variance) == "9.02" and str(totals.largest_raise) == "86.36"
    assert totals.spread == {"above 50 %": 2, "-20 to -10 %": 1}
    assert [r.name for r in totals.won_most] == ["Cedar"]
    assert [(r.name, plain(r.difference)) for r in totals.lost_most] == [("Acme", "26"), ("Birch", "9.5")]


def test_parts_that_say_the_same_are_one_and_share_their_tiers(world: World) -> None:
    tiers = [{"upto": "100", "unit": "1"}, {"upto": None, "unit": "0"}]
    world.meter("sms")
    one = world.plan("cloud", world.monthly("31"), world.metered("sms", model="graduated", tiers=tiers))
    acme = world.customer().buys("cloud", alignment="calendar").uses("sms", 80, "2026-05-03")
    world.plan("cloud", world.monthly("62"), world.metered("sms", model="graduated", tiers=tiers), scope="now")
    acme.changes("cloud", "cloud", "2026-05-17").uses("sms", 80, "2026-05-20")
    world.on("2026-06-01").close()
    # 31 * 16/31 + 62 * 15/31 + 80 + 80; under the first version all month 31 + 100.
    assert told(found(of_version(one.plan, one))) == [("Acme", "206", "253.38", "131", "161.13")]
    two = world.plans["cloud"]
    assert told(found(of_version(one.plan, two))) == [("Acme", "206", "253.38", "162", "199.26")]


def test_a_price_that_takes_use_from_another_subscription(world: World) -> None:
    world.meter("sms").meter("gb")
    wide = world.plan("wide", world.monthly("10"))
    world.plan("narrow", world.metered("gb", "1"))
    world.customer().buys("wide", alignment="calendar").buys("narrow", alignment="calendar").uses("gb", 7, "2026-05-03")
    world.on("2026-06-01").close()
    new = world.plan("wide", world.monthly("10"), world.metered("gb", "3"), valid_from="2026-06-01")
    # The older subscription owns use at large as soon as it prices it.
    assert told(found(of_version(wide.plan, new))) == [("Acme", "17", "20.91", "31", "38.13")]
    assert plain(found(of_version(wide.plan, new))[0].row.plan_net) == "10"


def test_prices_with_tax_are_compared_by_what_invoices_say(world: World) -> None:
    world.taxes(inside=True)
    one = world.plan("cloud", world.monthly("12.30"))
    acme = world.customer().buys("cloud", alignment="calendar")
    world.on("2026-06-01").close()
    two = world.plan("cloud", world.monthly("24.60"), valid_from="2026-06-01")
    assert acme.totals == ["12.3"]
    assert told(found(of_version(one.plan, two))) == [("Acme", "10", "12.3", "20", "24.6")]


def test_periods_that_are_not_charged_to_their_end_are_counted_and_left_out(world: World) -> None:
    one = world.plan("cloud", world.monthly("31"))
    world.customer().buys("cloud", "2026-05-20", alignment="anchor")
    world.on("2026-06-10").close()
    two = world.plan("cloud", world.monthly("62"), valid_from="2026-06-01")
    rows = found(of_version(one.plan, two))
    assert told(rows) == [("Acme", "0", "0", "0", "0")]
    assert rows[0].row.open_periods == 1
    world.on("2026-06-20").close()
    assert told(found(of_version(one.plan, two))) == [("Acme", "31", "38.13", "62", "76.26")]


def test_who_did_not_have_the_plan_then_is_left_out(world: World) -> None:
    one = world.plan("cloud", world.monthly("31"))
    world.plan("other", world.monthly("5"))
    moved = world.customer("moved").buys("other", alignment="calendar", key="x")
    world.customer("later").buys("cloud", "2026-06-03", alignment="calendar")
    world.charge()
    world.on("2026-06-01")
    moved.changes("x", "cloud", "2026-06-01")
    world.on("2026-07-01").close()
    assert found(of_version(one.plan, one)) == []
    assert [r.row.name for r in found(of_version(one.plan, one), JUNE)] == ["Moved", "Later"]
    assert [count(of_version(one.plan, one), window) for window in (JUNE, MAY)] == [2, 2]


def test_margin_from_unit_costs_and_from_purchases(world: World) -> None:
    world.meter("sms")
    cost = replace(world.metered("sms", "0.10"), unit_cost=Decimal("0.04"))
    one = world.plan("cloud", cost)
    world.customer("acme").buys("cloud", alignment="calendar").uses("sms", 100, "2026-05-03")
    bought = world.customer("bought").buys("cloud", alignment="calendar")
    bought.sends(bought.draft("sms", 10, "2026-05-03", id="1")._replace(source="focus:up"))
    supplier = Supplier.objects.create(brand=world.brand, code="up", name="Upstream", currency="EUR")
    ImportedRow.objects.create(
        supplier=supplier, customer=bought.row, row_id="1", digest=b"", outcome="billed", item="sms",
        at=instant("2026-05-03"), quantity=10, unit_cost=Decimal("0.05"), created_at=world.now,
    )  # fmt: skip
    assert record_purchases(supplier, [bought.row.pk]) == 1
    world.on("2026-06-01").close()
    two = world.plan("cloud", world.metered("sms", "0.20"), valid_from="2026-06-01")
    rows = found(of_version(one.plan, two))
    assert [(str(r.row.old.cost and plain(r.row.old.cost)), str(plain(r.row.new.cost or Decimal(0)))) for r in rows] == [
        ("4", "4"), ("0.5", "0.5"),
    ]  # fmt: skip
    totals = summed(r.row for r in rows)["EUR"]
    assert (plain(totals.old_margin), plain(totals.new_margin), totals.costed) == ("6.5", "17.5", 2)


def test_a_draft_is_replayed_and_stored_nowhere(world: World) -> None:
    world.meter("sms")
    one = world.plan("cloud", world.monthly("31"), world.metered("sms", "0.10"))
    world.customer().buys("cloud", alignment="calendar").uses("sms", 100, "2026-05-03")
    world.on("2026-06-01").close()
    draft = checked_draft(
        {
            "currency": "EUR",
            "prices": [
                {"code": "fee", "kind": "recurring", "terms": {"model": "flat", "amount": "40"}},
                {"code": "sms", "kind": "metered", "meter": "sms", "terms": {"model": "unit", "unit_price": "0.01"}},
            ],
        }
    )
    assert told(found(of_draft(one.plan, draft))) == [("Acme", "41", "50.43", "41", "50.43")]
    assert one.plan.versions.count() == 1
    # In a book of another currency the draft has no prices: all stays as it is.
    assert told(found(of_draft(one.plan, {**draft, "currency": "USD"}))) == [("Acme", "41", "50.43", "41", "50.43")]


@pytest.mark.parametrize(
    ("price", "field", "code"),
    [
        ({"code": "a", "kind": "weekly", "terms": {}}, "prices[0]", "wrong_draft"),
        ({"code": "a", "kind": "metered", "terms": {}}, "prices[0]", "wrong_draft"),
        ({"code": "", "kind": "recurring", "terms": {}}, "prices[0]", "wrong_draft"),
        ({"code": "a", "kind": "recurring", "terms": {}, "price": "1"}, "prices[0]", "wrong_draft"),
        ({"code": "a", "kind": "recurring", "terms": {"model": "flat", "amount": 1.5}}, "prices[0].terms.amount", None),
        ({"code": "a", "kind": "recurring", "terms": {"model": "none"}}, "prices[0].terms.model", None),
        ("a", "prices[0]", "wrong_draft"),
    ],
)
def test_a_draft_with_a_fault_is_refused(price: Any, field: str, code: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        checked_draft({"currency": "EUR", "prices": [price]})
    problem = refused.value.problems[0]
    assert problem.field == field
    assert code is None or problem.code == code


def test_the_replay_runs_where_the_database_refuses_writes(world: World) -> None:
    with pytest.raises(InternalError, match="read-only transaction"), read_only():
        Customer.objects.filter(pk=0).update(name="x")
    # Only until it ends: what comes after may write.
    Customer.objects.filter(pk=0).update(name="x")


@pytest.mark.django_db(transaction=True)
def test_on_its_own_the_replay_sees_one_state_and_refuses_writes() -> None:
    with read_only(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
        assert cursor.fetchone() == ("repeatable read", "on")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        assert cursor.fetchone() == ("off",)


def test_promotions_count_on_both_sides(world: World) -> None:
    one = world.plan("cloud", world.monthly("31"))
    acme = world.customer().buys("cloud")
    promise(world, "HALF", value="50")
    gets(acme, "HALF")
    world.on("2026-06-01").close()
    assert acme.charges == [("fee", "1", "15.5")]
    two = world.plan("cloud", world.monthly("62"), valid_from="2026-06-01")
    assert told(found(of_version(one.plan, two))) == [("Acme", "15.5", "19.07", "31", "38.13")]
    fee = {"code": "fee", "kind": "recurring", "terms": {"model": "flat", "amount": "20"}}
    draft = checked_draft({"currency": "EUR", "prices": [fee]})
    assert told(found(of_draft(one.plan, draft))) == [("Acme", "15.5", "19.07", "10", "12.3")]
