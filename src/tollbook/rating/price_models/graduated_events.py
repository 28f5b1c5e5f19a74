"""Graduated with time: a change of a level is priced in the tiers it spans, for as long as it lasted.

Lago's prorated graduated charge. A change from 8 to 12 units spans two tiers; its time-weighted value is
divided over them by length. A tier's fee is due once it was ever entered, and stays due when the level falls
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Self

from tollbook.kernel.money import EXACT, add_up, to_decimal
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.semantics import Semantics
from tollbook.rating.tiers import Facts, Tier, parse_tiers, tier_facts, tier_range, tier_words
from tollbook.rating.usage import Usage, missing


@dataclass(frozen=True, slots=True)
class GraduatedEvents(PriceModel):
    """Tiers with a price for a unit of a whole period and a fee each."""

    name: ClassVar[str] = "graduated_events"
    tiers: tuple[Tier, ...]

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Field: tiers, a list of {upto, unit, flat}; upto null means without end."""
        if source.has("allowance"):
            source.fault("allowance", source.raw("allowance"), "not_here", "give a first tier that costs nothing")
        return cls(parse_tiers(source))

    def data(self) -> dict[str, Any]:
        """As stored."""
        return {"tiers": [tier.data() for tier in self.tiers]}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """A quantity alone does not say when it changed."""
        raise missing(self.name, "every change and its weight")

    def price_usage(self, quantity: Decimal, usage: Usage, semantics: Semantics) -> Priced:
        """A line for each tier and one for its fee; never below nothing in all."""
        weighted, reached = self._spread(usage.changes)
        fees = [tier.flat for tier, entered in zip(self.tiers, reached, strict=True) if entered]
        parts = [weight * Fraction(tier.unit) for weight, tier in zip(weighted, self.tiers, strict=True)]
        total, exact = to_decimal(max(Fraction(0), sum(parts, Fraction(add_up(fees)))))
        lines = []
        for tier, weight, part, entered in zip(self.tiers, weighted, parts, reached, strict=True):
            if weight:
                facts: Facts = tier_facts(tier) if exact else (*tier_facts(tier), ("rounded", "20 places"))
                lines.append(Line("tier_time", to_decimal(weight)[0], tier.unit, to_decimal(part)[0], facts))
            if entered and tier.flat:
                lines.append(Line("tier_flat", None, None, tier.flat, tier_facts(tier)))
        # What rounding each line did, and what lies below nothing, so that the lines sum to the amount.
        rest = EXACT.subtract(total, add_up(line.amount for line in lines))
        if rest:
            lines.append(Line("adjustment", None, None, rest))
        return tuple(lines), total

    def _spread(self, changes: tuple[tuple[Decimal, Decimal], ...]) -> tuple[list[Fraction], list[bool]]:
        """Time-weighted units in each tier, and whether it was ever entered (the first one always)."""
        weighted = [Fraction(0)] * len(self.tiers)
        reached = [index == 0 for index in range(len(self.tiers))]
        position = Decimal(0)
        for change, weight in changes:
            low, high = sorted((position, EXACT.add(position, change)))
            for index, tier in enumerate(self.tiers):
                bottom = low if index == 0 else max(low, tier.above)
                top = high if tier.upto is None else min(high, tier.upto)
                if top > bottom:
                    weighted[index] += Fraction(weight) * Fraction(top - bottom) / Fraction(high - low)
                    reached[index] = reached[index] or change > 0
            position = EXACT.add(position, change)
        return weighted, reached

    def words(self, say: Say) -> list[str]:
        """The tiers."""
        each = said("for each {one} in this tier, for the part of the period it was there", one=say.one)
        return [said("Each tier prices only the units inside it."), *(tier_words(t, say, each) for t in self.tiers)]


@sentence("tier_time")
def _tier_time(line: Mapping[str, str], say: Say) -> str:
    price, amount = say.money(line["unit_price"]), say.money(line["amount"])
    return said(
        "{tier_range}: {quantity} weighted for time × {price} = {amount}",
        tier_range=tier_range(line, say),
        quantity=say.quantity(line["quantity"]),
        price=price,
        amount=amount,
    )


@sentence("adjustment")
def _adjustment(line: Mapping[str, str], say: Say) -> str:
    return said("Rounding, and never below nothing: {amount}", amount=say.money(line["amount"]))


MODEL = GraduatedEvents
