"""Threshold discount: from some quantity on, a percentage comes off the price of every unit.

CloudKitty's hashmap thresholds: a quantity exactly at a threshold has reached it, and only the highest one
counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from tollbook.kernel.money import EXACT, plain
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.semantics import Semantics

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Threshold(PriceModel):
    """`unit_price` less the percentage of the highest threshold reached: (at least, percent off)."""

    name: ClassVar[str] = "threshold"
    unit_price: Decimal
    thresholds: tuple[tuple[Decimal, Decimal], ...]

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Fields: unit_price; thresholds, a rising list of {at_least, percent_off}."""
        price = source.decimal("unit_price")
        found: list[tuple[Decimal, Decimal]] = []
        for item in source.objects("thresholds"):
            at_least = item.decimal("at_least")
            if found and at_least <= found[-1][0]:
                right = f"give a threshold above {plain(found[-1][0])}"
                item.fault("at_least", item.raw("at_least"), "tier_order", right)
            found.append((at_least, item.optional_percent("percent_off") or Decimal(0)))
            item.close()
        return cls(price, tuple(found))

    def data(self) -> dict[str, Any]:
        """As stored."""
        rows = [{"at_least": plain(low), "percent_off": plain(off)} for low, off in self.thresholds]
        return {"unit_price": plain(self.unit_price), "thresholds": rows}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """One line at the full price, and one for what comes off."""
        amount = EXACT.multiply(quantity, self.unit_price)
        line = Line("unit", quantity, self.unit_price, amount)
        reached = bisect_right([low for low, _ in self.thresholds], quantity)
        if not reached:
            return (line,), amount
        low, percent = self.thresholds[reached - 1]
        off = EXACT.minus(EXACT.multiply(amount, EXACT.multiply(percent, _HUNDREDTH)))
        facts = (("percent", percent), ("at_least", low), ("before", amount))
        return (line, Line("threshold", quantity, None, off, facts)), EXACT.add(amount, off)

    def words(self, say: Say) -> list[str]:
        """The price and the thresholds."""
        steps = (
            said("From {low} on, {off} % off every one of them.", low=say.quantity(plain(low)), off=plain(off))
            for low, off in self.thresholds
        )
        return [said("{unit_price} for each {one}.", unit_price=say.money(plain(self.unit_price)), one=say.one), *steps]


@sentence("threshold")
def _threshold(line: Mapping[str, str], say: Say) -> str:
    before, amount = say.money(line["before"]), say.money(line["amount"])
    return said(
        "From {at_least} on: {percent} % off {before}: {amount}",
        at_least=say.quantity(line["at_least"]),
        percent=line["percent"],
        before=before,
        amount=amount,
    )


MODEL = Threshold
