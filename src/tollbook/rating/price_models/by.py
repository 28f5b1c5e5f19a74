"""By: another price for each value of a dimension, such as a region, an operator or a dialled number.

The longest prefix that matches wins, as in telephony ("49" and "4917"); the empty prefix matches everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from tollbook.kernel.errors import Refused, shown
from tollbook.kernel.money import add_up
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.registry import known_models
from tollbook.rating.semantics import Semantics
from tollbook.rating.tiers import capital
from tollbook.rating.usage import Usage, missing


@dataclass(frozen=True, slots=True)
class By(PriceModel):
    """Prices by prefix of the values of `dimension`."""

    name: ClassVar[str] = "by"
    dimension: str
    prices: tuple[tuple[str, PriceModel], ...]

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Fields: dimension, a name; prices, a list of {prefix, model and its fields}."""
        if source.has("allowance"):
            source.fault("allowance", source.raw("allowance"), "not_here", "no allowance over several prices")
        found: dict[str, PriceModel] = {}
        for item in source.objects("prices"):
            prefix = item.text("prefix", required=False)
            if prefix in found:
                item.fault("prefix", prefix, "twice", "give each prefix once")
            model = _inner(item)
            if model is not None:
                found[prefix] = model
            item.close()
        return cls(source.text("dimension"), tuple(found.items()))

    def data(self) -> dict[str, Any]:
        """As stored."""
        rows = [{"prefix": prefix, "model": model.name, **model.data()} for prefix, model in self.prices]
        return {"dimension": self.dimension, "prices": rows}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """A quantity alone does not say of what."""
        raise missing(self.name, f"the quantity of each {self.dimension}")

    def price_usage(self, quantity: Decimal, usage: Usage, semantics: Semantics) -> Priced:
        """The lines of each value; `usage.parts` must sum to the quantity (Refused 'parts_differ')."""
        if add_up(usage.parts.values()) != quantity:
            message = f"the quantities by {self.dimension} do not sum to {quantity}"
            raise Refused("parts_differ", message, param="usage")
        lines: list[Line] = []
        for value, part in usage.parts.items():
            prefix, model = self.match(value)
            priced, amount = model.price(part, semantics)
            facts = (("dimension", self.dimension), ("value", value), ("prefix", prefix), ("costs", amount))
            lines.append(Line("by", part, None, Decimal(0), facts))
            lines.extend(priced)
        return tuple(lines), add_up(line.amount for line in lines)

    def match(self, value: str) -> tuple[str, PriceModel]:
        """(prefix, price) of the longest prefix of `value`, or Refused 'no_price'."""
        found = [(prefix, model) for prefix, model in self.prices if value.startswith(prefix)]
        if not found:
            message = f"no price for {self.dimension} {shown(value)}: add one with prefix '' for all others"
            raise Refused("no_price", message, param="usage", value=shown(value))
        return max(found, key=lambda pair: len(pair[0]))

    def matters(self) -> tuple[str, ...]:
        """What matters to any of the prices."""
        return tuple(dict.fromkeys(name for _, model in self.prices for name in model.matters()))

    def words(self, say: Say) -> list[str]:
        """The prices."""
        found = [said("The price depends on {dimension}; the longest match counts.", dimension=self.dimension)]
        for prefix, model in self.prices:
            label = f"{self.dimension} {prefix}" if prefix else said("any other {dimension}", dimension=self.dimension)
            found.extend(f"{label}: {text}" for text in model.words(say))
        return found


def _inner(item: Fields) -> PriceModel | None:
    """The model of one row; these do not nest, as two dimensions are one of joined values."""
    name = item.raw("model")
    known = {key: model for key, model in known_models().items() if key != By.name}
    if isinstance(name, str) and name in known:
        return known[name].parse(item)
    item.fault("model", name, "unknown_model", f"give one of {', '.join(sorted(known))}")
    return None


@sentence("by")
def _by(line: Mapping[str, str], say: Say) -> str:
    what = f"{capital(line['dimension'])} {line['value']}"
    matched = said(", price for {prefix}", prefix=line["prefix"]) if line["prefix"] else ""
    return said(
        "{what}{matched}: {quantity} for {costs}",
        what=what,
        matched=matched,
        quantity=say.quantity(line["quantity"]),
        costs=say.money(line["costs"]),
    )


MODEL = By
