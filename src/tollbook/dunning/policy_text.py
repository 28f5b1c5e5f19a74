"""Values of policies as people type and read them."""

import re
from typing import Any

from tollbook.dunning.policy import FIELDS, PolicyField, read, wrong
from tollbook.kernel.errors import Refused


def from_text(key: str, text: str) -> Any:
    """JSON data of what was typed into a form for a field; None for nothing: the field is inherited.

    An explicit nothing is written "none" (a list), "off" (days) or "0". Refused as `read`.
    """
    field, text = FIELDS[key], text.strip()
    if not text:
        return None
    kind = field.type.name
    given: Any = "" if text == "none" else text
    if kind == "boolean":
        given = {"yes": True, "no": False}.get(text, text)
    elif kind == "amounts by currency":
        given = _amounts(key, text)
    elif kind in ("days", "integer") and re.fullmatch(r"\d{1,6}", text):
        given = int(text)
    return field.type.write(read(key, given))


def _amounts(key: str, text: str) -> dict[str, str]:
    if text == "none":
        return {}
    pairs = [part.split() for part in text.split(",")]
    if any(len(pair) != 2 for pair in pairs):  # noqa: PLR2004  # currency and amount
        message = wrong(text, "give currencies and amounts, such as EUR 5.00, USD 6.00, or none").message
        raise Refused("not_amounts", f"{key} {message.removeprefix('value ')}", param=key)
    return {currency.upper(): amount for currency, amount in pairs}


def as_text(field: PolicyField, value: Any) -> str:
    """A value as `from_text` reads it, and as people do."""
    written = field.type.write(value)
    if isinstance(written, bool):
        return "yes" if written else "no"
    if isinstance(written, dict):
        return ", ".join(f"{currency} {amount}" for currency, amount in written.items()) or "none"
    return str(written) or "none"
