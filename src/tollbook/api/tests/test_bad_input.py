"""Bad input, as a table: each fault has its own code, names its field, and writes nothing."""

from typing import Any

import pytest
from django.db import connection

from tollbook.api.tests.conftest import Caller
from tollbook.site.tests.world import World
from tollbook.wallets.actions import open_wallet

FACTS = (
    "usage_event",
    "usage_hour",
    "usage_batch",
    "usage_conflict",
    "customers_customer",
    "customers_project",
    "subscriptions_subscription",
    "wallets_movement",
    "ledger_transaction",
    "features_value",
    "api_kept_answer",
    "identity_audit_entry",
)


def counts() -> list[int]:
    """Rows in every table that a route writes."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT count(*) FROM {name})" for name in FACTS))
        return [row[0] for row in cursor.fetchall()]


def refused(caller: Caller, method: str, path: str, body: object) -> list[tuple[str, str]]:
    """(field, code) of each problem of a request that must be refused with 422 and write nothing."""
    caller.get("/meters")
    before = counts()
    response = caller.send(method, path, body, headers={"Idempotency-Key": "k"})
    found = response.json()
    assert response.status_code == 422, found
    assert counts() == before
    problems = found.get("problems", [{"field": found["param"], "code": found["code"]}])
    return [(problem["field"], problem["code"]) for problem in problems]


EVENT = {"id": "e1", "meter": "sms", "quantity": "1", "at": "2026-05-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"quantity": 0.1}, ("quantity", "float_refused")),
        ({"quantity": "NaN"}, ("quantity", "not_finite")),
        ({"quantity": "-Infinity"}, ("quantity", "not_finite")),
        ({"quantity": "12345678901234567"}, ("quantity", "too_many_digits")),
        ({"quantity": "0.1234567890123"}, ("quantity", "too_many_digits")),
        ({"quantity": "1e9999"}, ("quantity", "too_many_digits")),
        ({"quantity": "-1"}, ("quantity", "negative_refused")),
        ({"quantity": "1,5"}, ("quantity", "not_a_number")),
        ({"quantity": "\u0661"}, ("quantity", "not_a_number")),
        ({"quantity": True}, ("quantity", "not_a_number")),
        ({"quantity": None}, ("quantity", "not_a_number")),
        ({"quantity": ["1"]}, ("quantity", "not_a_number")),
        ({"at": "2026-05-01T00:00:00"}, ("at", "naive_datetime")),
        ({"at": "1969-12-31T23:59:59Z"}, ("at", "out_of_range")),
        ({"at": "2201-01-01T00:00:00Z"}, ("at", "out_of_range")),
        ({"at": "yesterday"}, ("at", "not_a_datetime")),
        ({"at": 1746057600}, ("at", "not_a_datetime")),
        ({"id": "a\0b"}, ("id", "text_nul")),
        ({"id": "a\x07b"}, ("id", "text_control")),
        ({"id": "a\u202eb"}, ("id", "text_bidi")),
        ({"id": "\ud800"}, ("id", "text_surrogate")),
        ({"id": "x" * 121}, ("id", "text_too_long")),
        ({"id": ""}, ("id", "text_empty")),
        ({"id": 7}, ("id", "text_wrong")),
        ({"meter": "fax"}, ("meter", "meter_not_found")),
        ({"customer": "cus_none"}, ("customer", "customer_not_found")),
        ({"customer": ""}, ("customer", "customer_not_found")),
        ({"subscription": "sub_none"}, ("subscription", "subscription_not_found")),
        ({"colour": "red"}, ("'colour'", "unknown_field")),
        ({"dimensions": ["de"]}, ("dimensions", "not_an_object")),
        ({"dimensions": {"country": 49}}, ("dimensions.country", "text_wrong")),
        ({"dimensions": {"country": "x" * 201}}, ("dimensions.country", "text_too_long")),
        ({"resource": "x" * 501}, ("resource", "text_too_long")),
    ],
)
def test_usage(world: World, admin: Caller, change: dict[str, Any], expected: tuple[str, str]) -> None:
    world.meter("sms")
    acme = world.customer("acme").row
    good = {**EVENT, "customer": acme.public_id}
    body = {"events": [{**good, "id": "e0"}, {**good, **change}]}
    assert refused(admin, "POST", "/usage", body) == [expected]
    assert refused(admin, "POST", "/usage", {**good, **change}) == [expected]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[]", [("body", "not_an_object")]),
        ("7", [("body", "not_an_object")]),
        ("{}", [("id", "text_wrong"), ("meter", "text_wrong"), ("quantity", "not_a_number"), ("at", "not_a_datetime")]),
        ('{"events": []}', [("events", "batch_empty")]),
        ('{"events": {}}', [("events", "not_a_list")]),
        ('{"events": [7], "more": 1}', [("'more'", "unknown_field")]),
        ('{"events": [7, null]}', [("event", "not_an_object"), ("event", "not_an_object")]),
        ('{"events": [' + ",".join(["{}"] * 1001) + "]}", [("events", "batch_too_large")]),
        ('{"id": "e", "quantity": NaN}', [(None, "not_finite")]),
        ('{"id": "e", "quantity": Infinity}', [(None, "not_finite")]),
    ],
)
def test_a_body_that_is_no_usage(admin: Caller, body: str, expected: list[tuple[str | None, str]]) -> None:
    assert refused(admin, "POST", "/usage", body) == expected


def test_every_problem_of_a_batch_is_told_at_once(world: World, admin: Caller) -> None:
    world.meter("sms")
    good = {**EVENT, "customer": world.customer("acme").row.public_id}
    events = [good, {**good, "id": "", "quantity": 0.5}, good, {**good, "at": "2026-05-01T00:00"}]
    response = admin.post("/usage", {"events": events})
    found = response.json()
    assert response.status_code == 422
    assert [(p["row"], p["field"], p["code"]) for p in found["problems"]] == [
        (2, "id", "text_empty"),
        (2, "quantity", "float_refused"),
        (4, "at", "naive_datetime"),
    ]
    assert found["problems"][1] == {
        "row": 2,
        "field": "quantity",
        "value": "0.5",
        "code": "float_refused",
        "reason": "quantity 0.5: a binary fraction is not exact: give the number as text, such as '0.1'",
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount": 0.1}, ("amount", "float_refused")),
        ({"amount": "Infinity"}, ("amount", "not_finite")),
        ({"amount": "nan"}, ("amount", "not_finite")),
        ({"amount": "1" * 30}, ("amount", "too_many_digits")),
        ({"amount": "-5"}, ("amount", "negative_refused")),
        ({"amount": "five"}, ("amount", "not_a_number")),
        ({"amount": None}, ("amount", "not_a_number")),
        ({"amount": {}}, ("amount", "not_a_number")),
        ({"currency": "XYZ"}, ("currency", "unknown_currency")),
        ({"currency": "eur"}, ("currency", "unknown_currency")),
        ({"currency": 978}, ("currency", "unknown_currency")),
        ({"gateway": "a\0b"}, ("gateway", "text_nul")),
        ({"gateway": "x" * 41}, ("gateway", "text_too_long")),
        ({"gateway": " "}, ("gateway", "text_empty")),
        ({"gateway": 1}, ("gateway", "text_wrong")),
        ({"gateway": "Bank of X"}, ("gateway", "bad_code")),
        ({"colour": "red"}, ("colour", "unknown_field")),
    ],
)
def test_top_up(world: World, admin: Caller, change: dict[str, Any], expected: tuple[str, str]) -> None:
    wallet = open_wallet(world.customer("acme").row, "EUR")
    body = {"amount": "1", "currency": "EUR", **change}
    assert refused(admin, "POST", f"/wallets/{wallet.public_id}/top-ups", body) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": None}, [("name", "text_wrong")]),
        ({"name": "x" * 201}, [("name", "text_too_long")]),
        ({"name": "a\u2066b", "reference": ""}, [("name", "text_bidi"), ("reference", "text_empty")]),
        ({"kind": "robot"}, [("kind", "unknown_choice")]),
        ({"billing_plan": "postpaid"}, [("billing_plan", "unknown_choice")]),
        ({"currency": "XXY"}, [("currency", "unknown_currency")]),
        ({"zone": "Mars/Base"}, [("zone", "unknown_zone")]),
        ({"zone": "../etc/passwd"}, [("zone", "unknown_zone")]),
        ({"email": "nobody"}, [("email", "bad_email")]),
        ({"brand": "harbour"}, [("brand", "bad_id")]),
        ({"brand": "cus_" + "a" * 24}, [("brand", "bad_id")]),
        ({"group": 7}, [("group", "bad_id")]),
        ({"profile": {}}, [("profile.country", "required")]),
        ({"profile": {"country": "Ireland"}}, [("profile.country", "bad_country")]),
        ({"profile": {"country": "IE", "colour": 1}}, [("profile.colour", "unknown_field")]),
        ({"profile": []}, [("profile", "not_an_object")]),
        ({"projects": {}}, [("projects", "not_a_list")]),
        ({"projects": [{"reference": "a"}]}, [("projects.0.name", "required")]),
    ],
)
def test_customer(world: World, admin: Caller, change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    body = {
        "brand": world.brand.public_id,
        "name": "Acme",
        "reference": "acme",
        "profile": {"country": "IE"},
        **change,
    }
    assert refused(admin, "POST", "/customers", body) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"at": "2026-05-01T00:00:00"}, ("at", "naive_datetime")),
        ({"at": "1969-01-01T00:00:00Z"}, ("at", "out_of_range")),
        ({"at": "2201-01-01T00:00:00Z"}, ("at", "out_of_range")),
        ({"at": 5}, ("at", "not_a_datetime")),
        ({"months": 0}, ("months", "out_of_choice")),
        ({"months": 121}, ("months", "out_of_choice")),
        ({"months": 1.5}, ("months", "not_a_whole_number")),
        ({"months": "1"}, ("months", "not_a_whole_number")),
        ({"alignment": "moon"}, ("alignment", "unknown_choice")),
        ({"plan": "cloud"}, ("plan", "bad_id")),
    ],
)
def test_subscription(world: World, admin: Caller, change: dict[str, Any], expected: tuple[str, str]) -> None:
    version = world.plan("cloud", world.monthly("49"))
    body = {"customer": world.customer("acme").row.public_id, "plan": version.plan.public_id, **change}
    assert refused(admin, "POST", "/subscriptions", body) == [expected]
