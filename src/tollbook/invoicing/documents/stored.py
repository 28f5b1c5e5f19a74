"""Content as canonical JSON, and its hash. A change here changes the hash of every new invoice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from typing import Any

import msgspec

from tollbook.invoicing.documents.content import Buyer, Content, Exchange, Line, PaymentInfo, Seller, Tax, TaxPart
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import minor_units, plain, round_to

VERSION = 1
_AMOUNTS = frozenset({"net", "tax", "total", "prepaid", "payable", "gross"})
_DECIMALS = _AMOUNTS | {"quantity", "unit_price", "exact", "tax_percent", "percent", "tax_included", "local_tax"}
# Left out where empty: a document that has no use for them reads and hashes as it did before they were known.
_LATER = frozenset({"gross", "tax_included", "tax_name", "parts", "exchange"})
_DATES = frozenset({"issued_on", "due_on", "period_start", "period_end", "corrects_issued_on", "rated_on"})
_PARTS = {"seller": Seller, "buyer": Buyer, "payment": PaymentInfo, "exchange": Exchange}
_LISTS: dict[str, type] = {"lines": Line, "taxes": Tax, "parts": TaxPart}
_TUPLES = frozenset({"address", "arithmetic"})
_ENCODER = msgspec.json.Encoder(order="sorted")


def to_data(content: Content) -> dict[str, Any]:
    """`content` as JSON-able values: decimals as strings, amounts with all their places, days as ISO."""
    return {"version": VERSION, **_bare(content, minor_units(content.currency))}


def to_json(content: Content) -> str:
    """Canonical JSON: keys sorted, no blanks, Unicode as it is. Equal contents give equal text."""
    return _ENCODER.encode(to_data(content)).decode()


def content_hash(content: Content) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return hash_of(to_json(content))


def hash_of(text: str) -> str:
    """SHA-256 of canonical JSON as `to_json` writes it, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def from_data(data: dict[str, Any]) -> Content:
    """The content that `to_data` wrote.

    Raises Refused 'content_version' for a version we cannot read, 'content_unreadable' for missing, unknown
    or wrong fields, and Invalid where the figures disagree.
    """
    rest = dict(data)
    version = rest.pop("version", None)
    if version != VERSION:
        raise Refused("content_version", f"document content has version {version}: this program reads {VERSION}")
    try:
        content: Content = _made(Content, rest)
    except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise Refused("content_unreadable", f"document content cannot be read: {error}") from error
    return content


def from_json(text: str) -> Content:
    """The content that `to_json` wrote; raises as `from_data` does."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise Refused("content_unreadable", f"document content is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise Refused("content_unreadable", "document content is not a JSON object")
    return from_data(data)


def _bare(holder: Any, places: int) -> dict[str, Any]:
    found = {}
    read, told = _TOLD[type(holder)]
    for (name, tell, later), value in zip(told, read(holder), strict=True):
        if not later or value or isinstance(value, Decimal):
            found[name] = value if tell is None or value is None else tell(value, places)
    return found


def _amount(value: Decimal, places: int) -> str:
    return format(round_to(value, places), "f")


def _how(name: str) -> Callable[[Any, int], Any] | None:
    """How the values of a field are told; None where they are told as they are."""
    if name in _AMOUNTS:
        return _amount
    if name in _DECIMALS:
        return lambda value, _: plain(value)
    if name in _DATES:
        return lambda value, _: value.isoformat()
    if name in _LISTS:
        return lambda value, places: [_bare(item, places) for item in value]
    if name in _PARTS:
        return _bare
    return (lambda value, _: list(value)) if name in _TUPLES else None


# Told once for each class, since a bill run tells every line of every invoice.
_TOLD = {
    kind: (attrgetter(*names), tuple((name, _how(name), name in _LATER) for name in names))
    for kind in (Content, Seller, Buyer, Line, Tax, TaxPart, PaymentInfo, Exchange)
    for names in [sorted(item.name for item in fields(kind))]
}


def _made(kind: type[Any], data: dict[str, Any]) -> Any:
    known = {name: _read(name, value) for name, value in data.items()}
    return kind(**known)


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _DECIMALS:
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a string, not {type(value).__name__}")
        return Decimal(value)
    if name in _DATES:
        return date.fromisoformat(value)
    if name in _LISTS:
        return tuple(_made(_LISTS[name], item) for item in value)
    if name in _PARTS:
        return _made(_PARTS[name], value)
    return tuple(value) if isinstance(value, list) else value
