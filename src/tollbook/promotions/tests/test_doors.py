"""Promotions over the API, in the customer portal and on staff pages."""

from typing import Any

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.customers.models import Membership
from tollbook.customers.tests.people import cast, queries, reader, same_as_missing, text
from tollbook.identity.models import AuditEntry, StaffRole, User
from tollbook.promotions.models import Promotion, Redemption
from tollbook.promotions.tests.stories import bought, gets, promise
from tollbook.site.tests.world import World


def test_made_checked_redeemed_and_withdrawn_over_the_api(world: World) -> None:
    acme, staff = bought(world), staff_key(StaffRole.BILLING)
    world.plan("other", world.monthly("1"))
    plan, product = world.plans["cloud"].plan, world.plans["other"].plan.product
    body = {
        "brand": world.brand.public_id, "code": "summer26", "name": "Summer 2026", "kind": "percent", "value": "20",
        "cycles": 3, "limit_total": 1, "plans": [plan.public_id], "products": [product.public_id], "months": [1, 12],
    }  # fmt: skip
    made = staff.post("/promotions", body, key="p1")
    assert made.status_code == 201
    found = Promotion.objects.get()
    assert made.json() == {
        "id": found.public_id, "brand": world.brand.public_id, "code": "SUMMER26", "name": "Summer 2026",
        "gives": "20 % off the fees, for 3 periods", "kind": "percent", "scope": "lines", "value": "20", "currency": None,
            "cycles": 3,
        "use": False, "stacks": "alone", "audience": "anybody", "products": [product.public_id],
        "plans": [plan.public_id], "months": [1, 12], "valid_from": "2026-05-01T00:00:00Z", "valid_to": None,
        "limit_total": 1, "limit_customer": None, "redeemed": 0, "withdrawn_at": None,
    }  # fmt: skip
    assert staff.post("/promotions", body, key="p1").json() == made.json()
    again = staff.post("/promotions", body, key="p2")
    assert (again.status_code, again.json()["code"]) == (409, "promotion_exists")
    lost = staff.post("/promotions", {**body, "code": "X", "plans": ["pln_" + "a" * 24]}, key="p3")
    assert (lost.status_code, lost.json()["code"]) == (404, "plan_not_found")
    address = f"/subscriptions/{acme.subscriptions['cloud'].public_id}"
    assert staff.get(f"{address}/promotion-check", code="summer26").json() == {
        "valid": True, "refusal": None, "reason": None, "gives": "20 % off the fees, for 3 periods",
        "counts_from": "2026-05-01T00:00:00Z", "counts_until": "2026-08-01T00:00:00Z",
    }  # fmt: skip
    assert Redemption.objects.count() == 0
    redeemed = staff.post(f"{address}/redemptions", {"code": "Summer26"}, key="r1")
    assert (redeemed.status_code, redeemed.json()["counts_until"]) == (201, "2026-08-01T00:00:00Z")
    assert staff.get(f"{address}/redemptions").json() == [redeemed.json()]
    assert customer_key(acme.row.pk).get(f"{address}/redemptions").json() == [redeemed.json()]
    bolt = world.customer("bolt").buys("cloud")
    theirs = f"/subscriptions/{bolt.subscriptions['cloud'].public_id}"
    refused = staff.post(f"{theirs}/redemptions", {"code": "SUMMER26"}, key="r2")
    assert (refused.status_code, refused.json()["code"]) == (409, "promotion_used_up")
    assert customer_key(bolt.row.pk).get(f"{theirs}/promotion-check", code="SUMMER26").json()["reason"] == (
        "code: SUMMER26 was redeemed 1 times, as often as it is given"
    )
    gone = staff.post(f"/promotions/{found.public_id}/withdraw", {"reason": "Over"}, key="w")
    assert (gone.status_code, gone.json()["withdrawn_at"]) == (200, "2026-05-01T00:00:00Z")
    assert staff.get("/promotions").json()["data"] == [gone.json()]
    assert staff.get(f"/promotions/{found.public_id}").json() == gone.json()
    verbs = AuditEntry.objects.filter(verb__startswith="promotion.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["promotion.add", "promotion.redeem", "promotion.withdraw"]


def test_a_customer_enters_a_code(world: World) -> None:
    acme = bought(world)
    promise(world, "SUMMER26", cycles=2)
    page = f"/portal/subscriptions/{acme.subscriptions['cloud'].public_id}/"
    owner, read_only = reader(acme.row), reader(acme.row, Membership.Role.READ_ONLY, "Lee Stone")
    assert "Enter a code" in text(owner, page) and "Promotions</h2>" not in text(read_only, page)
    enter = f"{page}promotion/"
    assert "Promotion code</h2>" in text(owner, enter)
    wrong = owner.post(enter, {"code": "NOSUCH\0", "act": "check"}).content.decode()
    assert "code: there is no such promotion" in wrong and "Redeem the code" not in wrong
    offered = owner.post(enter, {"code": "summer26", "act": "check"}).content.decode()
    assert "20 % off the fees, for 2 periods" in offered and "Redeem the code" in offered
    assert Redemption.objects.count() == 0
    assert owner.post(enter, {"code": "summer26", "act": "redeem"}).headers["Location"] == page
    for person in (owner, read_only):
        assert "Summer26 <span" in text(person, page) and "20 % off the fees, for 2 periods" in text(person, page)
    by = Redemption.objects.get().redeemed_by
    assert by and by == AuditEntry.objects.get(verb="promotion.redeem", door="portal").actor
    world.on("2026-05-20").close()
    promise(world, "NEVER", valid_from=world.now.replace(month=12))
    assert "is given from" in owner.post(enter, {"code": "never", "act": "redeem"}).content.decode()


def test_nobody_else_enters_one(world: World) -> None:
    acme = bought(world)
    promise(world, "SUMMER26")
    people = cast(acme.row, world.customer("bolt").row)
    enter = f"/portal/subscriptions/{acme.subscriptions['cloud'].public_id}/promotion/"
    for other in (people.colleague, people.stranger):
        assert same_as_missing(other, enter, "/portal/subscriptions/sub_nosuch/promotion/")
        assert other.post(enter, {"code": "SUMMER26", "act": "redeem"}).status_code == 404
    assert people.nobody.post(enter, {"code": "SUMMER26", "act": "redeem"}).status_code == 302
    assert Redemption.objects.count() == 0
    few = queries(people.owner, enter)
    acme.buys("cloud", key="another")
    assert queries(people.owner, enter) == few


def test_staff_make_look_at_and_withdraw_one(world: World, portal: Any) -> None:
    acme, see = bought(world), portal()
    new = f"/staff/promotions/new/{world.brand.public_id}/"
    assert see.staff.get(new).status_code == 404
    User.objects.filter(email="ada@harbour.example").update(staff_role=StaffRole.BILLING)
    assert "New promotion" in see.read("/staff/promotions/") and "Of Harbour Cloud." in see.read(new)
    assert "No promotions yet" in see.read("/staff/promotions/")
    form = {
        "code": "summer26", "name": "Summer", "kind": "percent", "value": "20",
        "cycles": "2", "stacks": "additive", "audience": "anybody", "plans": [world.plans["cloud"].plan.public_id],
        "valid_from": "2026-05-01", "valid_to": "2026-06-01", "limit_total": "10",
    }  # fmt: skip
    for fault, said in (
        ({"value": "x"}, "value"), ({"value": "101"}, "at most 100"), ({"kind": "?"}, "give one of percent, amount"),
        ({"valid_to": "2026-04-01"}, "is not after"), ({"cycles": "0"}, "from 1 to"), ({"code": "a b"}, "letters"),
    ):  # fmt: skip
        refused = see.staff.post(new, {**form, **fault})
        assert refused.status_code == 200 and said in refused.content.decode(), fault
    assert see.staff.post(new, {**form, "plans": ["pln_nosuch"]}).status_code == 404
    assert Promotion.objects.count() == 0
    made = see.staff.post(new, form)
    found = Promotion.objects.get()
    address = f"/staff/promotions/{found.public_id}/"
    assert (made.status_code, made.headers["Location"]) == (302, address)
    gets(acme, "SUMMER26")
    world.on("2026-06-01").charge()
    told = see.read(address)
    # 20 % of 10 and of 49.
    for words in ("20 % off the fees, for 2 periods", "Cloud", "at most 10", "In EUR", "11.80", "Acme"):
        assert words in told, words
    assert "SUMMER26" in see.read("/staff/promotions/?state=given")
    assert "SUMMER26" in see.read(f"/staff/subscriptions/{acme.subscriptions['cloud'].public_id}/")
    assert see.csv("/staff/promotions/")[1][0] == "SUMMER26" and see.csv(address)[1][1] == "Acme"
    assert see.staff.get(f"{address}withdraw/").status_code == 405
    assert see.staff.post(f"{address}withdraw/").headers["Location"] == address
    found.refresh_from_db()
    assert found.withdrawn_at == world.now
    assert "withdrawn" in see.read(address)
    User.objects.filter(email="ada@harbour.example").update(staff_role=StaffRole.SUPPORT)
    assert see.staff.post(new, {**form, "code": "more"}).status_code == 404
    assert see.staff.post(f"{address}withdraw/").status_code == 404
    assert Promotion.objects.count() == 1
