"""Types of request and response fields: checked by the kernel, described for the reference, exact in JSON."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, LiteralString

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from tollbook.kernel.errors import Refused, TollbookError, shown
from tollbook.kernel.ids import check_id
from tollbook.kernel.money import check_currency, minor_units, plain, round_to
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.text import clean_code, clean_text
from tollbook.kernel.times import parse_day, parse_instant, zone_info

_EMAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,189}")
_COUNTRY = re.compile(r"[A-Z]{2}")


class Body(BaseModel):
    """What a request may hold: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, eq=False)
class Checked:
    """A field read by a kernel function `parse(value, field)`; its code is the code of the problem reported."""

    parse: Callable[[Any, str], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_before_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)

    def _check(self, value: Any, info: ValidationInfo) -> Any:
        try:
            return self.parse(value, info.field_name or "value")
        except TollbookError as error:
            # Pydantic wants to know its codes and texts when the code is written; ours are just as constant.
            code: LiteralString = error.code
            raise PydanticCustomError(code, "{message}", {"message": error.message}) from None


def text(limit: int, *, required: bool = True) -> Checked:
    """One line of text of at most `limit` characters, without control characters."""
    schema = {"type": "string", "maxLength": limit, **({"minLength": 1} if required else {})}
    return Checked(lambda value, field: clean_text(value, field, limit, required=required), schema)


def code(limit: int) -> Checked:
    """A short name for programs: small letters, digits, - and _."""
    schema = {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$", "maxLength": limit}
    return Checked(lambda value, field: clean_code(value, field, limit), schema)


def number(*, negative: bool = False) -> Checked:
    """An exact decimal, as text or a whole number; binary fractions are refused."""
    schema = {"type": ["string", "integer"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
    return Checked(lambda value, field: parse_decimal(value, field, negative=negative), schema)


def _one_of(choices: tuple[str, ...]) -> Callable[[object, str], str]:
    def parse(value: object, field: str) -> str:
        if not isinstance(value, str) or value not in choices:
            right = f"give one of {', '.join(choices)}"
            raise Refused("unknown_choice", f"{field} {shown(value)}: {right}", param=field)
        return value

    return parse


def one_of(*choices: str) -> Checked:
    """One of these words."""
    return Checked(_one_of(choices), {"type": "string", "enum": list(choices)})


def id_of(prefix: str) -> Checked:
    """A public id with that prefix."""
    schema = {"type": "string", "pattern": f"^{prefix}_[a-z2-7]{{24}}$"}
    return Checked(lambda value, field: check_id(value, prefix, field), schema)


def _email(value: object, field: str) -> str:
    address = clean_text(value, field, 254)
    if not _EMAIL.fullmatch(address):
        raise Refused("bad_email", f"{field} {shown(value)}: give an e-mail address", param=field)
    return address


def _country(value: object, field: str) -> str:
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        right = "give a two-letter code (ISO 3166) such as DE"
        raise Refused("bad_country", f"{field} {shown(value)}: {right}", param=field)
    return value


EMAIL = Checked(_email, {"type": "string", "format": "email", "maxLength": 254})
COUNTRY = Checked(_country, {"type": "string", "pattern": "^[A-Z]{2}$"})
ZONE = Checked(lambda value, field: zone_info(clean_text(value, field, 64), field).key, {"type": "string"})
INSTANT = Checked(
    lambda value, field: parse_instant(value, field).astimezone(UTC), {"type": "string", "format": "date-time"}
)
CURRENCY = Checked(check_currency, {"type": "string", "minLength": 3, "maxLength": 3, "pattern": "^[A-Z]{3}$"})

DAY = Checked(parse_day, {"type": "string", "format": "date"})

Day = Annotated[date, DAY]
Instant = Annotated[datetime, INSTANT]
Currency = Annotated[str, CURRENCY]
Amount = Annotated[Decimal, number()]


def example(given: Mapping[str, Any]) -> ConfigDict:
    """The configuration of a model that shows `given` as its example in the reference."""
    return ConfigDict(json_schema_extra={"examples": [dict(given)]})


class MoneyIn(Body):
    """An amount with its currency."""

    model_config = example({"amount": "50.00", "currency": "EUR"})
    amount: Amount = Field(description="Decimal as text, in the currency's major unit.")
    currency: Currency = Field(description="ISO 4217 code.")


class MoneyOut(BaseModel):
    """An amount with its currency, exact: at least as many places as the currency has, more where they are needed."""

    model_config = example({"amount": "49.00", "currency": "EUR"})
    amount: str = Field(description="Decimal as text, in the currency's major unit.")
    currency: str = Field(description="ISO 4217 code.")


def money(amount: Decimal, currency: str) -> MoneyOut:
    """The amount as answers spell it: 49.00, 0.0043."""
    rounded = round_to(amount, minor_units(currency))
    return MoneyOut(amount=format(rounded, "f") if rounded == amount else plain(amount), currency=currency)
