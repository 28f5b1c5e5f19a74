"""Flat: one fee for the period, whatever the quantity. Recurring and set-up fees are of this kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from tollbook.kernel.money import plain
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.semantics import Semantics


@dataclass(frozen=True, slots=True)
class Flat(PriceModel):
    """`amount` for a period."""

    name: ClassVar[str] = "flat"
    amount: Decimal

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Field: amount."""
        return cls(source.decimal("amount"))

    def data(self) -> dict[str, Any]:
        """As stored."""
        return {"amount": plain(self.amount)}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """The fee, once."""
        return (Line("flat", None, None, self.amount),), self.amount

    def words(self, say: Say) -> list[str]:
        """The fee."""
        return [said("{amount} for a period.", amount=say.money(plain(self.amount)))]


@sentence("flat")
def _flat(line: Mapping[str, str], say: Say) -> str:
    return said("Fee: {amount}", amount=say.money(line["amount"]))


MODEL = Flat
