"""The route registry, and the document that is made from it."""

from typing import Any

import pytest
from django.test import Client
from ninja import Router

from tollbook.api.policy import Policy
from tollbook.api.routes import Routes
from tollbook.api.shell import Shell, build


def test_every_operation_has_a_policy() -> None:
    policies = build().policies()
    assert len(policies) >= 20
    for name, policy in policies.items():
        area, _, verb = policy.scope.partition(":")
        assert area and verb in {"read", "write"}, name


def test_a_route_without_a_policy_does_not_start() -> None:
    router = Router()

    @router.get("/open")
    def wide_open(request: Any) -> str:
        return "hello"

    api = Shell()
    api.add_router("", router)
    with pytest.raises(RuntimeError, match=r"wide_open \(/open\) has no policy"):
        _ = api.urls


def test_two_operations_of_one_name_do_not_start() -> None:
    api = Shell()
    for path in ("/a", "/b"):
        routes = Routes("Test")

        @routes.reads(path, "test:read", answer=dict[str, str])
        def same(request: Any) -> dict[str, str]:
            """The same."""
            return {}

        api.add_router("", routes)
    with pytest.raises(RuntimeError, match="two API operations are called same"):
        _ = api.urls


@pytest.fixture(scope="module")
def document() -> Any:
    return Client().get("/api/v1/openapi.json").json()


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [(path, method, op) for path, methods in document["paths"].items() for method, op in methods.items()]


def test_the_document_is_complete(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    policies = build().policies()
    assert sorted(op["operationId"] for _, _, op in operations(document)) == sorted(policies)
    for path, method, op in operations(document):
        policy = policies[op["operationId"]]
        where = f"{method} {path}"
        assert op["summary"] and op["tags"] and f"`{policy.scope}`" in op["description"], where
        assert op["security"] == [{"key": []}], where
        assert {"401", "403", "404", "422", "429", "500", "503"} <= op["responses"].keys(), where
        assert all(parameter["description"] for parameter in op["parameters"]), where
        names = {parameter["name"] for parameter in op["parameters"] if parameter["in"] == "header"}
        assert names == ({"X-Request-Id"} if method == "get" else {"X-Request-Id", "Idempotency-Key"}), where
        if method != "get":
            assert {"400", "409", "413", "415"} <= op["responses"].keys(), where
            # An act that needs nothing more than its address takes no body.
            assert op.get("requestBody", {"required": True})["required"], where


def test_every_schema_is_described_with_an_example(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description"), name
        if not name.startswith("Page_"):
            assert schema.get("examples"), name
        for field, given in schema.get("properties", {}).items():
            assert given.get("description") or "$ref" in given, f"{name}.{field}"


def test_examples_hold_what_the_schemas_say(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", []):
            known = schema.get("properties", {}).keys()
            missing = set(schema.get("required", [])) - example.keys()
            unknown = example.keys() - known if schema.get("additionalProperties") is not True else set()
            assert not missing and not unknown, f"{name}: missing {missing}, unknown {unknown}"


def test_money_is_text(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["MoneyOut"]["properties"]["amount"]["type"] == "string"
    for name, schema in schemas.items():
        for field, given in schema.get("properties", {}).items():
            assert given.get("type") != "number", f"{name}.{field}"


def test_policy_of_the_document_itself() -> None:
    response = Client().get("/api/v1/openapi.json")
    assert response.status_code == 200 and response["X-Request-Id"].startswith("req_")
    assert isinstance(build().policies()["send_usage"], Policy)
