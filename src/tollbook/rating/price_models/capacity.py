"""Capacity: one price for the first tier that holds the peak of every kind of unit.

Kill Bill's capacity usage: limits are inclusive, and one unit over one of them lifts the whole to the next
tier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.semantics import Semantics
from tollbook.rating.usage import Usage, missing

Limits = tuple[tuple[str, Decimal | None], ...]


@dataclass(frozen=True, slots=True)
class Capacity(PriceModel):
    """Tiers of (limits by kind of unit, price); a limit of None holds any number."""

    name: ClassVar[str] = "capacity"
    tiers: tuple[tuple[Limits, Decimal], ...]

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Field: tiers, a rising list of {limits: {unit: number or null} or null, price}."""
        tiers = []
        for item in source.objects("tiers"):
            limits = Fields(item.raw("limits") or {}, item.name("limits"), source.problems)
            found = tuple((unit, limits.optional_decimal(unit)) for unit in limits.names())
            tiers.append((found, item.decimal("price")))
            item.close()
        return cls(tuple(tiers))

    def data(self) -> dict[str, Any]:
        """As stored."""
        rows = []
        for limits, price in self.tiers:
            found = {unit: None if limit is None else plain(limit) for unit, limit in limits}
            rows.append({"limits": found, "price": plain(price)})
        return {"tiers": rows}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """A quantity alone does not say of what."""
        raise missing(self.name, "the peak of each kind of unit")

    def price_usage(self, quantity: Decimal, usage: Usage, semantics: Semantics) -> Priced:
        """One line; Refused 'over_capacity' when no tier holds the peaks."""
        for number, (limits, price) in enumerate(self.tiers, 1):
            if all(limit is None or usage.peaks.get(unit, 0) <= limit for unit, limit in limits):
                peaks = ", ".join(f"{plain(peak)} {unit}" for unit, peak in usage.peaks.items())
                return (Line("capacity", None, None, price, (("tier", number), ("peaks", peaks))),), price
        raise Refused("over_capacity", "no tier of the price holds these peaks", param="usage")

    def words(self, say: Say) -> list[str]:
        """The tiers."""
        found = [said("The first tier that holds every peak has one price.")]
        for number, (limits, price) in enumerate(self.tiers, 1):
            bounds = [said("any {u}", u=u) if most is None else f"{say.number(plain(most))} {u}" for u, most in limits]
            held = said("up to {bounds}", bounds=", ".join(bounds)) if bounds else said("without limits")
            found.append(
                said("Tier {number}, {held}: {price}.", number=number, held=held, price=say.money(plain(price)))
            )
        return found


@sentence("capacity")
def _capacity(line: Mapping[str, str], say: Say) -> str:
    return said(
        "Tier {number} holds the peaks of {peaks}: {amount}",
        number=line["tier"],
        peaks=line["peaks"],
        amount=say.money(line["amount"]),
    )


MODEL = Capacity
