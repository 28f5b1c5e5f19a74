"""A draft: begun as a copy, changed by one person at a time, published once; and what is sold no more."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tollbook.catalog import drafts, editing
from tollbook.catalog.actions import price_book
from tollbook.catalog.comparing import compare
from tollbook.catalog.editing import By, Told
from tollbook.catalog.models import Draft, DraftPrice, Plan, PlanVersion, Price, Product
from tollbook.identity.models import AuditEntry
from tollbook.kernel.errors import NotFound, Refused
from tollbook.orders.actions import place
from tollbook.orders.drafting import By as Orderer
from tollbook.orders.drafting import Wish
from tollbook.orders.drafting import draft as order
from tollbook.orders.offers import offer
from tollbook.orders.queries import offers
from tollbook.rating import Terms
from tollbook.site.tests.world import World

ADA = By("ada@harbour.example", "staff")


def begun(world: World) -> Draft:
    version = world.meter("sms").plan("cloud", world.monthly("49"), world.metered("sms", "0.5"))
    return drafts.begin(version.plan, by=ADA)


def code_of(act: Any) -> str:
    with pytest.raises((Refused, NotFound)) as refused:
        act()
    return refused.value.code


def test_it_is_a_copy_until_it_is_published_and_then_gone(world: World) -> None:
    draft = begun(world)
    assert drafts.begin(draft.plan, by=ADA) == draft
    euro, dollar = price_book(world.brand, "EUR"), price_book(world.brand, "USD")
    draft = drafts.set_amounts(
        draft.public_id, 1, {("fee", euro): Decimal("59"), ("fee", dollar): Decimal("65")}, by=ADA
    )
    price = next(each for each in drafts.prices_in(draft, euro) if each.code == "sms")
    terms = Terms.parse({"model": "unit", "unit_price": "0.4"})
    draft = drafts.put_price(draft.public_id, 2, euro, replace(price, terms=terms), was="sms", by=ADA)
    changes = compare(draft.base, drafts.books_of(draft))
    assert [(each.price.code, each.book.currency, each.state, each.percent) for each in changes] == [
        ("fee", "EUR", "changed", Decimal("20.41")), ("sms", "EUR", "changed", Decimal("-20.00")),
        ("fee", "USD", "added", None),
    ]  # fmt: skip
    assert Price.objects.count() == 2
    made = drafts.publish_draft(draft.public_id, 3, by=ADA)
    found = made.prices.order_by("book__currency", "code").values_list("book__currency", "code", "terms__amount")
    assert list(found) == [("EUR", "fee", "59"), ("EUR", "sms", None), ("USD", "fee", "65")]
    assert [made.number, made.valid_from, made.scope] == [2, world.now, "new"]
    assert [Draft.objects.count(), DraftPrice.objects.count(), Price.objects.count()] == [0, 0, 5]
    verbs = AuditEntry.objects.filter(actor=ADA.actor).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["draft.begin", "draft.amounts", "draft.price", "version.publish"]


def test_who_saves_over_a_change_that_was_not_seen_is_refused(world: World) -> None:
    draft, book = begun(world), price_book(world.brand, "EUR")
    drafts.set_amounts(draft.public_id, 1, {("fee", book): Decimal("59")}, by=ADA)
    price = world.monthly("1", "other")
    acts = [
        lambda: drafts.set_amounts(draft.public_id, 1, {("fee", book): Decimal("69")}, by=ADA),
        lambda: drafts.put_price(draft.public_id, 1, book, price, by=ADA),
        lambda: drafts.drop_price(draft.public_id, 1, book, "fee", by=ADA),
        lambda: drafts.schedule(draft.public_id, 1, valid_from=None, scope="now", by=ADA),
        lambda: drafts.publish_draft(draft.public_id, 1, by=ADA),
        lambda: drafts.drop(draft.public_id, 1, by=ADA),
    ]
    assert [code_of(act) for act in acts] == ["draft_changed"] * len(acts)
    assert DraftPrice.objects.get(code="fee").terms["amount"] == "59"
    assert PlanVersion.objects.count() == 1


def test_what_a_draft_refuses(world: World) -> None:
    draft, book = begun(world), price_book(world.brand, "EUR")
    name = draft.public_id
    other = world.metered("sms", "2", "twice")
    no_meter = replace(other, meter="")
    acts = {
        "price_twice": lambda: drafts.put_price(name, 1, book, other, by=ADA),
        "meter_missing": lambda: drafts.put_price(name, 1, book, no_meter, by=ADA),
        "meter_needless": lambda: drafts.put_price(name, 1, book, replace(world.monthly("1"), meter="x"), by=ADA),
        "unknown_choice": lambda: drafts.put_price(name, 1, book, replace(other, kind="odd"), by=ADA),
        "text_too_long": lambda: drafts.put_price(name, 1, book, replace(other, unit="u" * 61), by=ADA),
        "price_not_found": lambda: drafts.drop_price(name, 1, book, "none", by=ADA),
        "not_a_fee": lambda: drafts.set_amounts(name, 1, {("sms", book): Decimal(1)}, by=ADA),
        "in_the_past": lambda: drafts.schedule(name, 1, valid_from=world.now.replace(year=2025), scope="new", by=ADA),
        "draft_unchanged": lambda: drafts.publish_draft(name, 1, by=ADA),
        "draft_not_found": lambda: drafts.drop("drf_none", 1, by=ADA),
    }
    assert {code: code_of(act) for code, act in acts.items()} == {code: code for code in acts}
    assert sorted(DraftPrice.objects.values_list("code", flat=True)) == ["fee", "sms"]
    drafts.set_amounts(name, 1, {("fee", book): None}, by=ADA)
    drafts.drop_price(name, 2, book, "sms", by=ADA)
    assert code_of(lambda: drafts.publish_draft(name, 3, by=ADA)) == "draft_empty"


def test_a_version_published_meanwhile_is_not_undone_by_an_old_draft(world: World) -> None:
    draft, book = begun(world), price_book(world.brand, "EUR")
    world.plan("cloud", world.monthly("99"), valid_from="2026-05-01")
    drafts.set_amounts(draft.public_id, 1, {("fee", book): Decimal("59")}, by=ADA)
    assert code_of(lambda: drafts.publish_draft(draft.public_id, 2, by=ADA)) == "draft_outdated"
    assert PlanVersion.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_does(world: World, at_once: Callable[..., list[Any]]) -> None:
    draft, book = begun(world), price_book(world.brand, "EUR")
    drafts.set_amounts(draft.public_id, 1, {("fee", book): Decimal("59")}, by=ADA)
    found = at_once(*[lambda: drafts.publish_draft(draft.public_id, 2, by=ADA)] * 2)
    refused = [each.code for each in found if isinstance(each, NotFound)]
    assert [refused, PlanVersion.objects.count()] == [["draft_not_found"], 2]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_make_the_same_at_once_one_does(world: World, at_once: Callable[..., list[Any]]) -> None:
    found = at_once(*[lambda: editing.add_product(world.brand, "mail", Told("Mail"), by=ADA)] * 2)
    assert [each.code for each in found if isinstance(each, Refused)] == ["code_taken"]
    product = Product.objects.get()
    found = at_once(*[lambda: editing.add_plan(product, "basic", Told("Basic"), by=ADA)] * 2)
    assert [each.code for each in found if isinstance(each, Refused)] == ["code_taken"]
    plan = Plan.objects.get()
    found = at_once(*[lambda: drafts.begin(plan, by=ADA)] * 2)
    assert [found[0], Draft.objects.count()] == [found[1], 1]


def test_a_product_and_a_plan_are_made_once_described_archived_and_restored(world: World) -> None:
    product = editing.add_product(world.brand, "mail", Told("Mail"), by=ADA)
    plan = editing.add_plan(product, "basic", Told("Basic", "Ten boxes.", 5), by=ADA)
    assert code_of(lambda: editing.add_product(world.brand, "mail", Told("Again"), by=ADA)) == "code_taken"
    assert code_of(lambda: editing.add_plan(product, "basic", Told("Again"), by=ADA)) == "code_taken"
    assert code_of(lambda: editing.add_plan(product, "Basic!", Told("Again"), by=ADA)) == "bad_code"
    assert code_of(lambda: editing.describe(plan, Told("x", position=-1), by=ADA)) == "bad_position"
    editing.describe(plan, Told("Basic", "Twenty boxes.", 5, hidden=True), by=ADA)
    plan.refresh_from_db()
    assert [plan.name, plan.description, plan.position, plan.hidden] == ["Basic", "Twenty boxes.", 5, True]
    assert [Product.objects.count(), Plan.objects.count()] == [1, 1]
    for _ in range(2):
        editing.archive(product, by=ADA)
    assert code_of(lambda: editing.add_plan(product, "more", Told("More"), by=ADA)) == "product_archived"
    editing.restore(product, by=ADA)
    assert Product.objects.get().archived_at is None
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-5:] == ["product.add", "plan.add", "plan.describe", "product.archive", "product.restore"]


@pytest.mark.parametrize("of", ["plan", "product"])
def test_nobody_begins_with_what_is_archived_and_who_has_it_keeps_it(world: World, of: str) -> None:
    version = world.plan("cloud", world.monthly("49"))
    acme = world.customer().buys("cloud")
    sold = version.plan if of == "plan" else version.plan.product
    offer(version.plan, by=Orderer("ada", "staff", people=True))
    by_people = Orderer("ada", "staff", people=True)
    placed = order(acme.row, [Wish(version.plan)], key="1", by=by_people)
    assert [each.plan for each in offers(acme.row)[1]] == [version.plan]
    editing.archive(sold, by=ADA)
    version.plan.refresh_from_db()
    version.plan.product.refresh_from_db()
    wish = Wish(Plan.objects.select_related("product").get(pk=version.plan_id))
    assert code_of(lambda: order(acme.row, [wish], key="2", by=by_people)) == "plan_archived"
    assert code_of(lambda: place(placed.public_id, by=by_people)) == "plan_archived"
    assert offers(acme.row)[1] == []
    world.on("2026-06-01").close()
    assert acme.totals == ["60.27"]
    editing.restore(sold, by=ADA)
    assert [each.plan for each in offers(acme.row)[1]] == [version.plan]


def test_what_is_hidden_is_sold_by_people_alone(world: World) -> None:
    version = world.plan("cloud", world.monthly("49"))
    acme = world.customer()
    offer(version.plan, by=Orderer("ada", "staff", people=True))
    editing.describe(version.plan, Told("Cloud", hidden=True), by=ADA)
    wish = Wish(Plan.objects.select_related("product").get(pk=version.plan_id))
    alone = Orderer("olga", "portal", people=False)
    assert code_of(lambda: order(acme.row, [wish], key="1", by=alone)) == "not_offered"
    assert offers(acme.row)[1] == []
    made = order(acme.row, [wish], key="2", by=Orderer("ada", "staff", people=True))
    assert made.lines.count() == 1
