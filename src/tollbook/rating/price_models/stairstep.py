"""Stair-step: the tier that the quantity reaches costs one price, however much of it is used.

HostBill's "stairstep": 1 to 5 cost 1, 6 to 10 cost 2, so 7 cost 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Self

from tollbook.kernel.money import plain
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.semantics import Semantics
from tollbook.rating.tiers import Tier, borders, capital, find, parse_tiers, tier_facts, tier_range


@dataclass(frozen=True, slots=True)
class Stairstep(PriceModel):
    """Tiers with one price each, of which one applies."""

    name: ClassVar[str] = "stairstep"
    choices: ClassVar[tuple[str, ...]] = ("border", "flat_at_zero")
    tiers: tuple[Tier, ...]
    _borders: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_borders", borders(self.tiers))

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Field: tiers, a list of {upto, flat}; upto null means without end."""
        return cls(parse_tiers(source, unit=None))

    def data(self) -> dict[str, Any]:
        """As stored."""
        return {"tiers": [{"upto": t.data()["upto"], "flat": plain(t.flat)} for t in self.tiers]}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """One line: the price of the step."""
        if not quantity and not semantics.flat_at_zero:
            return (), Decimal(0)
        tier = self.tiers[find(self._borders, quantity, semantics.border)]
        return (Line("step", quantity, None, tier.flat, tier_facts(tier)),), tier.flat

    def words(self, say: Say) -> list[str]:
        """The steps."""
        steps = (f"{capital(tier.range(say))}: {say.money(plain(tier.flat))}." for tier in self.tiers)
        return [said("The step that the quantity reaches has one price."), *steps]


@sentence("step")
def _step(line: Mapping[str, str], say: Say) -> str:
    return said(
        "{tier_range} is reached by {quantity}: {amount}",
        tier_range=tier_range(line, say),
        quantity=say.quantity(line["quantity"]),
        amount=say.money(line["amount"]),
    )


MODEL = Stairstep
