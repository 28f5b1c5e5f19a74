"""Graduated percentage: each part of the money pays the percentage of its tier; a tier entered adds its fee.

Lago's model. With the single transactions known, each pays what it adds, so that a tier's fee falls on the
transaction that enters it first; then nothing is due at zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Self

from tollbook.kernel.money import EXACT, plain
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.price_models.graduated import Graduated
from tollbook.rating.semantics import Semantics
from tollbook.rating.tiers import Tier, parse_tiers, tier_range
from tollbook.rating.usage import Usage

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class GraduatedPercentage(PriceModel):
    """Tiers of money with a percentage (`unit`) and a fee each."""

    name: ClassVar[str] = "graduated_percentage"
    choices: ClassVar[tuple[str, ...]] = ("flat_at_zero",)
    tiers: tuple[Tier, ...]
    _graduated: Graduated = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = (
            Tier(tier.number, tier.above, tier.upto, EXACT.multiply(tier.unit, _HUNDREDTH), tier.flat)
            for tier in self.tiers
        )
        object.__setattr__(self, "_graduated", Graduated(tuple(parts)))

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Field: tiers, a list of {upto, rate_percent, flat}; upto null means without end."""
        return cls(parse_tiers(source, "rate_percent"))

    def data(self) -> dict[str, Any]:
        """As stored."""
        rows = (tier.data() for tier in self.tiers)
        return {"tiers": [{"upto": r["upto"], "rate_percent": r["unit"], "flat": r["flat"]} for r in rows]}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """A line for each tier entered, and one for its fee."""
        lines, amount = self._graduated.price(quantity, semantics)
        return tuple(_in_percent(line) for line in lines), amount

    def price_usage(self, quantity: Decimal, usage: Usage, semantics: Semantics) -> Priced:
        """A line for each transaction, where they are known."""
        if not usage.values:
            return self.price(quantity, semantics)
        lines, total, due = [], _ZERO, _ZERO
        for value in usage.values:
            total = EXACT.add(total, value)
            now = self._graduated.price(total, semantics)[1] if total > 0 else _ZERO
            facts = (("total", total), ("before", due), ("after", now))
            lines.append(Line("transaction", value, None, EXACT.subtract(now, due), facts))
            due = now
        return tuple(lines), due

    def words(self, say: Say) -> list[str]:
        """The tiers."""
        found = [said("Each tier takes its percentage of the money inside it.")]
        for tier in self.tiers:
            fee = said(" and a fee of {flat}", flat=say.money(plain(tier.flat))) if tier.flat else ""
            value = tier.range(Say(say.currency, say.currency))
            percent = say.number(plain(tier.unit))
            found.append(
                said(
                    "Tier {number}, {value}: {percent} %{fee}.",
                    number=tier.number,
                    value=value,
                    percent=percent,
                    fee=fee,
                )
            )
        return found


def _in_percent(line: Line) -> Line:
    if line.kind != "tier" or line.unit_price is None:
        return line
    percent = EXACT.multiply(line.unit_price, _HUNDRED)
    return Line("tier_percent", line.quantity, None, line.amount, (*line.facts, ("percent", percent)))


@sentence("tier_percent")
def _tier_percent(line: Mapping[str, str], say: Say) -> str:
    base, amount = say.money(line["quantity"]), say.money(line["amount"])
    return said(
        "{tier_range}: {percent} % of {base} = {amount}",
        tier_range=tier_range(line, say),
        percent=line["percent"],
        base=base,
        amount=amount,
    )


@sentence("transaction")
def _transaction(line: Mapping[str, str], say: Say) -> str:
    value, total, after, before, amount = (
        say.money(line[name]) for name in ("quantity", "total", "after", "before", "amount")
    )
    return said(
        "Transaction of {value}, {total} in all: {after} less {before} before it = {amount}",
        value=value,
        total=total,
        after=after,
        before=before,
        amount=amount,
    )


MODEL = GraduatedPercentage
