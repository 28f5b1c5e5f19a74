"""What a fact looks like: its fields, their JSON Schema, and whether values fit; pure.

Every value is a text (amounts, days and instants as well), a whole number, true or false, or null, so that one fact
never grows beyond what a webhook may carry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tollbook.kernel.errors import shown

#: Longer texts are cut: with the most fields that a fact has, it stays below 20 kB.
TEXT_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a fact: `kind` is text, id, amount, currency, day, instant, number or flag."""

    kind: str
    about: str
    example: str | int | bool
    null: bool = False

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        found: dict[str, Any] = {**_SCHEMAS[self.kind], "description": self.about}
        if self.null:
            found["type"] = [found["type"], "null"]
        return found

    def fault(self, value: object) -> str:
        """Why the value does not fit; empty if it does."""
        if value is None:
            return "" if self.null else "is null"
        right = {"number": int, "flag": bool}.get(self.kind, str)
        if type(value) is not right:
            return f"is a {type(value).__name__}"
        try:
            _READ.get(self.kind, _any)(value)
        except (ValueError, InvalidOperation):
            return f"is {shown(value)}, no {self.kind}"
        return ""


_SCHEMAS: dict[str, dict[str, Any]] = {
    "text": {"type": "string", "maxLength": TEXT_LIMIT},
    "id": {"type": "string", "pattern": "^[a-z]+_[a-z0-9]+$"},
    "amount": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "day": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    "number": {"type": "integer"},
    "flag": {"type": "boolean"},
}


def _any(value: object) -> object:
    return value


def _id(value: Any) -> None:
    head, _, rest = value.partition("_")
    if not (head.isalpha() and rest.isalnum()):
        raise ValueError(value)


_READ: dict[str, Any] = {
    "day": date.fromisoformat,
    "instant": datetime.fromisoformat,
    "amount": Decimal,
    "id": _id,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact: its name ("invoice.issued"), what it says, and its fields; `thing` is what its `id` names."""

    name: str
    about: str
    thing: str
    fields: Mapping[str, Field]

    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the message that a webhook carries."""
        own = {name: field.schema() for name, field in self.fields.items()}
        data = {
            "id": {"type": "string", "description": f"Id of the {self.thing}."},
            "customer": {"type": "string", "description": "Id of the customer whom it concerns (`cus_…`)."},
            "sequence": {
                "type": "integer",
                "minimum": 1,
                "description": f"The place of this fact among those told of the {self.thing}.",
            },
            **own,
        }
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.name,
            "description": self.about,
            "type": "object",
            "required": ["type", "timestamp", "data"],
            "properties": {
                "type": {"const": self.name},
                "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
                "data": {"type": "object", "required": list(data), "properties": data},
            },
        }

    def example(self) -> dict[str, Any]:
        """A message of this kind as a webhook carries it."""
        own = {name: field.example for name, field in self.fields.items()}
        prefix = _PREFIXES[self.thing]
        return message(self, f"{prefix}_{'a' * 24}", f"cus_{'c' * 24}", 1, "2026-06-01T00:00:00+00:00", own)


def message(
    kind: Kind, object_id: str, customer: str, sequence: int, at: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    """What a webhook carries: the kind, when it happened (ISO 8601) and the fact itself."""
    return {
        "type": kind.name,
        "timestamp": at,
        "data": {"id": object_id, "customer": customer, "sequence": sequence, **data},
    }


_PREFIXES = {
    "invoice": "inv", "credit note": "inv", "payment": "pay", "refund": "rfd", "wallet": "wal", "order": "ord",
    "service": "svc", "subscription": "sub", "customer": "cus", "webhook": "whe", "spend alert": "alr", "notice": "ntc",
    "top-up request": "tur",
}  # fmt: skip


def fitted(kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fact's fields, long texts cut; ValueError that names the field which is missing, unknown or of another type.

    Rooms build facts in code, so a fault is one of the code.
    """
    if set(data) != set(kind.fields):
        odd = ", ".join(sorted(set(data) ^ set(kind.fields)))
        raise ValueError(f"{kind.name}: missing or unknown fields: {odd}")
    found = {}
    for name, field in kind.fields.items():
        value = data[name]
        if field.kind == "text" and isinstance(value, str):
            value = value[:TEXT_LIMIT]
        if fault := field.fault(value):
            raise ValueError(f"{kind.name}: {name} {fault}")
        found[name] = value
    return found
