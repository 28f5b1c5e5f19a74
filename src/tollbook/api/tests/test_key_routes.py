"""Keys that make keys: never more than they are themselves, and shown once."""

from typing import Any

import pytest
from django.test import override_settings

from tollbook.api.models import KeptAnswer
from tollbook.api.tests.conftest import Caller, customer_key, staff_key
from tollbook.identity.actions import create_key
from tollbook.identity.models import ApiKey, AuditEntry, StaffRole
from tollbook.identity.rules import check_addresses, may_come_from
from tollbook.kernel.errors import Refused
from tollbook.site.tests.world import World

NEW = {"name": "CI", "scopes": ["usage:write"]}


def test_a_key_is_made_used_and_ended(world: World) -> None:
    acme = world.customer("acme").row
    caller = customer_key(acme.pk)
    made = caller.post("/keys", {**NEW, "scopes": ["customers:read"], "expires_at": "2027-01-01T00:00:00Z"})
    assert made.status_code == 201, made.content
    found = made.json()
    text = found.pop("text")
    assert text.startswith(found["prefix"]) and found["customer"] == acme.public_id and found["user"] is None
    assert Caller(text).get(f"/customers/{acme.public_id}").status_code == 200
    assert caller.get(f"/keys/{found['id']}").json() == {**found, "last_used_at": "2026-05-01T00:00:00Z"}
    assert caller.get("/keys").json()["data"][0]["id"] == found["id"]
    ended = caller.send("POST", f"/keys/{found['id']}/revoke", headers={"Idempotency-Key": "end"})
    assert (ended.status_code, ended.json()["revoked_at"]) == (200, "2026-05-01T00:00:00Z")
    assert Caller(text).get("/customers").status_code == 401
    assert [e.verb for e in AuditEntry.objects.filter(subject=found["id"]).order_by("pk")] == [
        "key.create",
        "key.revoke",
    ]


def test_the_text_is_kept_nowhere(world: World) -> None:
    caller = customer_key(world.customer("acme").row.pk)
    first = caller.post("/keys", NEW, key="once")
    again = caller.post("/keys", NEW, key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == {**again.json(), "text": first.json()["text"]}
    assert again.json()["text"] is None
    assert ApiKey.objects.count() == 2 and KeptAnswer.objects.count() == 0
    other = caller.post("/keys", {**NEW, "name": "other"}, key="once")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scopes": ["*:write"]}, "scope_not_held"),
        ({"scopes": ["wallets:write"]}, "scope_not_held"),
        ({"scopes": ["usage:delete"]}, "bad_scope"),
        ({"addresses": ["192.0.2.1/24"]}, "bad_address"),
        ({"expires_at": "2026-05-01T00:00:00Z"}, "already_expired"),
        ({"customer": "cus_" + "a" * 24}, "customer_not_found"),
    ],
)
def test_no_key_gives_away_more_than_it_has(world: World, change: dict[str, Any], code: str) -> None:
    caller = customer_key(world.customer("acme").row.pk, ["keys:write", "usage:write"])
    refused = caller.post("/keys", {**NEW, **change})
    assert refused.json()["code"] == code
    assert ApiKey.objects.count() == 1


def test_whose_keys_are_seen_and_made(world: World) -> None:
    acme, other = world.customer("acme").row, world.customer("other").row
    mine, theirs = customer_key(acme.pk), customer_key(other.pk)
    billing, admin = staff_key(StaffRole.BILLING), staff_key(StaffRole.ADMINISTRATOR)
    ids = {caller.token: caller.get("/keys").json()["data"] for caller in (mine, theirs, billing, admin)}
    assert [len(found) for found in ids.values()] == [1, 1, 1, 4]
    foreign = ids[theirs.token][0]["id"]
    for caller in (mine, billing):
        assert caller.get(f"/keys/{foreign}").json()["code"] == "key_not_found"
        assert caller.post(f"/keys/{foreign}/revoke", {}).json()["code"] == "key_not_found"
    assert theirs.get("/keys").status_code == 200
    refused = billing.post("/keys", {**NEW, "customer": acme.public_id})
    assert refused.json()["code"] == "administrator_only"
    made = admin.post("/keys", {**NEW, "customer": acme.public_id}).json()
    assert made["customer"] == acme.public_id
    own = billing.post("/keys", NEW).json()
    assert (own["customer"], own["user"]) == (None, ids[billing.token][0]["user"])
    assert admin.post(f"/keys/{foreign}/revoke", {}).status_code == 200
    assert theirs.get("/keys").status_code == 401


def test_an_act_without_a_body_takes_none(world: World) -> None:
    caller = customer_key(world.customer("acme").row.pk)
    path = f"/keys/{ApiKey.objects.get().public_id}/revoke"
    refused = caller.post(path, {"why": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert caller.get("/keys").status_code == 200
    assert caller.post(path, {}).status_code == 200


def test_a_key_opens_from_its_addresses_alone(world: World) -> None:
    acme = world.customer("acme").row
    made = create_key("x", scopes=["*:read"], customer_id=acme.pk, addresses=["192.0.2.0/24", "2001:db8::/32"])
    caller = Caller(made.text)
    refused = caller.get("/customers")
    assert (refused.status_code, refused.json()["code"]) == (403, "address_not_allowed")
    assert refused.json()["details"] == {"address": "127.0.0.1"}
    assert ApiKey.objects.get().last_used_at is None
    caller.client.defaults["REMOTE_ADDR"] = "192.0.2.77"
    assert caller.get("/customers").status_code == 200
    # What a caller writes into the header proves nothing, unless our own proxy stands before us: then its last entry.
    caller.client.defaults["REMOTE_ADDR"] = "10.0.0.1"
    caller.client.defaults["HTTP_X_FORWARDED_FOR"] = "192.0.2.77"
    assert caller.get("/customers").status_code == 403
    with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        assert caller.get("/customers").status_code == 200
        caller.client.defaults["HTTP_X_FORWARDED_FOR"] = "192.0.2.77, 203.0.113.9"
        assert caller.get("/customers").status_code == 403


@pytest.mark.parametrize(
    ("networks", "address", "expected"),
    [
        ([], "", True),
        (["192.0.2.7/32"], "192.0.2.7", True),
        (["192.0.2.7/32"], "::ffff:192.0.2.7", True),
        (["192.0.2.7/32"], "192.0.2.8", False),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["0.0.0.0/0"], "unix", False),
    ],
)
def test_networks(networks: list[str], address: str, expected: bool) -> None:
    assert may_come_from(networks, address) is expected


def test_networks_are_spelt_one_way() -> None:
    assert check_addresses(["192.0.2.7", "2001:DB8::/32", "192.0.2.7/32"]) == ["192.0.2.7/32", "2001:db8::/32"]
    for wrong in ([7], [""], ["192.0.2.7/33"], ["host"], [f"10.0.0.{n}" for n in range(51)]):
        with pytest.raises(Refused) as error:
            check_addresses(wrong)
        assert error.value.code == "bad_address"
