"""The editor of the staff portal: products, plans, the grid, the form of a price and its worked example."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tollbook.catalog import drafts
from tollbook.catalog.actions import NewPrice, price_book
from tollbook.catalog.models import Draft, DraftPrice, Plan, Price, Product
from tollbook.catalog.price_form import SHAPES, read_terms, shown
from tollbook.catalog.tests.test_drafts import ADA, begun
from tollbook.catalog.warnings import of_prices, of_terms
from tollbook.identity.models import User
from tollbook.rating import Terms, known_models
from tollbook.site.tests.world import World

TIERS = [{"upto": "10", "unit": "1"}, {"unit": "0.5", "flat": "2"}]
EACH: dict[str, dict[str, Any]] = {
    "flat": {"amount": "5"},
    "unit": {"unit_price": "0.25"},
    "graduated": {"tiers": TIERS},
    "volume": {"tiers": TIERS},
    "per_reading": {"tiers": TIERS},
    "graduated_events": {"tiers": TIERS},
    "stairstep": {"tiers": [{"upto": "10", "flat": "5"}, {"flat": "8"}]},
    "graduated_percentage": {"tiers": [{"upto": "100", "rate_percent": "2"}, {"rate_percent": "1", "flat": "3"}]},
    "package": {"package_size": "100", "package_price": "3", "partial": "down"},
    "blocks": {"tiers": [{"block_size": "10", "max_blocks": "2", "block_price": "5"},
                         {"block_size": "50", "block_price": "9"}], "policy": "top_tier"},
    "threshold": {"unit_price": "2", "thresholds": [{"at_least": "10", "percent_off": "5"}]},
    "percentage": {"rate_percent": "1.5", "basis": "transaction", "fixed_per_event": "0.1", "max_per_transaction": "5"},
    "capacity": {"tiers": [{"limits": {"cpu": "4"}, "price": "10"}, {"limits": None, "price": "20"}]},
    "by": {"dimension": "region", "prices": [{"prefix": "", "model": "unit", "unit_price": "1"}]},
    "timed": {"slots": [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "rate": "0.1", "rate_unit_s": 60, "increment_s": 1}]},
}  # fmt: skip


def editor(role: str = "catalogue") -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@harbour.example", name="Cara", staff_role=role))
    return client


def posted(terms: dict[str, Any], **more: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The form of stored terms, sent as it is shown."""
    form = shown(terms)
    shape = SHAPES[terms["model"]]
    post = {**form["values"], **form["choices"], "model": terms["model"], "preset": form["preset"],
            "json": form["json"], **more}  # fmt: skip
    rows = [*form["rows"], [""] * len(shape.columns)]
    return post, {f"{shape.rows}-{each.name}": [row[i] for row in rows] for i, each in enumerate(shape.columns)}


def test_every_price_model_has_a_form() -> None:
    assert set(SHAPES) == set(EACH) == set(known_models())


@pytest.mark.parametrize("model", sorted(EACH))
def test_what_is_shown_and_sent_again_is_the_same_price(model: str) -> None:
    around = {} if model in {"percentage", "by", "timed", "per_reading", "graduated_events"} else {"allowance": "3"}
    for semantics in ({}, {"preset": "killbill"}, {"border": "lower_bound", "flat_at_zero": False}):
        stored = Terms.parse({"model": model, **EACH[model], **around, "maximum": "99", "semantics": semantics})
        assert Terms.parse(read_terms(*posted(stored.data()))) == stored


def test_a_preset_says_what_its_engine_does() -> None:
    post, columns = posted(Terms.parse({"model": "unit", "unit_price": "1"}).data(), preset="meteroid")
    found = Terms.parse(read_terms(post, columns)).semantics.data()
    assert [found["border"], found["flat_at_zero"], found["credit_order"]] == ["lower_bound", False, "age"]


GRADUATED = {"model": "graduated", "tiers": [{"upto": "10", "unit": "1"}, {"upto": "20", "unit": "2"}, {"unit": "3"}]}


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (GRADUATED, []),
        ({**GRADUATED, "limit": "20"},
         ["Tier 3 never applies: it begins above 20, and no more than 20 are charged in a period."]),
        ({**GRADUATED, "limit": "21"}, []),
        ({**GRADUATED, "allowance": "5", "limit": "25"},
         ["Tier 3 never applies: it begins above 20, and no more than 20 are charged in a period."]),
        ({**GRADUATED, "maximum": "30"}, ["Tier 3 never counts: at 20 the maximum of 30 is reached already."]),
        ({**GRADUATED, "maximum": "30.01"}, []),
        ({"model": "graduated", "tiers": [{"upto": "5", "unit": "1"}, {"unit": "1"}]},
         ["Tiers 1 and 2 have the same price: one tier would say it."]),
        ({"model": "graduated", "tiers": [{"upto": "5", "unit": "1"}, {"unit": "1", "flat": "1"}]}, []),
        ({"model": "volume", "tiers": [{"upto": "100", "unit": "1"}, {"unit": "0.5"}]},
         ["Just above 100 costs less in all than 100."]),
        ({"model": "volume", "tiers": [{"upto": "100", "unit": "1"}, {"unit": "0.5", "flat": "50"}]}, []),
    ],
)  # fmt: skip
def test_what_is_hardly_meant_is_told(terms: dict[str, Any], told: list[str]) -> None:
    assert of_terms(Terms.parse(terms)) == told


def test_prices_that_compete_are_told() -> None:
    def price(code: str, **match: str) -> NewPrice:
        terms = Terms.parse({"model": "unit", "unit_price": "1"})
        return NewPrice(code, code.title(), "metered", terms, meter="sms", match=match)

    assert of_prices([price("all"), price("de", country="DE"), price("fr", country="FR")]) == []
    assert of_prices([price("de", country="DE"), price("fast", route="fast")]) == [
        "De and Fast both fit use of sms that is country DE, route fast: name as many dimensions in one of them as "
        "make it the closer one, or exclude each other."
    ]


def test_from_an_empty_catalogue_to_a_price_in_a_draft(world: World) -> None:
    world.meter("sms")
    see = editor()
    told = {"name": "Messages", "description": "Text.", "position": "5"}
    made = see.post(f"/staff/brands/{world.brand.public_id}/products/", {
        "code": "sms", **told, "tax_category": "standard"})  # fmt: skip
    product = Product.objects.get()
    assert made["Location"] == f"/staff/products/{product.public_id}/"
    made = see.post(f"{made['Location']}plans/", {"code": "basic", "name": "Basic", "position": "1"})
    plan = Plan.objects.get()
    assert made["Location"] == f"/staff/products/plans/{plan.public_id}/"
    made = see.post(f"{made['Location']}draft/")
    draft = Draft.objects.get()
    here = made["Location"]
    assert here == f"/staff/products/drafts/{draft.public_id}/"
    assert "has no price book yet" in see.get(here).content.decode()
    see.post(f"{here}act/book/", {"currency": "eur", "group": ""})
    book = price_book(world.brand, "EUR")
    price = f"{here}prices/{book.public_id}/"
    assert see.get(price).status_code == 200
    form = {"revision": "1", "kind": "metered", "model": "graduated", "code": "sms", "name": "Message", "meter": "sms",
            "unit": "message", "mode": "postpaid", "preset": "lago", "quantity": "15", "match": "country=DE",
            "tiers-upto": ["10", "", ""], "tiers-unit": ["0.1", "0.05", ""], "tiers-flat": ["", "1", ""]}  # fmt: skip
    text = see.post(f"{price}example/", form).content.decode()
    for each in ("Tier 1 (up to 10): 10 message × 0.10 EUR = 1.00 EUR", "fee of 1.00 EUR", "2.25"):
        assert each in text
    refused = see.post(price, {**form, "act": "save", "tiers-upto": ["10", "5", ""]}).content.decode()
    assert [DraftPrice.objects.count(), "leave the last tier open" in refused] == [0, True]
    assert 'value="0.05"' in refused  # what was typed is not lost
    assert see.post(price, {**form, "act": "save"})["Location"] == here
    stored = DraftPrice.objects.get()
    assert [stored.code, stored.match, stored.terms["tiers"]] == [
        "sms", {"country": "DE"},
        [{"upto": "10", "unit": "0.1", "flat": "0"}, {"upto": None, "unit": "0.05", "flat": "1"}],
    ]  # fmt: skip
    assert stored.terms["semantics"]["period_end"] == "inclusive_day"
    assert see.post(price + "?code=sms", {"revision": "2", "act": "drop", "kind": "metered"})["Location"] == here
    assert DraftPrice.objects.count() == 0


def test_the_grid_sets_adds_and_takes_out_fees(world: World) -> None:
    draft = begun(world)
    euro, dollar = price_book(world.brand, "EUR"), price_book(world.brand, "USD")
    see, here = editor(), f"/staff/products/drafts/{draft.public_id}/"
    page = see.get(here).content.decode()
    assert re.findall(r'name="(amount:[^"]+)" value="([^"]*)"', page) == [
        (f"amount:{euro.public_id}:fee", "49"), (f"amount:{dollar.public_id}:fee", ""),
    ]  # fmt: skip
    grid = {f"amount:{euro.public_id}:fee": "", f"amount:{dollar.public_id}:fee": "54.5", "revision": "1"}
    see.post(f"{here}act/amounts/", grid)
    fees = DraftPrice.objects.filter(code="fee").values_list("book__currency", "terms__amount")
    assert list(fees) == [("USD", "54.5")]
    again = see.post(f"{here}act/amounts/", {**grid, f"amount:{dollar.public_id}:fee": "1"}, follow=True)
    assert "the draft was changed meanwhile" in again.content.decode()
    bad = see.post(f"{here}act/amounts/", {f"amount:{dollar.public_id}:fee": "1,5", "revision": "2"}, follow=True)
    assert "fee in USD" in bad.content.decode()
    assert DraftPrice.objects.get(code="fee").terms["amount"] == "54.5"


def test_an_amount_that_cannot_be_invoiced_is_told_while_it_is_typed(world: World) -> None:
    world.taxes("sum_by_net", inside=True)
    draft, book = begun(world), price_book(world.brand, "EUR")
    see, here = editor(), f"/staff/products/drafts/{draft.public_id}/prices/{book.public_id}/"
    form = {"kind": "recurring", "model": "flat", "code": "x", "name": "X", "mode": "postpaid", "amount": "0.03"}
    cannot = "0.03 EUR including 23 % tax cannot occur on an invoice"
    assert cannot in see.post(f"{here}example/", form).content.decode()
    assert "cannot occur" not in see.post(f"{here}example/", {**form, "amount": "0.02"}).content.decode()
    drafts.set_amounts(draft.public_id, 1, {("fee", book): Decimal("0.03")}, by=ADA)
    assert (
        f"Fee (EUR, tax included): {cannot}" in see.get(f"/staff/products/drafts/{draft.public_id}/").content.decode()
    )


def test_a_form_that_is_sent_with_nothing_or_nonsense_says_so(world: World) -> None:
    draft, book = begun(world), price_book(world.brand, "EUR")
    see, here = editor(), f"/staff/products/drafts/{draft.public_id}/"
    price = f"{here}prices/{book.public_id}/"
    for body in ({}, {"act": "drop"}, {"act": "example"}, {"kind": "\0", "model": "flat", "match": "x"}):
        for address in (price, f"{price}?code=fee", f"{price}example/"):
            assert see.post(address, body).status_code == 200
    for what in ("amounts", "schedule", "book", "drop"):
        assert see.post(f"{here}act/{what}/", {"group": "\0", "amount:x:y": "1"})["Location"] == here
    assert DraftPrice.objects.count() == 2


@pytest.mark.parametrize("role", ["viewer", "support", "billing", "auditor"])
def test_who_does_not_keep_the_catalogue_reads_it(world: World, role: str) -> None:
    draft = begun(world)
    see, here = editor(role), f"/staff/products/drafts/{draft.public_id}/"
    page = see.get(here).content.decode()
    assert [">49<" in page, "Save the amounts" in page, "Drop the draft" in page] == [True, False, False]
    book = price_book(world.brand, "EUR").public_id
    closed = [f"{here}act/drop/", f"{here}prices/{book}/", f"{here}prices/{book}/example/",
              f"/staff/products/plans/{draft.plan.public_id}/draft/",
              f"/staff/products/{draft.plan.product.public_id}/act/archive/", f"/staff/brands/{world.brand.public_id}/products/"]  # fmt: skip
    assert {each: see.post(each).status_code for each in closed} == dict.fromkeys(closed, 404)
    assert "Archive" not in see.get(f"/staff/products/plans/{draft.plan.public_id}/").content.decode()


def test_archive_and_back_by_a_button(world: World) -> None:
    plan = begun(world).plan
    see, page = editor(), f"/staff/products/plans/{plan.public_id}/"
    for what, button in (("archive", "Restore it"), ("restore", "Archive it")):
        shown_now = see.post(f"/staff/products/{plan.public_id}/act/{what}/", follow=True)
        assert [shown_now.redirect_chain[-1][0], button in shown_now.content.decode()] == [page, True]
    assert see.post(f"/staff/products/{plan.public_id}/act/explode/").status_code == 404


def test_a_draft_shows_what_it_changes_and_asks_no_query_for_each_price(world: World) -> None:
    draft, book = begun(world), price_book(world.brand, "EUR")
    see, here = editor(), f"/staff/products/drafts/{draft.public_id}/"
    drafts.set_amounts(draft.public_id, 1, {("fee", book): Decimal("59")}, by=ADA)
    text = " ".join(re.sub(r"<[^>]+>", " ", see.get(here).content.decode()).split())
    assert "Fee fee EUR changed 49.00 EUR for a period. 59.00 EUR for a period. amount +20.41 %" in text

    def queries() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            assert see.get(here).status_code == 200
        return len(captured)

    few = queries()
    for n in range(20):
        terms = Price.objects.get(code="sms").terms
        DraftPrice.objects.create(draft=draft, book=book, code=f"m{n}", name=f"M{n}", kind="metered", terms=terms,
                                  meter="sms", match={"n": str(n)})  # fmt: skip
    assert queries() == few
