"""Tiers: rising borders, each with a price for a unit and a fee. Read once, searched by bisection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tollbook.kernel.money import plain
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Fact, Say
from tollbook.rating.semantics import Border

Facts = tuple[tuple[str, Fact], ...]


@dataclass(frozen=True, slots=True)
class Tier:
    """Quantities from `above` to `upto` (None: without end): `unit` a piece and `flat` for the tier."""

    number: int
    above: Decimal
    upto: Decimal | None
    unit: Decimal
    flat: Decimal

    def data(self) -> dict[str, Any]:
        """The tier as stored."""
        upto = None if self.upto is None else plain(self.upto)
        return {"upto": upto, "unit": plain(self.unit), "flat": plain(self.flat)}

    def range(self, say: Say) -> str:
        """'above 1,000 up to 5,000 GB'."""
        low = said("above {above}", above=say.number(plain(self.above)))
        if self.upto is None:
            return f"{low} {say.unit}".rstrip()
        high = said("up to {upto}", upto=say.quantity(plain(self.upto)))
        return f"{low} {high}" if self.above else high


def parse_tiers(source: Fields, unit: str | None = "unit") -> tuple[Tier, ...]:
    """Read `tiers`: borders above zero and rising, the last one open, so that every quantity has a price."""
    tiers: list[Tier] = []
    above = Decimal(0)
    items = source.objects("tiers")
    for number, item in enumerate(items, 1):
        upto = item.optional_decimal("upto")
        if number < len(items) and (upto is None or upto <= above):
            item.fault("upto", item.raw("upto"), "tier_order", f"give a border above {plain(above)}")
            upto = above + 1
        if number == len(items) and item.has("upto"):
            item.fault("upto", item.raw("upto"), "tier_end", "leave the last tier open (null)")
        price = item.decimal(unit, Decimal(0)) if unit else Decimal(0)
        flat = item.decimal("flat", Decimal(0) if unit else None)
        item.close()
        tiers.append(Tier(number, above, upto, price, flat))
        above = above if upto is None else upto
    return tuple(tiers)


def borders(tiers: tuple[Tier, ...]) -> tuple[Decimal, ...]:
    """Upper borders of all tiers but the open one, for `find`."""
    return tuple(tier.upto for tier in tiers if tier.upto is not None)


def find(found: tuple[Decimal, ...], quantity: Decimal, border: Border) -> int:
    """Index of the tier that `quantity` falls in."""
    search = bisect_left if border is Border.INCLUSIVE_TOP else bisect_right
    return search(found, quantity)


def capital(text: str) -> str:
    """`text` with a capital first letter; units such as GB keep theirs."""
    return text[:1].upper() + text[1:]


def tier_words(tier: Tier, say: Say, each: str) -> str:
    """A tier of a price list in words; `each` tells what its unit price applies to."""
    parts = []
    if tier.unit or not tier.flat:
        parts.append(f"{say.money(plain(tier.unit))} {each}")
    if tier.flat:
        parts.append(said("a fee of {flat}", flat=say.money(plain(tier.flat))))
    return f"{capital(tier.range(say))}: {said(' and ').join(parts)}."


def tier_facts(tier: Tier) -> Facts:
    """What a line says of its tier."""
    found: Facts = (("tier", tier.number), ("above", tier.above))
    return found if tier.upto is None else (*found, ("upto", tier.upto))


def tier_range(line: Mapping[str, str], say: Say) -> str:
    """'Tier 2 (above 1,000 up to 5,000)' from the facts of a line."""
    high = said("up to {upto}", upto=say.number(line["upto"])) if "upto" in line else ""
    low = said("above {above}", above=say.number(line["above"])) if line["above"] != "0" or not high else ""
    return said("Tier {number} ({part})", number=line["tier"], part=" ".join(part for part in (low, high) if part))
