"""Types of feature values: read from JSON strictly, written back exactly, described for forms."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, LiteralString

from pydantic import BeforeValidator, Field, PlainSerializer, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from tollbook.kernel.errors import Refused, TollbookError, shown
from tollbook.kernel.money import Money, check_currency, plain
from tollbook.kernel.numbers import parse_decimal

_OURS = "tollbook:"


@dataclass(frozen=True, slots=True)
class FeatureType:
    """How values of a feature are read from JSON and written to it; `name` is for people and forms."""

    name: str
    adapter: TypeAdapter[Any]

    def read(self, given: object, key: str) -> Any:
        """The typed value of JSON data. Refused "feature_value_wrong" for another type, a choice that is none or a
        number out of bounds; the kernel's codes for decimals and amounts."""
        try:
            return self.adapter.validate_python(given)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            kind, ours = first["type"], first["type"].startswith(_OURS)
            code = kind.removeprefix(_OURS) if ours else "feature_value_wrong"
            message = first["msg"] if ours else f"{key} {shown(given)}: {first['msg'].lower()}"
            raise Refused(code, message, param="value", value=shown(given)) from None

    def write(self, value: Any) -> Any:
        """The value as JSON data: decimals and amounts as text."""
        return self.adapter.dump_python(value, mode="json")

    def schema(self) -> dict[str, Any]:
        """JSON schema of a value, from which forms are made."""
        return self.adapter.json_schema()


def yes_no() -> FeatureType:
    """True or false, and nothing that merely looks like it."""
    return FeatureType("boolean", TypeAdapter(Annotated[bool, Field(strict=True)]))


def whole(least: int, most: int) -> FeatureType:
    """A whole number from `least` to `most`."""
    return FeatureType("integer", TypeAdapter(Annotated[int, Field(strict=True, ge=least, le=most)]))


def choice(kind: type[StrEnum]) -> FeatureType:
    """One of the words of an enumeration."""
    return FeatureType("choice", TypeAdapter(kind))


def pattern(wanted: str, told: str) -> FeatureType:
    """Text that the regular expression `wanted` matches whole; `told` says so in words."""
    known = re.compile(wanted)

    def read(given: object) -> str:
        if not isinstance(given, str) or not known.fullmatch(given):
            raise Refused("feature_value_wrong", f"value {shown(given)}: give {told}", param="value")
        return given

    schema = {"type": "string", "pattern": f"^{wanted}$"}
    return FeatureType("text", TypeAdapter(Annotated[str, BeforeValidator(_checked(read)), WithJsonSchema(schema)]))


def exact(*, negative: bool = False) -> FeatureType:
    """An exact decimal, as text or a whole number."""

    def read(given: object) -> Decimal:
        return given if isinstance(given, Decimal) else parse_decimal(given, "value", negative=negative)

    kind = Annotated[
        Decimal,
        BeforeValidator(_checked(read)),
        PlainSerializer(plain, return_type=str),
        WithJsonSchema({"type": "string"}),
    ]
    return FeatureType("decimal", TypeAdapter(kind))


def amount_of() -> FeatureType:
    """An amount of money: {"amount": "10.00", "currency": "EUR"}."""
    shape = {"type": "object", "required": ["amount", "currency"], "additionalProperties": False}
    properties = {"amount": {"type": "string"}, "currency": {"type": "string", "minLength": 3, "maxLength": 3}}
    kind = Annotated[
        Any,
        BeforeValidator(_checked(_money)),
        PlainSerializer(lambda value: {"amount": plain(value.amount), "currency": value.currency}),
        WithJsonSchema({**shape, "properties": properties}),
    ]
    return FeatureType("money", TypeAdapter(kind))


def _money(given: object) -> Money:
    if not isinstance(given, Mapping) or given.keys() != {"amount", "currency"}:
        right = 'give an amount and a currency: {"amount": "10.00", "currency": "EUR"}'
        raise Refused("not_money", f"value {shown(given)}: {right}", param="value")
    return Money(parse_decimal(given["amount"], "amount"), check_currency(given["currency"], "currency"))


def amounts_by_currency() -> FeatureType:
    """An amount for each of some currencies: {"EUR": "10.00", "USD": "12"}."""
    kind = Annotated[
        Any,
        BeforeValidator(_checked(_amounts)),
        PlainSerializer(lambda value: {currency: plain(amount) for currency, amount in value.items()}),
        WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
    ]
    return FeatureType("amounts by currency", TypeAdapter(kind))


def _amounts(given: object) -> dict[str, Decimal]:
    if not isinstance(given, Mapping):
        raise Refused("not_amounts", f'value {shown(given)}: give amounts: {{"EUR": "10.00"}}', param="value")
    found = {check_currency(currency, "currency"): parse_decimal(each, "amount") for currency, each in given.items()}
    return dict(sorted(found.items()))


def _checked(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def check(given: Any) -> Any:
        try:
            return read(given)
        except TollbookError as error:
            code: LiteralString = _OURS + error.code  # as constant as if written here
            raise PydanticCustomError(code, "{message}", {"message": error.message}) from None

    return check
