"""Values of features as people type and read them; pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tollbook.features.types import FeatureType
from tollbook.kernel.errors import Refused, shown
from tollbook.kernel.money import Money, plain

_WORDS = {"yes": True, "no": False}
_DASH = "\N{EN DASH}"


def from_text(kind: FeatureType, text: str) -> Any:
    """JSON data for what was typed: "yes", "3", "PREPAID", "10.00 EUR", or for several currencies "10 EUR, 12 USD".

    Refused "feature_value_wrong" where it cannot be read; `FeatureType.read` checks the rest.
    """
    text = text.strip()
    if kind.name == "boolean":
        if text not in _WORDS:
            raise _wrong(text, "yes or no")
        return _WORDS[text]
    if kind.name == "integer":
        if not (text.isascii() and text.removeprefix("-").isdigit()):
            raise _wrong(text, "a whole number")
        return int(text)
    if kind.name == "money":
        amount, currency = _amount(text)
        return {"amount": amount, "currency": currency}
    if kind.name == "amounts by currency":
        pairs = [_amount(part) for part in text.split(",") if part.strip(f" {_DASH}")]
        found = {currency: amount for amount, currency in pairs}
        if len(found) != len(pairs):
            raise _wrong(text, "each currency once")
        return found
    return "" if text == _DASH else text


def to_text(kind: FeatureType, value: Any) -> str:
    """A typed value for people, in a form that `from_text` reads."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(amount)} {currency}" for currency, amount in value.items()) or _DASH
    if isinstance(value, Decimal):
        return plain(value)
    return str(kind.write(value)) or _DASH


def _amount(text: str) -> tuple[str, str]:
    amount, _, currency = text.strip().partition(" ")
    if not currency:
        raise _wrong(text, "an amount and a currency, such as 10.00 EUR")
    return amount, currency.strip().upper()


def _wrong(text: str, right: str) -> Refused:
    return Refused("feature_value_wrong", f"value {shown(text)}: give {right}", param="value")
