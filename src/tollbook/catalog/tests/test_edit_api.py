"""Programs edit the catalogue as people do: the same acts, roles, refusals and traces."""

from typing import Any

import pytest

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.catalog import editing
from tollbook.catalog.actions import price_book
from tollbook.catalog.editing import By, Told
from tollbook.catalog.models import Draft, Plan, PlanVersion, Price, Product
from tollbook.identity.models import AuditEntry, StaffRole
from tollbook.site.tests.world import World


def test_a_plan_is_made_priced_and_published(world: World) -> None:
    world.meter("sms")
    see = staff_key(StaffRole.CATALOGUE)
    product = see.post("/products", {"brand": world.brand.public_id, "code": "sms", "name": "Messages"}).json()
    assert product.get("code") == "sms", product
    assert [product["position"], product["hidden"], product["archived"]] == [100, False, False]
    plan = see.post(f"/products/{product['id']}/plans", {"code": "basic", "name": "Basic"}).json()
    book = see.post("/price-books", {"brand": world.brand.public_id, "currency": "EUR"}).json()
    fee = {"book": book["id"], "code": "fee", "name": "Fee", "kind": "recurring",
           "terms": {"model": "flat", "amount": "9"}}  # fmt: skip
    use = {"book": book["id"], "code": "sms", "name": "Message", "kind": "metered", "meter": "sms",
           "terms": {"model": "volume", "tiers": [{"upto": "100", "unit": "1"}, {"unit": "0.5"}]}}  # fmt: skip
    here = f"/plans/{plan['id']}/draft"
    draft = see.send("PUT", here, {"scope": "new", "prices": [fee, use]}).json()
    assert [(each["code"], each["warnings"]) for each in draft["prices"]] == [
        ("fee", []), ("sms", ["Just above 100 costs less in all than 100."]),
    ]  # fmt: skip
    assert see.get(here).json() == draft
    made = see.post(f"{here}/publish", {"revision": draft["revision"]}).json()
    assert [made["number"], PlanVersion.objects.get().public_id] == [1, made["id"]]
    assert list(Price.objects.order_by("code").values_list("code", "terms__amount")) == [("fee", "9"), ("sms", None)]
    assert see.get(here).json()["code"] == "draft_not_found"
    verbs = set(AuditEntry.objects.filter(door="api").values_list("verb", flat=True))
    assert {"product.add", "plan.add", "draft.begin", "draft.write", "version.publish"} <= verbs


def test_every_fault_of_a_draft_is_named_and_nothing_is_written(world: World) -> None:
    plan, see = world.plan("cloud", world.monthly("49")).plan, staff_key(StaffRole.CATALOGUE)
    book = price_book(world.brand, "EUR").public_id
    price = {"book": book, "code": "fee", "name": "Fee", "kind": "recurring"}
    bad = [{**price, "terms": {"model": "flat"}}, {**price, "terms": {"model": "odd"}},
           {**price, "book": "bok_" + "a" * 24, "terms": {"model": "flat", "amount": "1"}}]  # fmt: skip
    answer = see.send("PUT", f"/plans/{plan.public_id}/draft", {"prices": bad})
    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["problems"]] == [
        ("prices[0].terms.amount", "missing"), ("prices[1].terms.model", "unknown_model"),
        ("prices[2].book", "book_not_found"),
    ]  # fmt: skip
    twice = [{**price, "terms": {"model": "flat", "amount": "1"}}] * 2
    assert see.send("PUT", f"/plans/{plan.public_id}/draft", {"prices": twice}).json()["code"] == "price_twice"
    assert Draft.objects.count() == 0


def test_what_was_changed_meanwhile_is_not_written_over(world: World) -> None:
    plan, see = world.plan("cloud", world.monthly("49")).plan, staff_key(StaffRole.CATALOGUE)
    for address, body in (
        (f"/plans/{plan.public_id}", {"name": "Other"}),
        (f"/products/{plan.product.public_id}", {"name": "Other"}),
    ):
        tag = {"If-Match": see.get(address)["ETag"]}
        assert see.send("PUT", address, body, headers=tag).json()["name"] == "Other"
        assert see.send("PUT", address, {"name": "Third"}, headers=tag).status_code == 412
    draft = see.post(f"/plans/{plan.public_id}/draft", {}).json()
    assert see.post(f"/plans/{plan.public_id}/draft/drop", {"revision": 9}).json()["code"] == "draft_changed"
    assert see.post(f"/plans/{plan.public_id}/draft/drop", {"revision": draft["revision"]}).status_code == 200
    assert [Plan.objects.get().name, Product.objects.get().name, Draft.objects.count()] == ["Other", "Other", 0]


@pytest.mark.parametrize("hide", ["plan", "product"])
def test_a_customer_lists_what_is_neither_hidden_nor_archived(world: World, hide: str) -> None:
    plan = world.plan("cloud", world.monthly("49")).plan
    see, by = customer_key(world.customer().row.pk), By("ada", "staff")
    sold: Any = plan if hide == "plan" else plan.product

    def listed() -> list[int]:
        return [len(see.get(each).json()["data"]) for each in ("/products", "/plans")]

    seen = [1, 0] if hide == "plan" else [0, 0]
    assert listed() == [1, 1]
    editing.describe(sold, Told("Cloud", hidden=True), by=by)
    assert listed() == seen
    editing.describe(sold, Told("Cloud"), by=by)
    editing.archive(sold, by=by)
    assert listed() == seen
    # Who has it can still read what it is.
    assert see.get(f"/plans/{plan.public_id}").status_code == 200


@pytest.mark.parametrize("role", ["viewer", "support", "billing", "finance", "auditor"])
def test_who_does_not_keep_the_catalogue_changes_nothing(world: World, role: str) -> None:
    plan, see = world.plan("cloud", world.monthly("49")).plan, staff_key(StaffRole(role))
    acts = [("POST", f"/plans/{plan.public_id}/archive", {}), ("POST", f"/plans/{plan.public_id}/draft", {}),
            ("PUT", f"/plans/{plan.public_id}", {"name": "x"}),
            ("POST", f"/plans/{plan.public_id}/draft/publish", {"revision": 1})]  # fmt: skip
    assert [see.send(*each).json()["code"] for each in acts] == ["role_missing"] * len(acts)
    plan.refresh_from_db()
    assert [plan.name, plan.archived_at, Draft.objects.count()] == ["Cloud", None, 0]
