"""Who gets in, and how far."""

from datetime import timedelta

import pytest

from tollbook.api.tests.conftest import Caller, customer_key, staff_key
from tollbook.customers.models import Customer
from tollbook.features.actions import set_value
from tollbook.identity.actions import create_key, create_user, note_use, revoke_key
from tollbook.identity.models import ApiKey, AuditEntry, StaffRole
from tollbook.identity.queries import key_of
from tollbook.identity.rules import check_scopes, covers, digest_of, named_by, new_token
from tollbook.kernel.errors import NotFound, Refused
from tollbook.site.tests.world import World


def test_a_key_is_shown_once_and_stored_as_its_digest(world: World) -> None:
    acme = world.customer("acme").row
    made = create_key("CI", scopes=["usage:write", "usage:read"], customer_id=acme.pk, actor="ann", door="staff")
    row = ApiKey.objects.get(public_id=made.key.public_id)
    assert bytes(row.digest) == digest_of(made.text)
    assert (row.prefix, row.scopes) == (made.text[:17], ["usage:read", "usage:write"])
    assert made.text.startswith("tbk_live_") and len(made.text) == len("tbk_live_") + 24 + 1 + 52 + 1 + 8
    stored = [str(value) for value in ApiKey.objects.filter(pk=row.pk).values_list().get()]
    assert not any(made.text[20:60] in value for value in stored)
    entry = AuditEntry.objects.get(subject=row.public_id)
    assert (entry.verb, entry.actor, entry.door, entry.customer_id) == ("key.create", "ann", "staff", acme.pk)
    assert made.text not in str(entry.detail)


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("key_needs_holder", {}),
        ("no_scope", {"customer_id": 1, "scopes": []}),
        ("bad_scope", {"customer_id": 1, "scopes": ["everything"]}),
        ("bad_scope", {"customer_id": 1, "scopes": ["usage:delete"]}),
        ("bad_scope", {"customer_id": 1, "scopes": [7]}),
        ("text_empty", {"customer_id": 1, "name": " "}),
        ("text_nul", {"customer_id": 1, "name": "a\0b"}),
    ],
)
def test_a_key_that_cannot_be(world: World, code: str, more: dict[str, object]) -> None:
    with pytest.raises(Refused) as error:
        create_key(**{"name": "x", "scopes": ["usage:read"], **more})  # type: ignore[arg-type]  # wrong on purpose
    assert error.value.code == code
    assert (ApiKey.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_the_text_of_a_key() -> None:
    one, two = new_token(), new_token()
    assert one.text != two.text
    assert named_by(one.text) == one.public_id
    other = "a" if one.text[40] != "a" else "b"
    mistyped = one.text[:40] + other + one.text[41:]
    for wrong in ("", one.text[:-1], one.text + "0", one.text.replace("live", "test"), mistyped):
        assert named_by(wrong) is None


@pytest.mark.parametrize(
    ("scopes", "wanted", "expected"),
    [
        (["usage:read"], "usage:read", True),
        (["usage:write"], "usage:read", False),
        (["*:read"], "wallets:read", True),
        (["*:read"], "wallets:write", False),
        ([], "usage:read", False),
    ],
)
def test_scopes(scopes: list[str], wanted: str, expected: bool) -> None:
    assert covers(scopes, wanted) is expected
    assert check_scopes(["b-c:read", "*:write", "b-c:read"]) == ["*:write", "b-c:read"]


def test_a_key_that_ended_does_not_open(world: World) -> None:
    acme = world.customer("acme").row
    key = create_key("x", scopes=["*:read"], customer_id=acme.pk, expires_at=world.now + timedelta(days=1))
    caller = Caller(key.text)
    assert caller.get("/customers").status_code == 200
    world.on("2026-05-02")
    assert caller.get("/customers").json()["code"] == "key_wrong"
    other = create_key("y", scopes=["*:read"], customer_id=acme.pk)
    revoke_key(other.key.public_id, customer_id=acme.pk)
    revoke_key(other.key.public_id)
    assert Caller(other.text).get("/customers").status_code == 401
    assert [e.verb for e in AuditEntry.objects.filter(subject=other.key.public_id)] == ["key.create", "key.revoke"]
    with pytest.raises(NotFound):
        revoke_key(key.key.public_id, customer_id=acme.pk + 1)


def test_a_staff_key_ends_with_its_user(world: World) -> None:
    user = create_user("ann@harbour.example", "Ann", staff_role=StaffRole.BILLING)
    made = create_key("x", scopes=["*:read"], user=user)
    assert Caller(made.text).get("/customers").status_code == 200
    user.staff_role = StaffRole.NONE
    user.save()
    assert Caller(made.text).get("/customers").status_code == 401
    user.staff_role, user.is_active = StaffRole.BILLING, False
    user.save()
    assert Caller(made.text).get("/customers").status_code == 401
    with pytest.raises(Refused) as error:
        create_key("y", scopes=["*:read"], user=user)
    assert error.value.code == "not_staff"


@pytest.mark.parametrize(
    ("email", "name", "code"),
    [
        ("ann@harbour.example", "Ann", "email_taken"),
        ("ANN@Harbour.example", "Ann", "email_taken"),
        ("nobody", "Ann", "bad_email"),
        ("bob@harbour.example", "", "text_empty"),
    ],
)
def test_a_user_that_cannot_be(world: World, email: str, name: str, code: str) -> None:
    create_user("ann@harbour.example", "Ann")
    with pytest.raises(Refused) as error:
        create_user(email, name)
    assert error.value.code == code


def test_last_use_is_kept_to_within_minutes(world: World) -> None:
    made = create_key("x", scopes=["*:read"], customer_id=world.customer("acme").row.pk)
    Caller(made.text).get("/customers")
    row = ApiKey.objects.get()
    assert row.last_used_at == world.now
    note_use(row, world.now + timedelta(minutes=4))
    assert ApiKey.objects.get().last_used_at == world.now
    note_use(row, world.now + timedelta(minutes=5))
    assert ApiKey.objects.get().last_used_at == world.now + timedelta(minutes=5)
    assert key_of(made.text, world.now) == row


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "key_missing"),
        ("", "key_missing"),
        ("Basic dXNlcjpwYXNz", "key_missing"),
        ("Bearer", "key_missing"),
        ("Bearer tbk_live_x", "key_wrong"),
        ("Bearer " + "a" * 5000, "key_wrong"),
        ("Bearer tbk_live_" + "a" * 24 + "_" + "a" * 52 + "_00000000", "key_wrong"),
        ("Bearer tést", "key_wrong"),
    ],
)
def test_without_a_key(world: World, nobody: Caller, header: str | None, code: str) -> None:
    response = nobody.send("GET", "/customers", headers={} if header is None else {"Authorization": header})
    assert (response.status_code, response.json()["code"], response.json()["param"]) == (401, code, "Authorization")
    assert response["WWW-Authenticate"] == "Bearer"


def test_scope_and_role(world: World) -> None:
    acme = world.customer("acme").row
    reader = customer_key(acme.pk, ["customers:read"])
    assert reader.get("/customers").status_code == 200
    assert reader.get("/wallets").json()["code"] == "scope_missing"
    assert customer_key(acme.pk).post("/customers", {}).json()["code"] == "staff_only"
    viewer = staff_key(StaffRole.VIEWER)
    assert viewer.get("/customers").status_code == 200
    refused = viewer.post("/customers", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_missing")
    assert Customer.objects.count() == 1


def test_rate_limit(world: World, admin: Caller) -> None:
    set_value("api.requests_per_minute", 3)
    codes = [admin.get("/meters").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    refused = admin.get("/meters")
    assert refused.json()["code"] == "rate_limited"
    assert 1 <= int(refused["Retry-After"]) <= 60
    # Another holder has a count of its own.
    assert staff_key(StaffRole.VIEWER).get("/meters").status_code == 200
