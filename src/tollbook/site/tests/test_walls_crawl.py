"""Every page and every route of the API, asked for another customer's things: they answer as for what does not exist,
and change nothing; and when every query forgets its filter, the second wall still shows nothing.
"""

import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.urls import URLPattern, reverse

from tollbook.api.shell import build
from tollbook.base import discovery, walls
from tollbook.customers.tests.people import reader
from tollbook.identity.actions import create_key
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money
from tollbook.site.tests.world import Party, World
from tollbook.wallets import holds
from tollbook.wallets import queries as wallet_queries

CANARY = "Zulu-Canary"


@dataclass
class Two:
    """The reader's account and the other one; of each a public id by its prefix."""

    acme: Party
    zulu: Party
    mine: dict[str, str]
    theirs: dict[str, str]


@pytest.fixture
def two(world: World) -> Two:
    world.meter("sms").plan("cloud", world.monthly("10"), world.metered("sms", "0.10"))
    made = []
    for name in ("acme", CANARY):
        party = world.customer(name).buys("cloud", "2026-05-01").uses("sms", 30, "2026-05-03").tops_up("50")
        wallet = wallet_queries.of_customer(party.row).get()
        holds.hold(wallet.pk, Money(Decimal(2), "EUR"), key="open")
        made.append(party)
    world.on("2026-06-01").close()
    for party in made:
        create_key(f"of {party.row.name}", scopes=["*:read"], customer_id=party.row.pk)
    acme, zulu = made
    return Two(acme, zulu, _ids(acme), _ids(zulu))


def _ids(party: Party) -> dict[str, str]:
    found = {}
    with walls.customer(party.row.pk):
        for model in apps.get_models():
            rule = next((r for r in walls.rules() if r.table == model._meta.db_table), None)
            if rule is None or not rule.rows or rule.rows == "false" or not hasattr(model, "public_id"):
                continue
            for public_id in model._default_manager.order_by("pk").values_list("public_id", flat=True)[:1]:
                found[public_id.split("_")[0]] = public_id
    return found


def _missing(public_id: str) -> str:
    return new_id(public_id.split("_")[0])


def _digest(party: Party) -> dict[str, str]:
    """What a customer's rows are, table by table."""
    found = {}
    with walls.customer(party.row.pk), connection.cursor() as cursor:
        for rule in walls.rules():
            if rule.rows and rule.rows != "false":
                cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {rule.table} t")
                found[rule.table] = cursor.fetchone()[0]
    return found


def _patterns() -> Iterator[tuple[str, URLPattern]]:
    for label, module in discovery.modules("portal"):
        for pattern in module.urls:
            yield f"portal-{label}:{pattern.name}", pattern


def _same(found: Any, missing: Any, public_id: str, nowhere: str) -> bool:
    def told(response: Any, shown: str) -> bytes:
        content: bytes = response.content if not response.streaming else b"".join(response.streaming_content)
        # The id that was asked for may be told back, and each request has its own.
        return re.sub(rb"req_\w+", b"", content.lower().replace(shown.encode(), b"id"))

    return found.status_code == missing.status_code and told(found, public_id) == told(missing, nowhere)


# --- the portal -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_page_of_the_portal_knows_another_customers_things(two: Two) -> None:
    client, before = reader(two.acme.row), _digest(two.zulu)
    assert len(two.theirs) >= 8, sorted(two.theirs)
    opened, differ = set(), []
    for name, pattern in _patterns():
        slots = list(pattern.pattern.converters)
        if not slots:
            continue
        kinds = [p for p, own in two.mine.items() if client.get(_address(name, slots, own)).status_code != 404]
        opened |= {name} if kinds else set()
        for prefix in kinds or two.theirs:
            if prefix not in two.theirs:
                continue
            public_id, nowhere = two.theirs[prefix], _missing(two.theirs[prefix])
            for method in ("get", "post"):
                found, missing = (getattr(client, method)(_address(name, slots, each)) for each in (public_id, nowhere))
                if not _same(found, missing, public_id, nowhere):
                    differ.append((method, name, prefix, found.status_code, missing.status_code))
    assert differ == []
    assert len(opened) >= 8, opened
    assert _digest(two.zulu) == before


def _address(name: str, slots: list[str], value: str) -> str:
    return reverse(name, kwargs=dict.fromkeys(slots, value))


@pytest.mark.django_db
def test_a_page_whose_queries_forget_the_customer_still_shows_nobody_else(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = reader(two.acme.row)
    pages = [reverse(name) for name, pattern in _patterns() if not pattern.pattern.converters]
    forgets(monkeypatch)
    leaks = [page for page in pages if _leaks(client, page, two)]
    assert leaks == []
    # Without the wall the same pages leak: they did forget.
    monkeypatch.setattr(walls, "customer", lambda row_id: nullcontext())
    monkeypatch.setattr(walls, "answered", lambda row_id, answer: answer())
    assert len([page for page in pages if _leaks(client, page, two)]) >= 5


def forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on no query of a view is narrowed to a customer."""
    original = QuerySet._filter_or_exclude_inplace  # type: ignore[attr-defined]  # Django's own seam

    def careless(self: Any, negate: bool, args: Any, kwargs: dict[str, Any]) -> None:
        if self.model._meta.db_table != "customers_membership":
            kwargs = {name: given for name, given in kwargs.items() if "customer" not in name}
        original(self, negate, args, kwargs)

    monkeypatch.setattr(QuerySet, "_filter_or_exclude_inplace", careless)


def _leaks(client: Client, page: str, two: Two) -> bool:
    client.raise_request_exception = False
    response: Any = client.get(page)
    streaming = getattr(response, "streaming", False)
    content = b"".join(response.streaming_content) if streaming else response.content
    return any(each.encode() in content for each in (CANARY.title(), CANARY, *two.theirs.values()))


# --- the API ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_route_of_the_api_knows_another_customers_things(two: Two) -> None:
    token = create_key("all", scopes=["*:read", "*:write"], customer_id=two.acme.row.pk).text
    client, before = Client(headers={"Authorization": f"Bearer {token}"}), _digest(two.zulu)
    document = client.get("/api/v1/openapi.json").json()
    policies, differ, asked, not_found = build().policies(), [], 0, 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if policies[operation["operationId"]].roles is not None:
                continue
            body = _body(document, operation)
            named = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"}
            queries = sorted(named - {"limit", "cursor"})
            for public_id in two.theirs.values():
                nowhere = _missing(public_id)
                for place in ["", *queries] if "{" in path else queries:
                    slot = public_id if not place else _missing(public_id)
                    found, missing = (
                        _ask(
                            client,
                            method,
                            re.sub(r"\{\w+\}", slot if place else each, path),
                            {place: each} if place else {},
                            body,
                        )
                        for each in (public_id, nowhere)
                    )
                    asked += 1
                    not_found += found.status_code == 404
                    if not _same(found, missing, public_id, nowhere):
                        differ.append((method, path, place, public_id[:3], found.status_code, missing.status_code))
    assert differ == []
    assert asked > 400
    assert not_found > asked / 3
    assert _digest(two.zulu) == before


def _ask(client: Client, method: str, path: str, query: dict[str, str], body: str) -> Any:
    headers = {} if method == "get" else {"Idempotency-Key": new_id("key")}
    return client.generic(method.upper(), path, body, "application/json", headers=headers, query_params=query)


def _body(document: Any, operation: Any) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return json.dumps(_sample(document, content["schema"])) if content else ""


SIMPLE = {"integer": 1, "number": 1, "boolean": False, "string": "1", "null": None}
FORMATS = {"date-time": "2026-06-01T00:00:00Z", "date": "2026-06-01"}


def _sample(document: Any, schema: Any) -> Any:
    """A body that fits the schema, as small as may be."""
    if "$ref" in schema:
        return _sample(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    for said in ("examples", "enum", "anyOf", "oneOf", "allOf"):
        if schema.get(said):
            first = schema[said][0]
            return _sample(document, first) if said.endswith("Of") else first
    if schema.get("type") == "object":
        return {name: _sample(document, schema["properties"][name]) for name in schema.get("required", ())}
    if schema.get("type") == "array":
        return [_sample(document, schema["items"])]
    return FORMATS.get(schema.get("format", ""), SIMPLE[schema.get("type", "string")])
