"""Reads the JSON of a price field by field, and reports every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from tollbook.kernel.errors import Problem, Refused, problem, shown
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.text import clean_text

E = TypeVar("E", bound=StrEnum)
LONGEST_LIST = 100
LONGEST_TEXT = 100
HUNDRED = 100
PERCENT_PLACES = 6


class Fields:
    """One JSON object being read. Getters note problems and return harmless values."""

    def __init__(self, data: object, path: str = "", problems: list[Problem] | None = None) -> None:
        self.path = path
        self.problems: list[Problem] = [] if problems is None else problems
        self._seen: set[str] = set()
        self._data: Mapping[str, Any] = {}
        if isinstance(data, Mapping):
            self._data = data
        else:
            self.fault("", data, "not_an_object", "give an object with named fields")

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._data.get(name) is not None

    def raw(self, name: str) -> Any:
        """The field as it stands, marked as read."""
        self._seen.add(name)
        return self._data.get(name)

    def names(self) -> list[str]:
        """Names of all fields, for objects whose names are data."""
        return [str(key) for key in self._data]

    def name(self, field: str) -> str:
        """Full name of a field for a message: tiers[2].unit."""
        return ".".join(part for part in (self.path, field) if part)

    def fault(self, field: str, value: object, code: str, right: str) -> None:
        """Note that `field` is wrong and what would be right."""
        where = self.name(field) or "price"
        self.problems.append(Problem(None, where, shown(value), code, f"{where} {shown(value)}: {right}"))

    def optional_decimal(self, field: str, places: int = 12) -> Decimal | None:
        """A decimal of zero or more, or None when the field is absent or null."""
        value = self.raw(field)
        if value is None:
            return None
        try:
            return parse_decimal(value, self.name(field), places=places)
        except Refused as error:
            self.problems.append(problem(error))
            return None

    def decimal(self, field: str, default: Decimal | None = None) -> Decimal:
        """A decimal of zero or more; without a default it must be there."""
        if not self.has(field):
            self._seen.add(field)
            if default is None:
                self.fault(field, None, "missing", "give a decimal number such as '12.50'")
            return default or Decimal(0)
        return self.optional_decimal(field) or Decimal(0)

    def positive(self, field: str) -> Decimal:
        """A decimal above zero that must be there."""
        faults = len(self.problems)
        value = self.decimal(field)
        if not value and len(self.problems) == faults:
            self.fault(field, self.raw(field), "not_positive", "give a number above zero")
        return value or Decimal(1)

    def optional_percent(self, field: str) -> Decimal | None:
        """A percentage from 0 to 100 with at most 6 decimals, or None."""
        value = self.optional_decimal(field, places=PERCENT_PLACES)
        if value is not None and value > HUNDRED:
            self.fault(field, self.raw(field), "bad_percent", "give a percentage from 0 to 100")
        return value

    def optional_count(self, field: str) -> int | None:
        """A whole number of zero or more, or None."""
        value = self.optional_decimal(field, places=0)
        return None if value is None else int(value)

    def choice(self, field: str, kind: type[E], default: E) -> E:
        """One of the words of `kind`."""
        value = self.raw(field)
        if value is None:
            return default
        if isinstance(value, str) and value in kind.__members__.values():
            return kind(value)
        self.fault(field, value, "bad_choice", f"give one of {', '.join(kind)}")
        return default

    def text(self, field: str, *, required: bool = True) -> str:
        """A short text; without `required` it may be empty or absent."""
        value = self.raw(field)
        try:
            return clean_text("" if value is None else value, self.name(field), LONGEST_TEXT, required=required)
        except Refused as error:
            self.problems.append(problem(error))
            return ""

    def boolean(self, field: str, default: bool) -> bool:
        """True or false."""
        value = self.raw(field)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault(field, value, "bad_choice", "give true or false")
            return default
        return value

    def objects(self, field: str, limit: int = LONGEST_LIST) -> list[Fields]:
        """A list of objects that must be there, with at least one and at most `limit`."""
        value = self.raw(field)
        if not isinstance(value, list | tuple) or not 0 < len(value) <= limit:
            self.fault(field, value, "bad_list", f"give a list of 1 to {limit} objects")
            return []
        return [Fields(item, f"{self.name(field)}[{index}]", self.problems) for index, item in enumerate(value, 1)]

    def close(self) -> None:
        """Note every field that nobody asked for: a misspelt name must not be a silent default."""
        for name in sorted(str(key) for key in self._data if key not in self._seen):
            self.fault(name, self._data.get(name), "unknown_field", "no such field here: remove it")
