"""What every route has in common: one error shape, request ids, keys that make a request happen once."""

from typing import Any

import pytest
from django.test import Client

from tollbook.api.models import KeptAnswer
from tollbook.api.once import forget
from tollbook.api.tests.conftest import Caller, customer_key, staff_key
from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.identity.models import AuditEntry, StaffRole
from tollbook.site.tests.world import World
from tollbook.wallets.actions import open_wallet
from tollbook.wallets.models import Movement, Wallet

SHAPE = {"code", "message", "param", "request_id"}


def wallet_of(world: World, reference: str = "acme") -> Wallet:
    return open_wallet(world.customer(reference).row, "EUR")


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status", "code"),
    [
        ("GET", "/nothing", None, "", 404, "not_found"),
        ("GET", "/", None, "", 404, "not_found"),
        ("GET", "/customers/a%00b", None, "", 404, "not_found"),
        ("GET", "/customers/" + "a" * 200, None, "", 404, "not_found"),
        ("GET", "/customers/cus_none", None, "", 404, "customer_not_found"),
        ("DELETE", "/customers", None, "", 405, "method_not_allowed"),
        ("PATCH", "/customers", "{}", "application/json", 405, "method_not_allowed"),
        ("GET", "/customers?colour=red", None, "", 422, "invalid"),
        ("GET", "/customers?limit=101", None, "", 422, "invalid"),
        ("GET", "/customers?limit=0", None, "", 422, "invalid"),
        ("GET", "/customers?limit=x", None, "", 422, "invalid"),
        ("GET", "/customers?reference=a%00b", None, "", 422, "invalid"),
        ("GET", "/customers?cursor=%25%25", None, "", 409, "bad_cursor"),
        ("GET", "/customers?cursor=AAAA", None, "", 409, "bad_cursor"),
        ("GET", "/invoices?issued_from=2201-01-01", None, "", 422, "invalid"),
        ("GET", "/usage", None, "", 422, "invalid"),
        ("POST", "/customers", "", "application/json", 400, "body_empty"),
        ("POST", "/customers", "  \n", "application/json", 400, "body_empty"),
        ("POST", "/customers", "{", "application/json", 400, "malformed_json"),
        ("POST", "/customers", b"\xff\xfe{}", "application/json", 400, "malformed_json"),
        ("POST", "/customers", b"\xef\xbb\xbf{}", "application/json", 400, "malformed_json"),
        ("POST", "/customers", "{'a': 1}", "application/json", 400, "malformed_json"),
        ("POST", "/customers", "[" * 100_000, "application/json", 400, "json_too_deep"),
        ("POST", "/customers", "[" * 30 + "]" * 30, "application/json", 400, "json_too_deep"),
        ("POST", "/customers", '{"name": 1, "name": 2}', "application/json", 400, "duplicate_field"),
        ("POST", "/customers", '{"name": NaN}', "application/json", 422, "not_finite"),
        ("POST", "/customers", '{"name": ' + "9" * 5000 + "}", "application/json", 422, "too_many_digits"),
        ("POST", "/customers", "{}", "text/plain", 415, "not_json"),
        ("POST", "/customers", "a=b", "application/x-www-form-urlencoded", 415, "not_json"),
        ("POST", "/customers", '"' + "x" * 300_000 + '"', "application/json", 413, "body_too_large"),
        ("POST", "/usage", "[" + " " * 5_000_000 + "]", "application/json", 413, "body_too_large"),
        ("POST", "/customers", "[]", "application/json", 422, "invalid"),
        ("POST", "/customers", "null", "application/json", 422, "invalid"),
        ("POST", "/customers", '"text"', "application/json", 422, "invalid"),
    ],
)
def test_every_error_has_one_shape(
    admin: Caller, *, method: str, path: str, body: Any, content_type: str, status: int, code: str
) -> None:
    headers = {"Idempotency-Key": "k1", "X-Request-Id": "my-request-1"}
    response = admin.send(method, path, body, headers=headers, content_type=content_type)
    found = response.json()
    assert (response.status_code, found["code"]) == (status, code), found
    assert SHAPE <= found.keys() <= SHAPE | {"details", "problems"}
    assert found["request_id"] == response["X-Request-Id"] == "my-request-1"
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    assert KeptAnswer.objects.count() == Customer.objects.count() == 0


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with blank in it", "bad\x7fid-1234"])
def test_a_request_id_that_cannot_be_is_replaced(admin: Caller, given: str) -> None:
    response = admin.send("GET", "/customers", headers={"X-Request-Id": given})
    assert response["X-Request-Id"].startswith("req_") and len(response["X-Request-Id"]) == 28


def test_a_fault_of_ours_shows_no_trace(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> object:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("tollbook.customers.api.chosen", fail)
    response = admin.get("/customers")
    assert response.status_code == 500
    assert response.json()["code"] == "internal_error"
    assert "secret detail" not in response.content.decode()


def test_the_database_away_is_try_again(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def fail(*args: object) -> object:
        raise OperationalError("deadlock detected")

    monkeypatch.setattr("tollbook.customers.api.chosen", fail)
    response = admin.get("/customers")
    assert (response.status_code, response.json()["code"], response["Retry-After"]) == (503, "database_busy", "2")


def test_once_per_idempotency_key(world: World, admin: Caller) -> None:
    wallet = wallet_of(world)
    path, body = f"/wallets/{wallet.public_id}/top-ups", {"amount": "50.00", "currency": "EUR"}
    first = admin.post(path, body, key="pay-1")
    again = admin.post(path, body, key="pay-1")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.json()["balance_after"] == {"amount": "50.00", "currency": "EUR"}
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    other = admin.post(path, {**body, "amount": "51.00"}, key="pay-1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    elsewhere = admin.post("/customers", {}, key="pay-1")
    assert elsewhere.json()["code"] == "idempotency_conflict"
    assert Movement.objects.count() == 1
    assert AuditEntry.objects.filter(verb="wallet.top_up").count() == 1


def test_keys_are_each_principals_own(world: World, admin: Caller) -> None:
    wallet = wallet_of(world)
    path, body = f"/wallets/{wallet.public_id}/top-ups", {"amount": "5", "currency": "EUR"}
    assert admin.post(path, body, key="same").status_code == 201
    assert staff_key(StaffRole.FINANCE).post(path, body, key="same").status_code == 201
    assert [m.amount for m in Movement.objects.order_by("pk")] == [5, 5]


def test_a_refusal_changes_nothing_and_keeps_its_key_free(world: World, admin: Caller) -> None:
    wallet = wallet_of(world)
    path = f"/wallets/{wallet.public_id}/top-ups"
    refused = admin.post(path, {"amount": "0", "currency": "EUR"}, key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "amount_not_positive")
    mismatch = admin.post(path, {"amount": "1", "currency": "USD"}, key="k")
    assert (mismatch.status_code, mismatch.json()["code"]) == (409, "currency_mismatch")
    assert KeptAnswer.objects.count() == Movement.objects.count() == 0
    assert admin.post(path, {"amount": "1", "currency": "EUR"}, key="k").status_code == 201


def test_a_movement_stays_once_when_its_answer_is_forgotten(world: World, admin: Caller) -> None:
    wallet = wallet_of(world)
    path, body = f"/wallets/{wallet.public_id}/top-ups", {"amount": "50.00", "currency": "EUR"}
    admin.post(path, body, key="pay-1")
    assert forget(world.now) == 0
    world.on("2026-06-01")
    assert forget(world.now) == 1
    again = admin.post(path, body, key="pay-1")
    assert (again.status_code, again.json()["balance_after"]["amount"]) == (201, "50.00")
    assert Movement.objects.count() == 1


@pytest.mark.parametrize(
    ("key", "code"),
    [("", "idempotency_key_missing"), ("with blank", "idempotency_key_bad"), ("x" * 201, "idempotency_key_bad")],
)
def test_a_post_names_itself(world: World, admin: Caller, key: str, code: str) -> None:
    response = admin.post("/customers", {}, key=key)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_an_answer_is_kept_as_it_was(admin: Caller, world: World) -> None:
    from django.db import DatabaseError, transaction

    wallet = wallet_of(world)
    admin.post(f"/wallets/{wallet.public_id}/top-ups", {"amount": "1", "currency": "EUR"})
    with pytest.raises(DatabaseError), transaction.atomic():
        KeptAnswer.objects.update(status=500)


def test_a_session_cookie_opens_nothing(world: World) -> None:
    from tollbook.identity.actions import create_user

    client = Client()
    client.force_login(create_user("root@harbour.example", "Root", staff_role=StaffRole.ADMINISTRATOR))
    assert client.get("/api/v1/customers").status_code == 401


def test_the_answer_names_the_clock_of_the_installation(world: World, admin: Caller) -> None:
    wallet = wallet_of(world)
    movement = admin.post(f"/wallets/{wallet.public_id}/top-ups", {"amount": "1", "currency": "EUR"}).json()
    assert movement["at"] == "2026-05-01T00:00:00Z"
    assert clock.now() == world.now


def test_a_customer_pays_nothing_into_its_own_wallet(world: World) -> None:
    wallet = wallet_of(world)
    caller = customer_key(wallet.customer_id)
    response = caller.post(f"/wallets/{wallet.public_id}/top-ups", {"amount": "1", "currency": "EUR"})
    assert (response.status_code, response.json()["code"]) == (403, "staff_only")
    assert Movement.objects.count() == 0
