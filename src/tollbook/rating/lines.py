"""Rated lines: each carries its own arithmetic, as data and as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tollbook.kernel.money import minor_units, plain
from tollbook.kernel.words import grouped, said

SHORT_NAME = 3
Fact = str | int | Decimal | Fraction


class Line(NamedTuple):
    """One step of the arithmetic. `amount` is exact and in the currency of the price; lines add up to the
    amount due.

    kind        what the step is: unit, tier, package, flat, allowance, discount, maximum, minimum,
                proration...
    quantity    how much was priced, in the unit of the meter, or None
    unit_price  price of one, or None
    facts       whatever else the sentence needs, by name
    """

    kind: str
    quantity: Decimal | None
    unit_price: Decimal | None
    amount: Decimal
    facts: tuple[tuple[str, Fact], ...] = ()

    def data(self) -> dict[str, str]:
        """The line as a dict of strings, ready for JSON; what is None is left out."""
        found = {"kind": self.kind}
        if self.quantity is not None:
            found["quantity"] = plain(self.quantity)
        if self.unit_price is not None:
            found["unit_price"] = plain(self.unit_price)
        found["amount"] = plain(self.amount)
        for name, value in self.facts:
            found[name] = plain(value) if isinstance(value, Decimal) else str(value)
        return found


class Rated(NamedTuple):
    """What is owed and why.

    lines     in the order of the calculation; their amounts sum to `amount`
    amount    exact unless `exact` is false: then a fraction without finite form was rounded, once, to 20
              places
    billable  quantity that was priced, after the allowance
    """

    lines: tuple[Line, ...]
    amount: Decimal
    billable: Decimal
    exact: bool = True


class Say(NamedTuple):
    """How numbers of a price are spelled: its currency and the unit of its meter ('': none)."""

    currency: str
    unit: str

    def number(self, text: str) -> str:
        """'1234.5' as '1,234.5', or as the reader's language writes it."""
        return grouped(text)

    def quantity(self, text: str) -> str:
        """A quantity with its unit: '1,500 GB'."""
        return f"{self.number(text)} {self.unit}".rstrip()

    @property
    def one(self) -> str:
        """One of the meter's units: 'hour' of 'hours', 'GB' of 'GB', 'unit' where it has no name."""
        name = self.unit or said("unit")
        if name.endswith("ies"):
            return f"{name[:-3]}y"
        # Short names ("sms") and capitals ("IOPS") are no plurals.
        if len(name) <= SHORT_NAME or name.isupper() or name.endswith(("ss", "us")):
            return name
        return name.removesuffix("s")

    def money(self, text: str) -> str:
        """An exact amount with at least the currency's places: '4.30 EUR', '0.0043 EUR'."""
        places = minor_units(self.currency)
        whole, _, rest = text.partition(".")
        rest = rest.ljust(places, "0")
        return f"{self.number(f'{whole}.{rest}' if rest else whole)} {self.currency}"


Sentence = Callable[[Mapping[str, str], Say], str]
_SENTENCES: dict[str, Sentence] = {}


def sentence(kind: str) -> Callable[[Sentence], Sentence]:
    """Declare how a line of `kind` is told in words: once, beside the code that makes such lines."""

    def declare(tell: Sentence) -> Sentence:
        if kind in _SENTENCES:
            raise ValueError(f"two sentences for lines of kind {kind}")
        _SENTENCES[kind] = tell
        return tell

    return declare


def words(line: Mapping[str, str], currency: str, unit: str) -> str:
    """A sentence with the arithmetic of a line as given by `Line.data()`."""
    say = Say(currency, unit)
    tell = _SENTENCES.get(line["kind"])
    if tell is None:
        return f"{line['kind'].replace('_', ' ').capitalize()}: {say.money(line['amount'])}"
    return tell(line, say)
