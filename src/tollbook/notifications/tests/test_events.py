"""The catalogue: each example fits its schema, and what does not fit is not told."""

import json
import re
from datetime import date, datetime
from typing import Any

import pytest

from tollbook.kernel.errors import NotFound
from tollbook.notifications.events import CATALOGUE, kind_of
from tollbook.notifications.shapes import Kind, fitted

LARGEST = 20_000
_TYPES: dict[str, Any] = {"string": str, "integer": int, "boolean": bool, "object": dict, "null": type(None)}
_FORMATS = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}


def check(schema: dict[str, Any], value: Any, at: str = "") -> None:
    """Whether a value fits, for the part of JSON Schema that the catalogue uses; AssertionError says where not."""
    assert set(schema) <= {
        "$schema", "title", "description", "type", "required", "properties", "const", "format", "pattern", "maxLength",
        "minimum",
    }  # fmt: skip
    if "const" in schema:
        assert value == schema["const"], at
        return
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert type(value) in {_TYPES[name] for name in types}, at
    if value is None:
        return
    assert "pattern" not in schema or re.search(schema["pattern"], value), at
    assert "maxLength" not in schema or len(value) <= schema["maxLength"], at
    assert "minimum" not in schema or value >= schema["minimum"], at
    if "format" in schema:
        _FORMATS[schema["format"]](value)
    for name in schema.get("required", ()):
        assert name in value, f"{at}.{name}"
    for name, inner in schema.get("properties", {}).items():
        check(inner, value[name], f"{at}.{name}")


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)
def test_each_example_fits_its_schema(kind: Kind) -> None:
    assert kind.fields
    example = kind.example()
    check(kind.schema(), example)
    assert set(example["data"]) == {"id", "customer", "sequence", *kind.fields}
    assert all(schema["description"] for schema in kind.schema()["properties"]["data"]["properties"].values())
    own = {name: example["data"][name] for name in kind.fields}
    assert fitted(kind, own) == own


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)
def test_the_largest_fact_is_small_enough_for_a_webhook(kind: Kind) -> None:
    data = {
        name: field.example if field.kind != "text" else "\N{GRINNING FACE}" * 5_000
        for name, field in kind.fields.items()
    }
    body = json.dumps({**kind.example(), "data": fitted(kind, data)}, ensure_ascii=False)
    assert len(body.encode()) < LARGEST


INVOICE = {
    "number": "H-1", "total": "60.27", "open": "60.27", "currency": "EUR", "issued_on": "2026-06-01",
    "due_on": "2026-06-15",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"total": "sixty"}, "total is 'sixty', no amount"),
        ({"total": 60}, "total is a int"),
        ({"total": None}, "total is null"),
        ({"due_on": "15.6.2026"}, "due_on is '15.6.2026', no day"),
        ({"note": "more"}, "missing or unknown fields: note"),
    ],
)
def test_what_does_not_fit_is_a_fault(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"invoice.issued: {fault}")):
        fitted(CATALOGUE["invoice.issued"], {**INVOICE, **change})


def test_a_missing_field_is_a_fault() -> None:
    with pytest.raises(ValueError, match="missing or unknown fields: total"):
        fitted(CATALOGUE["invoice.issued"], {name: value for name, value in INVOICE.items() if name != "total"})


def test_an_unknown_kind() -> None:
    with pytest.raises(NotFound) as refused:
        kind_of("invoice.burnt")
    assert refused.value.code == "event_kind_not_found"
