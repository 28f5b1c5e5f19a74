"""Volume: the tier that the whole quantity reaches prices every unit of it.

Lago, OpenMeter and Meteroid include the upper border in a tier (`inclusive_top`); price lists written as
"from 100" include the lower one (`lower_bound`), so that exactly 100 can cost half as much. Source of both:
their published tests.
"""

from __future__ import annotations

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
from tollbook.rating.tiers import Tier, borders, find, parse_tiers, tier_facts, tier_range, tier_words
from tollbook.rating.usage import Usage


@dataclass(frozen=True, slots=True)
class Volume(PriceModel):
    """Tiers with a price for a unit and a fee each, of which one applies."""

    name: ClassVar[str] = "volume"
    choices: ClassVar[tuple[str, ...]] = ("border", "flat_at_zero")
    tiers: tuple[Tier, ...]
    _borders: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_borders", borders(self.tiers))

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Field: tiers, a list of {upto, unit, flat}; upto null means without end."""
        return cls(parse_tiers(source))

    def data(self) -> dict[str, Any]:
        """As stored."""
        return {"tiers": [tier.data() for tier in self.tiers]}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """One line for the quantity, and one for the tier's fee."""
        return self._at(quantity, quantity, semantics)

    def _at(self, quantity: Decimal, chosen_by: Decimal, semantics: Semantics) -> Priced:
        if not quantity and not semantics.flat_at_zero:
            return (), Decimal(0)
        tier = self.tiers[find(self._borders, chosen_by, semantics.border)]
        facts = tier_facts(tier)
        amount = EXACT.multiply(quantity, tier.unit)
        line = Line("volume", quantity, tier.unit, amount, facts)
        if not tier.flat:
            return (line,), amount
        return (line, Line("tier_flat", None, None, tier.flat, facts)), EXACT.add(amount, tier.flat)

    def price_usage(self, quantity: Decimal, usage: Usage, semantics: Semantics) -> Priced:
        """Whole units choose the tier, the quantity weighted for time is priced (Lago)."""
        return self._at(quantity, quantity if usage.whole is None else usage.whole, semantics)

    def words(self, say: Say) -> list[str]:
        """The tiers."""
        each = said("for every {one}, from the first one on", one=say.one)
        head = said("The tier that the whole quantity reaches prices all of it.")
        return [head, *(tier_words(tier, say, each) for tier in self.tiers)]


@sentence("volume")
def _volume(line: Mapping[str, str], say: Say) -> str:
    price, amount = say.money(line["unit_price"]), say.money(line["amount"])
    return said(
        "{tier_range} applies to all: {quantity} × {price} = {amount}",
        tier_range=tier_range(line, say),
        quantity=say.quantity(line["quantity"]),
        price=price,
        amount=amount,
    )


MODEL = Volume
