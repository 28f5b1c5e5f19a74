"""Promotions in stories: what customers pay, for how long, and who may redeem what."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tollbook.charging.estimate import so_far
from tollbook.charging.models import Charge
from tollbook.charging.preview import change_preview
from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.identity.models import AuditEntry
from tollbook.invoicing.explain import explain_invoice
from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import add_up, plain
from tollbook.promotions.actions import NewPromotion, create, redeem, withdraw
from tollbook.promotions.models import Promotion, Redemption
from tollbook.promotions.queries import gives
from tollbook.promotions.rules import Audience, Kind, Stacks
from tollbook.promotions.settings import CODE_PREFIX
from tollbook.rating import words
from tollbook.site.tests.world import Party, World, instant
from tollbook.subscriptions.changes import roll_out


def promise(world: World, code: str, kind: str = "percent", value: str = "20", **more: Any) -> Promotion:
    more.setdefault("stacks", Stacks.ADDITIVE)
    if kind in ("amount", "price"):
        more.setdefault("currency", "EUR")
    return create(world.brand, NewPromotion(code, code.title(), Kind(kind), Decimal(value), **more))


def gets(party: Party, code: str, key: str = "cloud") -> Redemption:
    return redeem(party.subscriptions[key].public_id, code, by="test", door="test")


def refusal(party: Party, code: str, key: str = "cloud") -> str:
    before = Redemption.objects.count()
    with pytest.raises((Refused, NotFound)) as refused:
        gets(party, code, key)
    assert Redemption.objects.count() == before
    return refused.value.code


def bought(world: World, **how: Any) -> Party:
    """acme with a set-up of 10 and a monthly 49 in arrears, from the first of May."""
    world.plan("cloud", world.once("10"), world.monthly("49"))
    return world.customer("acme").buys("cloud", **how)


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


def test_who_may_redeem_what_and_when(world: World) -> None:
    acme = bought(world)
    world.plan("other", world.monthly("5"))
    acme.buys("other")
    promise(world, "PLAN", plans=[world.plans["other"].plan])
    promise(world, "PRODUCT", products=[world.plans["other"].plan.product])
    promise(world, "YEARLY", months=[12])
    promise(world, "DOLLARS", "amount", "1", currency="USD")
    promise(world, "NEW", audience=Audience.NEW)
    promise(world, "OLD", audience=Audience.EXISTING)
    promise(world, "SOON", valid_from=instant("2026-05-02"))
    promise(world, "OVER", valid_to=instant("2026-05-02"))
    withdraw(promise(world, "GONE").public_id)
    codes = ("PLAN", "PRODUCT", "YEARLY", "DOLLARS", "OLD", "SOON", "GONE", "NOSUCH")
    assert [refusal(acme, code) for code in codes] == [
        "promotion_other_plan", "promotion_other_plan", "promotion_other_months", "promotion_other_currency",
        "promotion_for_existing", "promotion_over", "promotion_over", "promotion_not_found",
    ]  # fmt: skip
    # The second subscription is not a new customer's; the first is, until its first period is over.
    assert refusal(acme, "NEW", "other") == "promotion_for_new"
    assert [gets(acme, code, "other").number for code in ("PLAN", "PRODUCT", "OLD")] == [1, 1, 1]
    assert gets(acme, "OVER").number == 1
    world.on("2026-06-01")
    assert [refusal(acme, "NEW"), gets(acme, "OLD").number, gets(acme, "SOON").number] == ["promotion_for_new", 2, 1]
    other = world.customer("bolt").buys("cloud")
    assert refusal(other, "OVER") == "promotion_over"
    acme.ends("other", "2026-06-02")
    world.on("2026-06-03")
    promise(world, "LAST")
    assert refusal(acme, "LAST", "other") == "subscription_ended"


def test_each_redemption_is_audited_once(world: World) -> None:
    acme = bought(world)
    promise(world, "X")
    made = gets(acme, "X")
    gets(acme, "X")
    (entry,) = AuditEntry.objects.filter(verb="promotion.redeem")
    assert (entry.subject, entry.actor, entry.customer_id) == (
        acme.subscriptions["cloud"].public_id,
        "test",
        acme.row.pk,
    )
    assert entry.detail == {"code": "X", "redemption": made.public_id}


def test_limits_and_the_same_code_again(world: World) -> None:
    world.plan("cloud", world.monthly("1"))
    parties = [world.customer(name) for name in ("ada", "bob", "cyd")]
    promise(world, "TWO", limit_total=2, limit_customer=1, cycles=1)
    ada, bob, cyd = (party.buys("cloud").buys("cloud", key="second") for party in parties)
    first = gets(ada, "TWO")
    assert gets(ada, "two").pk == first.pk
    assert refusal(ada, "TWO", "second") == "promotion_used_up"
    assert (gets(bob, "TWO").number, refusal(cyd, "TWO"), gets(ada, "TWO").pk) == (2, "promotion_used_up", first.pk)


def test_alone_means_alone_while_it_lasts(world: World) -> None:
    acme = bought(world)
    promise(world, "ALONE", stacks=Stacks.ALONE, cycles=1)
    promise(world, "MORE", cycles=1)
    promise(world, "ALSO", stacks=Stacks.ALONE)
    gets(acme, "ALONE")
    assert [refusal(acme, "MORE"), refusal(acme, "ALSO")] == ["promotion_alone", "promotion_alone"]
    world.charge()
    # Its only period is May; from June on another counts.
    assert gets(acme, "MORE").counts_from == instant("2026-06-01")
    assert refusal(acme, "ALSO") == "promotion_alone"


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_against_a_limit_of_seven(at_once: Callable[..., list[Any]]) -> None:
    # Tried: without `select_for_update` in `actions._locked`, redemptions fail with the unique number instead.
    world = World()
    world.plan("cloud", world.monthly("1"))
    parties = [world.customer(f"c{n}").buys("cloud") for n in range(10)]
    promise(world, "SEVEN", limit_total=7)
    found = at_once(*5 * [lambda p=p: gets(p, "SEVEN") for p in parties])
    made = {each.pk for each in found if isinstance(each, Redemption)}
    assert {each.code for each in found if not isinstance(each, Redemption)} == {"promotion_used_up"}
    assert (len(made), Redemption.objects.count()) == (7, 7)
    assert sorted(Redemption.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.django_db(transaction=True)
def test_a_customers_limit_holds_at_once_too(at_once: Callable[..., list[Any]]) -> None:
    world = World()
    world.plan("cloud", world.monthly("1"))
    acme = world.customer("acme")
    for n in range(8):
        acme.buys("cloud", key=f"s{n}")
    promise(world, "TWICE", limit_customer=2)
    found = at_once(*[lambda n=n: gets(acme, "TWICE", f"s{n}") for n in range(8)])
    assert sorted(each.number_of_customer for each in found if isinstance(each, Redemption)) == [1, 2]
    assert [each.code for each in found if not isinstance(each, Redemption)] == 6 * ["promotion_used_up"]


def test_codes_prefixes_and_what_cannot_be(world: World) -> None:
    made = promise(world, "first")
    set_value(CODE_PREFIX, "HC-", level=Level.BRAND, scope_id=world.brand.public_id)
    assert [made.code, promise(world, "second").code, promise(world, "hc-third").code] == [
        "FIRST", "HC-SECOND", "HC-THIRD",
    ]  # fmt: skip
    faults: list[dict[str, Any]] = [
        {"use": True, "kind": "amount"}, {"currency": "EUR"}, {"cycles": 0}, {"months": [0]}, {"limit_total": 0},
        {"valid_to": instant("2026-04-01")},
    ]  # fmt: skip
    for fault in faults:
        with pytest.raises(Refused) as refused:
            promise(world, "BAD", value="1", **fault)
        assert refused.value.code == "bad_promotion"
    with pytest.raises(Refused) as refused:
        promise(world, "SECOND")
    assert refused.value.code == "promotion_exists"
    with pytest.raises(Refused) as refused:
        set_value(CODE_PREFIX, "small", level=Level.BRAND, scope_id=world.brand.public_id)
    assert refused.value.code == "feature_value_wrong"
    assert Promotion.objects.count() == 3


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
