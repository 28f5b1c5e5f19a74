"""Promotions in stories: what customers pay, for how long, and who may redeem what."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tollbook.charging.estimate import so_far
from tollbook.charging.models import Charge
from tollbook.charging.preview import change_preview
from tollbook.invoicing.explain import explain_invoice
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import add_up, plain
from tollbook.promotions.actions import withdraw
from tollbook.promotions.models import Promotion
from tollbook.promotions.queries import gives
from tollbook.promotions.tests.stories import bought, gets, promise
from tollbook.rating import words
from tollbook.site.tests.world import Party, World, instant
from tollbook.subscriptions.changes import roll_out


def test_a_percentage_for_two_periods_on_invoices_and_explained(world: World) -> None:
    acme = bought(world)
    promise(world, "SUMMER26", cycles=2)
    gets(acme, "summer26")
    for day in ("2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01"):
        world.on(day).close()
    assert acme.charges == [("setup", "1", "8"), ("fee", "1", "39.2"), ("fee", "1", "39.2"), ("fee", "1", "49")]
    # With 23 % VAT of what is left of the fees; the set-up waits for the first fee.
    assert acme.totals == ["58.06", "48.22", "60.27"]
    second = Invoice.objects.order_by("pk")[1]
    told = explain_invoice(second)
    assert told.check
    rating = told.lines[0].rating
    assert rating and rating.steps[-1].sentence == "Promotion SUMMER26: 20 % off 49.00 EUR: -9.80 EUR"
    assert "Promotion SUMMER26: 20 % off 49.00 EUR: -9.80 EUR" in second.content


def test_an_amount_goes_off_all_fees_of_a_period_whenever_they_fall_due(world: World) -> None:
    world.plan("cloud", world.once("10"), world.monthly("20", "ahead", in_advance=True), world.monthly("30", "after"))
    acme = world.customer("acme").buys("cloud")
    promise(world, "SIX", "amount", "6", cycles=2)
    gets(acme, "SIX")
    world.charge()
    world.on("2026-06-01").charge()
    world.on("2026-07-01").charge()
    assert sorted(acme.charges[:3]) == [("after", "1", "27"), ("ahead", "1", "18"), ("setup", "1", "9")]
    # In June without a set-up: 6 of 50. In July nothing.
    assert sorted(acme.charges[3:]) == [("after", "1", "26.4"), ("ahead", "1", "17.6"), ("ahead", "1", "20")]


def test_another_price_and_free_set_up_for_ever(world: World) -> None:
    acme = bought(world, on="2026-05-16")
    promise(world, "FORTY", "price", "31", cycles=None)
    promise(world, "FREE", "setup", "0")
    gets(acme, "FORTY"), gets(acme, "FREE")
    world.on("2027-06-01").charge()
    # 16 of 31 days at 31 a month.
    assert sorted(acme.charges) == [("fee", "1", "16"), *12 * [("fee", "1", "31")], ("setup", "1", "0")]


def test_a_percentage_of_use_with_late_use_and_credits(world: World) -> None:
    world.meter("sms", negative=True).plan("cloud", world.metered("sms", "0.10"), world.monthly("10"))
    acme = world.customer("acme").buys("cloud")
    promise(world, "USE", "percent", "50", use=True)
    gets(acme, "USE")
    acme.uses("sms", 100, "2026-05-02")
    world.on("2026-05-20")
    assert plain(so_far(acme.row, world.now).at_end.amount) == "10"
    world.on("2026-06-01").charge()
    acme.uses("sms", 40, "2026-05-03")
    acme.uses("sms", 40, "2026-06-03")
    world.on("2026-06-04").charge()
    assert sorted(acme.charges) == [("fee", "1", "5"), ("sms", "100", "5"), ("sms", "40", "2")]
    world.on("2026-06-05")
    acme.uses("sms", -240, "2026-05-04")
    world.charge()
    # All in all 100 units too many in May: given back at the promised price.
    assert acme.charges[-1] == ("sms", "-240", "-12")
    world.on("2026-07-01").charge()
    assert sorted(acme.charges[-2:]) == [("fee", "1", "10"), ("sms", "40", "4")]


def test_a_change_of_plan_and_an_end_divide_what_is_promised(world: World) -> None:
    acme = bought_in_advance(world)
    world.plan("big", world.monthly("62", in_advance=True))
    promise(world, "THREE", "amount", "3.1", cycles=1)
    promise(world, "TENTH", "percent", "10", cycles=1)
    gets(acme, "THREE"), gets(acme, "TENTH")
    world.charge()
    assert acme.charges == [("fee", "1", "24.8")]
    preview = change_preview(acme.subscriptions["cloud"].public_id, world.plans["big"], instant("2026-05-11"))
    acme.changes("cloud", "big", "2026-05-11")
    world.on("2026-05-11").charge()
    # 10 of 31 days of 31, and 21 of 31 days of 62; less 10 %, less 1 and 2.1.
    assert [plain(add_up(c.amount for c in Charge.objects.filter(price__version=v))) for v in world.plans.values()] == [
        "8",
        "35.7",
    ]
    assert plain(preview.total.amount) == plain(Decimal("43.7") - Decimal("24.8"))
    acme.ends("cloud", "2026-05-21")
    world.on("2026-05-22").charge()
    # Of the new plan 10 days (11 to 20 May): 20 less 10 %, less 1.
    assert plain(add_up(c.amount for c in Charge.objects.all())) == "25"


def bought_in_advance(world: World) -> Party:
    world.plan("cloud", world.monthly("31", in_advance=True))
    return world.customer("acme").buys("cloud")


def test_a_code_in_a_running_period_counts_from_the_next(world: World) -> None:
    acme = bought_in_advance(world)
    world.charge()
    promise(world, "LATER", "percent", "100", cycles=1)
    found = gets(acme, "LATER")
    assert (found.counts_from, found.counts_until) == (instant("2026-06-01"), instant("2026-07-01"))
    for day in ("2026-06-01", "2026-07-01"):
        world.on(day).charge()
    assert acme.charges == [("fee", "1", "31"), ("fee", "1", "0"), ("fee", "1", "31")]


def test_a_promotion_for_one_plan_does_not_go_on_with_another(world: World) -> None:
    acme = bought_in_advance(world)
    world.plan("big", world.monthly("310", in_advance=True))
    promise(world, "ONLY", "percent", "100", cycles=None, plans=[world.plans["cloud"].plan])
    gets(acme, "ONLY")
    world.charge()
    acme.changes("cloud", "big", "2026-06-01")
    world.on("2026-06-01").charge()
    assert acme.charges == [("fee", "1", "0"), ("fee", "1", "310")]


def test_prices_with_tax_are_lowered_with_tax(world: World) -> None:
    world.taxes(inside=True)
    acme = bought(world)
    promise(world, "TEN", "amount", "10")
    gets(acme, "TEN")
    world.on("2026-06-01").close()
    assert acme.totals == ["49"]


def test_prepaid_use_draws_what_is_left(world: World) -> None:
    world.meter("air").plan("air", world.metered("air", "1", prepaid=True))
    acme = world.customer("acme").tops_up("100").buys("air")
    promise(world, "HALF", "percent", "50", use=True)
    gets(acme, "HALF", "air")
    acme.uses("air", 10, "2026-05-02")
    world.on("2026-05-03").charge()
    # 5 and 23 % VAT.
    assert acme.balance == "93.85"


@pytest.mark.parametrize(
    ("kind", "value", "more", "expected"),
    [
        ("percent", "20", {}, "20 % off the fees, for 1 period"),
        ("percent", "12.5", {"use": True, "cycles": None}, "12.5 % off the fees and the use, for ever"),
        ("amount", "5", {"cycles": 3}, "5.00 EUR off the fees of each whole period, for 3 periods"),
        ("price", "9.9", {"cycles": None}, "9.90 EUR for each whole period, where the recurring fees are higher, for ever"),
        ("setup", "0", {}, "Free set-up, for 1 period"),
    ],
)  # fmt: skip
def test_in_words(world: World, kind: str, value: str, more: dict[str, Any], expected: str) -> None:
    assert gives(promise(world, "X", kind, value, **more)) == expected


def test_promotions_and_redemptions_never_change(world: World) -> None:
    acme = bought(world)
    promise(world, "X")
    gets(acme, "X")
    for sql in (
        "UPDATE promotions_promotion SET value = 99",
        "UPDATE promotions_redemption SET counts_until = NULL",
        "DELETE FROM promotions_redemption",
        "DELETE FROM promotions_promotion",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    withdrawn = withdraw(Promotion.objects.get().public_id).withdrawn_at
    world.on("2026-05-02")
    assert withdraw(Promotion.objects.get().public_id).withdrawn_at == withdrawn
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE promotions_promotion SET withdrawn_at = NULL")


def test_what_is_broken_is_reported(world: World, breaking: Callable[..., str]) -> None:
    acme = bought(world)
    promise(world, "SUMMER", cycles=1, limit_total=1)
    gets(acme, "SUMMER")
    world.on("2026-06-01").charge()
    step = "UPDATE charging_charge SET rated = jsonb_set(rated, '{{lines,1,{}}}', '\"{}\"') WHERE price_id = (SELECT id FROM catalog_price WHERE code = 'fee')"
    assert words(Charge.objects.get(price__code="fee").rated["lines"][1], "EUR", "").startswith("Promotion SUMMER")
    assert [
        breaking(step.format("amount", "-9.81")),
        breaking(step.format("amount", "9.8")),
        breaking(step.format("redemption", "rdm_none")),
        breaking("UPDATE promotions_redemption SET counts_from = '2026-06-01', counts_until = NULL"),
        breaking("UPDATE promotions_redemption SET number = 2"),
        breaking("UPDATE promotions_promotion SET valid_from = '2026-05-02'"),
        breaking("UPDATE promotions_promotion SET limit_total = 0"),
        breaking("UPDATE promotions_promotion SET value = 21"),
    ] == ["M13 M22", "M13 M22", *6 * ["M22"]]


def test_a_version_for_everybody_keeps_what_was_redeemed(world: World) -> None:
    acme = bought_in_advance(world)
    promise(world, "HALF", "percent", "50", cycles=None, products=[world.plans["cloud"].plan.product])
    gets(acme, "HALF")
    world.charge()
    version = world.plan("cloud", world.monthly("62", in_advance=True), valid_from="2026-06-01", scope="now")
    roll_out(version)
    world.on("2026-06-01").charge()
    assert acme.charges == [("fee", "1", "15.5"), ("fee", "1", "31")]
