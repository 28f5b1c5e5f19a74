"""The fields of a case's input, read one by one in the types of the product.

What is missing, of another type, out of bounds or unknown makes the case unsupported, with the field and the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from tollbook.kernel.errors import Refused, shown
from tollbook.kernel.money import POSTING_PLACES
from tollbook.kernel.numbers import parse_decimal

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")
LONGEST_LIST = 100_000
LARGEST_COUNT = 10**12
_DIGITS, _PLACES = 80, 40
_LONGEST_TIME = 40


class Unsupported(Exception):
    """Tollbook has no answer to this case, and says why."""


class Given:
    """One object of the input."""

    def __init__(self, data: object, path: str = "input") -> None:
        if not isinstance(data, Mapping):
            raise Unsupported(f"{path} {shown(data)}: an object is needed")
        self._data: Mapping[str, Any] = data
        self._path = path
        self._read: set[str] = set()
        self._inner: list[Given] = []

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        self._read.add(name)
        return self._data.get(name) is not None

    def raw(self, name: str, default: Any = None) -> Any:
        """The field as it stands, for readers of the product that check it themselves."""
        self._read.add(name)
        value = self._data.get(name)
        return default if value is None else value

    def some(self, *names: str) -> dict[str, Any]:
        """Those of the named fields that are there, as they stand."""
        return {name: value for name in names if (value := self.raw(name)) is not None}

    def rest(self) -> dict[str, Any]:
        """All fields, for objects whose names are data."""
        self._read.update(self._data)
        return dict(self._data)

    def wrong(self, name: str, right: str) -> Unsupported:
        """What to raise for a field that cannot be used."""
        return Unsupported(f"{self._path}.{name} {shown(self._data.get(name))}: {right}")

    def _needed(self, name: str, default: T | None) -> Any:
        value = self.raw(name, default)
        if value is None:
            raise Unsupported(f"{self._path}.{name} is missing")
        return value

    def decimal(
        self, name: str, default: Decimal | None = None, *, places: int = _PLACES, negative: bool = True
    ) -> Decimal:
        """An exact decimal."""
        return self._decimal(self._needed(name, default), name, places, negative)

    def stored(self, name: str, default: Decimal | None = None) -> Decimal:
        """An amount as postings can hold it: 28 digits, 10 of them after the point."""
        return parse_decimal(self._needed(name, default), f"{self._path}.{name}", places=POSTING_PLACES, negative=True)

    def optional_decimal(self, name: str) -> Decimal | None:
        """An exact decimal, or None where the field is absent or null."""
        return self.decimal(name) if self.has(name) else None

    def decimals(self, name: str, *, optional: bool = False) -> tuple[Decimal, ...]:
        """A list of exact decimals."""
        return tuple(self._decimal(item, name, _PLACES, True) for item in self._list(name, optional=optional))

    def _decimal(self, value: object, name: str, places: int, negative: bool) -> Decimal:
        try:
            return parse_decimal(value, f"{self._path}.{name}", digits=_DIGITS, places=places, negative=negative)
        except Refused as error:
            raise Unsupported(error.message) from None

    def whole(
        self, name: str, default: int | None = None, *, low: int = -LARGEST_COUNT, high: int = LARGEST_COUNT
    ) -> int:
        """An integer from `low` to `high`; text that spells one will do."""
        value = self._needed(name, default)
        number = self._decimal(value, name, 0, True)
        if not low <= number <= high:
            raise self.wrong(name, f"give a number from {low} to {high}")
        return int(number)

    def places(self, name: str, default: int | None = None) -> int:
        """A number of decimal places; negative ones are tens, hundreds and so on."""
        return self.whole(name, default, low=-_PLACES, high=_PLACES)

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self._needed(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "give true or false")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """A text."""
        value = self._needed(name, default)
        if not isinstance(value, str):
            raise self.wrong(name, "give a text")
        return value

    def choice(self, name: str, kind: type[E], default: E | None = None) -> E:
        """One of the words of `kind`."""
        value = self._needed(name, default)
        if isinstance(value, str) and value in kind.__members__.values():
            return kind(value)
        raise self.wrong(name, f"known are {', '.join(kind)}")

    def word(self, name: str, known: Mapping[str, T], default: str | None = None) -> T:
        """What one of the `known` words means to Tollbook."""
        value = self._needed(name, default)
        if isinstance(value, str) and value in known:
            return known[value]
        raise self.wrong(name, f"known are {', '.join(known)}")

    def day(self, name: str) -> date:
        """A calendar day."""
        value = self._needed(name, None)
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.wrong(name, "give a day such as 2026-05-01") from None

    def optional_day(self, name: str) -> date | None:
        """A calendar day, or None."""
        return self.day(name) if self.has(name) else None

    def wall(self, name: str) -> datetime:
        """What a wall clock shows: date and time without an offset."""
        found = self._datetime(name)
        if found.tzinfo is not None:
            raise self.wrong(name, "give a local time without an offset")
        return found

    def instant(self, name: str) -> datetime:
        """An instant; one without an offset is taken to be in UTC."""
        found = self._datetime(name)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found

    def optional_instant(self, name: str) -> datetime | None:
        """An instant (a date is its midnight), or None."""
        return self.instant(name) if self.has(name) else None

    def _datetime(self, name: str) -> datetime:
        value = self._needed(name, None)
        try:
            return datetime.fromisoformat(value if len(value) <= _LONGEST_TIME else "")
        except (TypeError, ValueError):
            raise self.wrong(name, "give a date and time such as 2026-05-01T10:00:00") from None

    def fraction(self, name: str, default: str | None = None) -> Fraction:
        """An exact fraction written a/b."""
        return self._fraction(self._needed(name, default), name)

    def fractions_or(self, name: str, other: str) -> tuple[Fraction | None, ...]:
        """A list of fractions in which the word `other` may stand, here None."""
        return tuple(None if item == other else self._fraction(item, name) for item in self._list(name))

    def _fraction(self, value: object, name: str) -> Fraction:
        try:
            return Fraction(value) if isinstance(value, str | int) and len(str(value)) <= _DIGITS else Fraction("")
        except (ValueError, ZeroDivisionError):
            raise Unsupported(f"{self._path}.{name} {shown(value)}: give a fraction such as '1/3'") from None

    def items(self, name: str, *, optional: bool = False) -> list[Given]:
        """A list of objects."""
        found = [Given(x, f"{self._path}.{name}[{n}]") for n, x in enumerate(self._list(name, optional=optional), 1)]
        self._inner += found
        return found

    def item(self, name: str) -> Given:
        """An object within."""
        found = Given(self._needed(name, None), f"{self._path}.{name}")
        self._inner.append(found)
        return found

    def listed(self, name: str) -> list[Any]:
        """A list as it stands."""
        return self._list(name)

    def _list(self, name: str, *, optional: bool = False) -> list[Any]:
        value = self._needed(name, [] if optional else None)
        if not isinstance(value, list) or len(value) > LONGEST_LIST:
            raise self.wrong(name, f"give a list of at most {LONGEST_LIST}")
        return value

    def close(self) -> None:
        """Unsupported when there is a field that nobody read: it may change the answer."""
        unknown = sorted(set(self._data) - self._read)
        if unknown:
            raise Unsupported(f"{self._path}.{unknown[0]}: no such field is known for this kind")
        for inner in self._inner:
            inner.close()
