"""Junk in every parameter and every field that the document names: refused or ignored, never a fault of ours."""

import copy
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tollbook.api.tests.conftest import Caller
from tollbook.site.tests.world import World

DEEP: list[Any] = []
for _ in range(15):
    DEEP = [DEEP]
TEXTS = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "💩" * 40,
    "x" * 900,
    "-1",
    "1e999",
    "99999999999999999999",
    "NaN",
    "'; DROP TABLE x; --",
    "../../etc/passwd",
    "{{7*7}}",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59+14:00",
    "1970-01-01T00:00:00+23:59",
    "2026-02-30",
    "MQ==",
    "[]",
]
VALUES: list[Any] = [*TEXTS, None, True, 0, -1, 10**40, 0.1, 1e308, [], {}, [None], {"a": {}}, DEEP]


@pytest.fixture
def document(db: None) -> Any:
    return Client().get("/api/v1/openapi.json").json()


def operations(document: Any, *methods: str) -> list[tuple[str, str, Any]]:
    return [
        (path.removeprefix("/api/v1"), method.upper(), operation)
        for path, found in document["paths"].items()
        for method, operation in found.items()
        if method in methods
    ]


def ids(world: World, path: str) -> str:
    """The path with an id of the world in each slot."""
    from tollbook.customers.models import Customer
    from tollbook.invoicing.models import Invoice, InvoiceLine
    from tollbook.kernel.money import Money
    from tollbook.payments.actions import receive
    from tollbook.subscriptions.models import Subscription
    from tollbook.wallets.models import Wallet

    plan = next(iter(world.plans.values())).plan.public_id
    path = path.replace("{plan_id}", plan).replace("{key}", "portal.show_usage")
    for name, model in (
        ("customer", Customer),
        ("invoice", Invoice),
        ("line", InvoiceLine),
        ("subscription", Subscription),
        ("wallet", Wallet),
    ):
        path = path.replace(f"{{{name}_id}}", model.objects.order_by("pk")[0].public_id)
    if "{payment_id}" in path:
        customer = Customer.objects.order_by("pk")[0]
        payment = receive(customer, Money(Decimal(1), "EUR"), "manual", "transfer")
        path = path.replace("{payment_id}", payment.public_id)
    return path


def raw(junk: object) -> object:
    """Text as bytes that can be sent; anything else as it is."""
    return junk.encode("utf-8", "replace") if isinstance(junk, str) else junk


def refused_well(response: Any, what: object) -> None:
    assert response.status_code < 500, (what, response.content[:300])
    if response.status_code >= 400:
        assert {"code", "message", "param", "request_id"} <= response.json().keys(), what


def test_parameters(busy: World, admin: Caller, document: Any) -> None:
    with connection.cursor() as cursor:
        # The busy world ends with checking at once; a payment is booked row by row.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    tried = 0
    for path, method, operation in operations(document, "get"):
        where = ids(busy, path)
        for parameter in operation["parameters"]:
            if parameter["in"] == "query":
                for junk in TEXTS:
                    given = junk.encode("utf-8", "replace").decode()
                    refused_well(admin.send(method, where, query={parameter["name"]: given}), (path, parameter, junk))
                    tried += 1
    assert tried > 400


def resolved(document: Any, schema: Any) -> Any:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def bodies(document: Any, operation: Any) -> list[dict[str, Any]]:
    """The examples of an operation's body; none where it takes no body."""
    if "requestBody" not in operation:
        return []
    content = operation["requestBody"]["content"]["application/json"]
    choices = content["schema"].get("oneOf", [content["schema"]])
    return [copy.deepcopy(example) for choice in choices for example in resolved(document, choice)["examples"]]


def test_bodies(busy: World, admin: Caller, document: Any) -> None:
    with connection.cursor() as cursor:
        # The busy world ends with checking at once; requests check when they commit.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    tried = 0
    for path, method, operation in operations(document, "post", "put"):
        where = ids(busy, path)
        for example in bodies(document, operation):
            for junk in VALUES:
                headers = {"Idempotency-Key": f"junk-{tried}"}
                refused_well(admin.send(method, where, raw(junk), headers=headers), (path, junk))
                for field in example:
                    tried += 1
                    body = {**example, field: junk}
                    headers = {"Idempotency-Key": f"junk-{tried}"}
                    refused_well(admin.send(method, where, body, headers=headers), (path, field, junk))
    assert tried > 500


@pytest.mark.parametrize("header", ["Idempotency-Key", "X-Request-Id", "Authorization", "Content-Length", "Accept"])
@pytest.mark.parametrize("junk", ["", "-", "é", "x" * 5000, "a b", "%00", "Bearer "])
def test_headers(world: World, admin: Caller, header: str, junk: str) -> None:
    refused_well(admin.send("POST", "/usage", "{}", headers={header: junk}), (header, junk))
