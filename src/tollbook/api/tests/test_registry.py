"""The route registry, and the document that is made from it."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client
from ninja import Router
from pydantic import BaseModel

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
        own = {"If-None-Match"} if method == "get" else {"Idempotency-Key"}
        assert names - {"If-Match"} == {"X-Request-Id", *own}, where
        assert ("304" in op["responses"], "412" in op["responses"]) == (method == "get", "If-Match" in names), where
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


def faults(document: Any, schema: Any, example: Any) -> list[str]:
    """What is wrong with an example of a schema of the document; fields that no schema names included."""
    whole = {**schema, "components": document["components"]}
    found = jsonschema_rs.Draft202012Validator(whole, validate_formats=True).iter_errors(example)
    target = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    unknown = set()
    if isinstance(example, dict) and "properties" in target and target.get("additionalProperties") is not True:
        unknown = example.keys() - target["properties"].keys()
    return [*(error.message for error in found), *unknown]


def test_examples_hold_what_the_schemas_say(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema["examples"], name
        for example in schema["examples"]:
            assert faults(document, {"$ref": f"#/components/schemas/{name}"}, example) == [], name


def contents(op: Any, document: Any) -> Iterator[tuple[str, Any]]:
    """Everything that an operation sends and answers, by status ("body" for what is sent)."""
    for content in op.get("requestBody", {}).get("content", {}).values():
        yield "body", content
    for status, answer in op["responses"].items():
        found = document["components"]["responses"][answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        assert found["description"] not in {"", "OK"} and found["headers"], status
        for header in found["headers"].values():
            assert document["components"]["headers"][header["$ref"].rpartition("/")[2]]["description"]
        for content in found.get("content", {}).values():
            yield status, content


def test_every_parameter_body_and_answer_has_an_example(document: Any) -> None:
    seen = 0
    for path, method, op in operations(document):
        for parameter in op["parameters"]:
            where = f"{method} {path} {parameter['name']}"
            assert faults(document, parameter["schema"], parameter["example"]) == [], where
        for status, content in contents(op, document):
            schema = content["schema"]
            if schema.get("format") == "binary":
                continue
            if "example" in content:
                assert faults(document, schema, content["example"]) == [], f"{method} {path} {status}"
            else:
                for choice in schema.get("oneOf", [schema]):
                    option = document["components"]["schemas"].get(choice.get("$ref", "").rpartition("/")[2], choice)
                    assert option["description"] and option["examples"], f"{method} {path} {status}"
                    assert all(faults(document, option, one) == [] for one in option["examples"])
            seen += 1
    assert seen > 1_000


def test_error_examples_are_of_their_own_kind(document: Any) -> None:
    found = document["components"]["responses"]
    codes = [answer["content"]["application/json"]["example"]["code"] for answer in found.values()]
    assert len(codes) == len(set(codes)) == 14


def test_the_document_is_the_same_each_time(document: Any) -> None:
    api = build()
    assert api.get_openapi_schema() == api.get_openapi_schema()
    assert json.loads(json.dumps(api.get_openapi_schema()["components"])) == document["components"]


def test_no_two_shapes_have_one_name() -> None:
    """In the document they would be one, and one of them wrong."""
    build().get_openapi_schema()
    found: dict[str, str] = {}
    left = list(BaseModel.__subclasses__())
    while left:
        model = left.pop()
        left += model.__subclasses__()
        if model.__module__.startswith("tollbook.") and "[" not in model.__name__:
            assert found.setdefault(model.__name__, model.__module__) == model.__module__, model.__name__


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
