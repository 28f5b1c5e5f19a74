"""Per reading: every reading is priced alone, all its units at the tier that it reaches.

HostBill calls this "tiered": the total of the period is ignored. Its published example is in the test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Self

from tollbook.kernel.money import add_up
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Say
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.price_models.volume import Volume
from tollbook.rating.semantics import Semantics
from tollbook.rating.tiers import Tier, parse_tiers, tier_words
from tollbook.rating.usage import Usage


@dataclass(frozen=True, slots=True)
class PerReading(PriceModel):
    """Tiers with a price for a unit and a fee each, of which one applies to each reading."""

    name: ClassVar[str] = "per_reading"
    choices: ClassVar[tuple[str, ...]] = ("border", "flat_at_zero")
    tiers: tuple[Tier, ...]
    _volume: Volume = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_volume", Volume(self.tiers))

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
        """A quantity alone is one reading."""
        return self._volume.price(quantity, semantics)

    def price_usage(self, quantity: Decimal, usage: Usage, semantics: Semantics) -> Priced:
        """The lines of every reading."""
        found = [self._volume.price(value, semantics) for value in usage.values or (quantity,)]
        lines = tuple(line for reading, _ in found for line in reading)
        return lines, add_up(amount for _, amount in found)

    def words(self, say: Say) -> list[str]:
        """The tiers."""
        each = said("for every {one} of that reading", one=say.one)
        head = said("Every reading is priced by itself; the tier that it reaches prices all of it.")
        return [head, *(tier_words(tier, say, each) for tier in self.tiers)]


MODEL = PerReading
