"""Graduated: every unit costs what its own tier says; each tier that is entered adds its fee.

The convention of Lago, OpenMeter, Flexprice and Meteroid, which differ only in whether the first tier's fee
is due at zero (`flat_at_zero`). However little of a tier is entered, its whole fee is due.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Self

from tollbook.kernel.money import EXACT
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.semantics import Semantics
from tollbook.rating.tiers import Facts, Tier, borders, parse_tiers, tier_facts, tier_range, tier_words

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Graduated(PriceModel):
    """Tiers with a price for a unit and a fee each."""

    name: ClassVar[str] = "graduated"
    choices: ClassVar[tuple[str, ...]] = ("flat_at_zero",)
    tiers: tuple[Tier, ...]
    _borders: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)
    # For each tier: the lines and the sum of the full tiers below it, its fee lines, and its facts. Only the
    # last tier of a rating is left to multiply, whatever the number of tiers.
    _below: tuple[Priced, ...] = field(init=False, repr=False, compare=False)
    _fees: tuple[tuple[Line, ...], ...] = field(init=False, repr=False, compare=False)
    _facts: tuple[Facts, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        facts, fees, below = [], [], []
        lines: tuple[Line, ...] = ()
        amount = _ZERO
        for tier in self.tiers:
            fact = tier_facts(tier)
            fee = (Line("tier_flat", None, None, tier.flat, fact),) if tier.flat else ()
            facts.append(fact)
            fees.append(fee)
            below.append((lines, amount))
            if tier.upto is not None:
                span = tier.upto - tier.above
                full = EXACT.multiply(span, tier.unit)
                lines = (*lines, Line("tier", span, tier.unit, full, fact), *fee)
                amount = EXACT.add(EXACT.add(amount, full), tier.flat)
        object.__setattr__(self, "_borders", borders(self.tiers))
        object.__setattr__(self, "_below", tuple(below))
        object.__setattr__(self, "_fees", tuple(fees))
        object.__setattr__(self, "_facts", tuple(facts))

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Field: tiers, a list of {upto, unit, flat}; upto null means without end."""
        return cls(parse_tiers(source))

    def data(self) -> dict[str, Any]:
        """As stored."""
        return {"tiers": [tier.data() for tier in self.tiers]}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """A line for each tier entered, and one for its fee."""
        if not quantity:
            fee = self._fees[0] if semantics.flat_at_zero else ()
            return fee, (fee[0].amount if fee else _ZERO)
        # On a border both styles agree here: the tier above holds nothing of the quantity yet.
        index = bisect_left(self._borders, quantity)
        tier = self.tiers[index]
        part = EXACT.subtract(quantity, tier.above)
        amount = EXACT.multiply(part, tier.unit)
        lines, below = self._below[index]
        line = Line("tier", part, tier.unit, amount, self._facts[index])
        total = EXACT.add(below, amount)
        if tier.flat:
            return (*lines, line, *self._fees[index]), EXACT.add(total, tier.flat)
        return (*lines, line), total

    def words(self, say: Say) -> list[str]:
        """The tiers."""
        each = said("for each {one} in this tier", one=say.one)
        return [said("Each tier prices only the units inside it."), *(tier_words(t, say, each) for t in self.tiers)]


@sentence("tier")
def _tier(line: Mapping[str, str], say: Say) -> str:
    price, amount = say.money(line["unit_price"]), say.money(line["amount"])
    return f"{tier_range(line, say)}: {say.quantity(line['quantity'])} × {price} = {amount}"


@sentence("tier_flat")
def _fee(line: Mapping[str, str], say: Say) -> str:
    return said("{tier_range}: fee of {amount}", tier_range=tier_range(line, say), amount=say.money(line["amount"]))


MODEL = Graduated
