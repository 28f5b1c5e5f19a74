"""Blocks: each tier sells blocks of its own size, up to a number of blocks; a started block is due whole.

Kill Bill's consumable usage. `all_tiers` adds up what each tier sold; `top_tier` prices everything in blocks
of the last tier that was reached. What the tiers together cannot hold is not charged, and a line says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self

from tollbook.kernel.money import EXACT, WIDE, add_up, plain
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.semantics import Semantics


class Policy(StrEnum):
    """Which tiers price the quantity."""

    ALL_TIERS = "all_tiers"
    TOP_TIER = "top_tier"


class BlockTier(NamedTuple):
    """Blocks of `size` units at `price` each, at most `most` of them (None: any number)."""

    size: Decimal
    most: int | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Blocks(PriceModel):
    """Tiers of blocks."""

    name: ClassVar[str] = "blocks"
    tiers: tuple[BlockTier, ...]
    policy: Policy = Policy.ALL_TIERS

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Fields: tiers, a list of {block_size, max_blocks, block_price}; policy (all_tiers or top_tier)."""
        tiers = []
        for item in source.objects("tiers"):
            size, most = item.positive("block_size"), item.optional_count("max_blocks")
            tiers.append(BlockTier(size, most, item.decimal("block_price")))
            item.close()
        return cls(tuple(tiers), source.choice("policy", Policy, Policy.ALL_TIERS))

    def data(self) -> dict[str, Any]:
        """As stored."""
        rows = [{"block_size": plain(t.size), "max_blocks": t.most, "block_price": plain(t.price)} for t in self.tiers]
        return {"tiers": rows, "policy": str(self.policy)}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """A line for each tier that sold blocks, or one for the top tier."""
        lines: list[Line] = []
        rest = quantity
        for number, tier in enumerate(self.tiers, 1):
            if rest <= 0:
                break
            needed = _blocks(rest, tier.size)
            taken = needed if tier.most is None else min(needed, Decimal(tier.most))
            if taken:
                lines.append(_sold(number, tier, taken))
            rest = EXACT.subtract(rest, EXACT.multiply(taken, tier.size))
        if self.policy is Policy.TOP_TIER and lines:
            number = int(str(dict(lines[-1].facts)["tier"]))
            tier = self.tiers[number - 1]
            lines = [_sold(number, tier, _blocks(quantity, tier.size))]
        elif rest > 0:
            lines.append(Line("beyond", rest, None, Decimal(0)))
        return tuple(lines), add_up(line.amount for line in lines)

    def words(self, say: Say) -> list[str]:
        """The tiers."""
        head = {
            Policy.ALL_TIERS: "Each tier sells its own blocks.",
            Policy.TOP_TIER: "The highest tier that is reached prices everything in its blocks.",
        }[self.policy]
        rows = []
        for number, tier in enumerate(self.tiers, 1):
            most = "" if tier.most is None else said(", up to {most} blocks", most=tier.most)
            size, price = say.quantity(plain(tier.size)), say.money(plain(tier.price))
            rows.append(
                said(
                    "Tier {number}{most}: {price} for each started block of {size}.",
                    number=number,
                    most=most,
                    price=price,
                    size=size,
                )
            )
        return [head, *rows]


def _blocks(quantity: Decimal, size: Decimal) -> Decimal:
    whole, rest = WIDE.divmod(quantity, size)
    return EXACT.add(whole, Decimal(1)) if rest else whole


def _sold(number: int, tier: BlockTier, blocks: Decimal) -> Line:
    facts = (("tier", number), ("block_size", tier.size))
    return Line("blocks", blocks, tier.price, EXACT.multiply(blocks, tier.price), facts)


@sentence("blocks")
def _told(line: Mapping[str, str], say: Say) -> str:
    count, size = say.number(line["quantity"]), say.quantity(line["block_size"])
    price, amount = say.money(line["unit_price"]), say.money(line["amount"])
    return said(
        "Tier {number}: {count} blocks of {size} × {price} = {amount}",
        number=line["tier"],
        count=count,
        size=size,
        price=price,
        amount=amount,
    )


@sentence("beyond")
def _beyond(line: Mapping[str, str], say: Say) -> str:
    return said("{quantity} beyond the last tier are not charged", quantity=say.quantity(line["quantity"]))


MODEL = Blocks
