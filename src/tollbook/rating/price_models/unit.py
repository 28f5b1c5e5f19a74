"""Unit: every unit costs the same."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Unit(PriceModel):
    """`unit_price` for one unit, fractions of a unit included."""

    name: ClassVar[str] = "unit"
    unit_price: Decimal

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Field: unit_price."""
        return cls(source.decimal("unit_price"))

    def data(self) -> dict[str, Any]:
        """As stored."""
        return {"unit_price": plain(self.unit_price)}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """Quantity times price."""
        amount = EXACT.multiply(quantity, self.unit_price)
        return (Line("unit", quantity, self.unit_price, amount),), amount

    def words(self, say: Say) -> list[str]:
        """The price of one."""
        return [said("{unit_price} for each {one}.", unit_price=say.money(plain(self.unit_price)), one=say.one)]


@sentence("unit")
def _unit(line: Mapping[str, str], say: Say) -> str:
    price, amount = say.money(line["unit_price"]), say.money(line["amount"])
    return f"{say.quantity(line['quantity'])} × {price} = {amount}"


MODEL = Unit
