"""Features over the API: what counts for whom, and what cannot be set."""

import pytest

from tollbook.api.tests.conftest import Caller, customer_key, staff_key
from tollbook.customers.access import feature_on as on
from tollbook.customers.models import CustomerGroup
from tollbook.features.models import FeatureValue
from tollbook.identity.models import AuditEntry, StaffRole
from tollbook.site.tests.world import World

KEY = "portal.show_wallet"


def test_the_nearest_level_counts(world: World, admin: Caller) -> None:
    group = CustomerGroup.objects.create(brand=world.brand, code="gold", name="Gold")
    gold, plain = world.customer("acme", group=group).row, world.customer("bolt").row
    steps = [
        ("installation", "", False, (False, False)),
        ("brand", world.brand.public_id, True, (True, True)),
        ("group", group.public_id, False, (False, True)),
        ("customer", gold.public_id, True, (True, True)),
        ("customer", plain.public_id, False, (True, False)),
        ("customer", gold.public_id, None, (False, False)),
    ]
    assert (on(gold, KEY), on(plain, KEY)) == (True, True)
    for scope, scope_id, given, expected in steps:
        response = admin.put(f"/features/{KEY}", {"value": given, "scope": scope, "scope_id": scope_id})
        assert response.status_code == 200, response.json()
        assert (on(gold, KEY), on(plain, KEY)) == expected, scope
    assert FeatureValue.objects.count() == AuditEntry.objects.filter(verb="feature.set").count() == len(steps)
    entry = AuditEntry.objects.filter(verb="feature.set").order_by("pk").last()
    assert entry is not None and entry.customer_id == gold.pk and entry.actor.startswith("administrator@")
    listed = {f["key"]: f for f in admin.get("/features", customer=gold.public_id).json()["data"]}
    assert (listed[KEY]["value"], listed[KEY]["set_at"], listed[KEY]["default"]) == (False, "group", True)
    assert listed[KEY]["schema"]["type"] == "boolean"
    everywhere = {f["key"]: f for f in admin.get("/features").json()["data"]}
    assert (everywhere[KEY]["value"], everywhere[KEY]["set_at"]) == (False, "installation")
    brand = {f["key"]: f for f in admin.get("/features", brand=world.brand.public_id).json()["data"]}
    assert (brand[KEY]["value"], brand[KEY]["set_at"]) == (True, "brand")


def test_a_value_counts_from_its_instant_on(world: World, admin: Caller) -> None:
    body = {"value": False, "scope": "installation", "valid_from": "2026-05-10T00:00:00+02:00"}
    answer = admin.put(f"/features/{KEY}", body)
    assert answer.json()["valid_from"] == "2026-05-09T22:00:00Z"
    acme = world.customer("acme").row
    assert on(acme, KEY) is True
    assert on(world.on("2026-05-10").customer("acme").row, KEY) is False


@pytest.mark.parametrize(
    ("key", "change", "status", "code"),
    [
        ("portal.nothing", {}, 404, "feature_not_found"),
        (KEY, {"value": "yes"}, 409, "feature_value_wrong"),
        (KEY, {"value": 1}, 409, "feature_value_wrong"),
        ("api.requests_per_minute", {"value": 0}, 409, "feature_value_wrong"),
        ("api.requests_per_minute", {"value": "7"}, 409, "feature_value_wrong"),
        ("api.requests_per_minute", {"value": 7, "scope": "customer"}, 409, "feature_level_wrong"),
        (KEY, {"scope_id": "cus_x"}, 409, "scope_id_wrong"),
        (KEY, {"scope": "brand"}, 409, "scope_id_wrong"),
        (KEY, {"scope": "brand", "scope_id": "brd_x"}, 404, "scope_not_found"),
        (KEY, {"scope": "customer", "scope_id": "cus_x"}, 404, "scope_not_found"),
        (KEY, {"valid_from": "2026-04-30T00:00:00Z"}, 409, "in_the_past"),
        (KEY, {"valid_from": "2026-06-01"}, 422, "invalid"),
        (KEY, {"scope": "planet"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_set(
    world: World, admin: Caller, key: str, change: dict[str, object], status: int, code: str
) -> None:
    body = {"value": True, "scope": "installation", **change}
    if body["scope"] == "customer" and "scope_id" not in change:
        body["scope_id"] = world.customer("acme").row.public_id
    response = admin.put(f"/features/{key}", body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert FeatureValue.objects.count() == 0


def test_only_an_administrator_sets(world: World) -> None:
    body = {"value": False, "scope": "installation"}
    assert staff_key(StaffRole.FINANCE).put(f"/features/{KEY}", body).json()["code"] == "role_missing"
    acme = customer_key(world.customer("acme").row.pk)
    assert acme.put(f"/features/{KEY}", body).json()["code"] == "staff_only"
    assert acme.get("/features").json()["code"] == "staff_only"
    assert FeatureValue.objects.count() == 0
