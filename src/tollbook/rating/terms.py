"""The terms of a price: a model, what stands around it, and the semantics. Read once, rated many times."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tollbook.kernel.errors import Invalid
from tollbook.kernel.money import plain
from tollbook.rating.discounts import Discount, factor, parse_discounts
from tollbook.rating.fields import Fields
from tollbook.rating.price_models import PriceModel
from tollbook.rating.registry import known_models
from tollbook.rating.semantics import DEFAULT, Semantics

_AMOUNTS = ("allowance", "minimum", "maximum", "discount_percent")
# What changes no amount, and so nothing of the hot path.
_STORED = (*_AMOUNTS, "limit")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a price version says.

    model             quantity to lines
    semantics         what engines disagree on
    allowance         units free in a period, in the unit of the meter
    limit             units that a period may have: more is refused before it is stored (metering). None: all is taken,
                      and what is above the allowance is charged
    minimum, maximum  bounds of the amount of a period, in the currency of the price
    discount_percent  percentage off, before maximum and minimum; the plain case of `discounts`
    discounts         further ones: additive or multiplicative percentages
    """

    model: PriceModel
    semantics: Semantics = DEFAULT
    allowance: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    discount_percent: Decimal | None = None
    discounts: tuple[Discount, ...] = ()
    limit: Decimal | None = None
    # Derived, for the hot path: no modifier at all, and what is left of each unit of money after the
    # discounts.
    bare: bool = field(init=False, repr=False, compare=False)
    kept: Decimal = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        bare = not self.discounts and all(getattr(self, name) is None for name in _AMOUNTS)
        object.__setattr__(self, "bare", bare)
        object.__setattr__(self, "kept", factor(self.discount_percent, self.discounts))

    @classmethod
    def parse(cls, data: object) -> Terms:
        """Read from the JSON of a price version.

        {"model": "unit", "unit_price": "0.0043", "allowance": "100", "semantics": {"preset": "lago"}}: the
        model's fields stand beside those of the terms. Numbers are text or integers. Raises Invalid with
        every fault.
        """
        source = Fields(data)
        model = _model(source)
        amounts = {name: source.optional_decimal(name) for name in ("allowance", "minimum", "maximum")}
        percent = source.optional_percent("discount_percent")
        discounts = parse_discounts(source, percent)
        semantics = DEFAULT
        if source.has("semantics"):
            semantics = Semantics.parse(Fields(source.raw("semantics"), "semantics", source.problems))
        limit = _limit(source, amounts["allowance"])
        low, high = amounts["minimum"], amounts["maximum"]
        if low is not None and high is not None and low > high:
            source.fault("minimum", plain(low), "limits_crossed", f"give at most the maximum, {plain(high)}")
        source.close()
        if model is None or source.problems:
            raise Invalid(source.problems)
        return cls(model, semantics, discount_percent=percent, discounts=discounts, limit=limit, **amounts)

    def data(self) -> dict[str, Any]:
        """JSON-able data in one canonical form; `Terms.parse` reads it back to an equal value."""
        found: dict[str, Any] = {"model": self.model.name, **self.model.data()}
        for name in _STORED:
            value = getattr(self, name)
            if value is not None:
                found[name] = plain(value)
        if self.discounts:
            found["discounts"] = [discount.data() for discount in self.discounts]
        return {**found, "semantics": self.semantics.data()}


def _limit(source: Fields, allowance: Decimal | None) -> Decimal | None:
    """The limit of units: above zero, and not below what is included."""
    if not source.has("limit"):
        return source.optional_decimal("limit")
    limit = source.positive("limit")
    if allowance is not None and limit < allowance:
        source.fault("limit", plain(limit), "limit_below_allowance", f"give at least the allowance, {plain(allowance)}")
    return limit


def _model(source: Fields) -> PriceModel | None:
    name = source.raw("model")
    known = known_models()
    if isinstance(name, str) and name in known:
        return known[name].parse(source)
    source.fault("model", name, "unknown_model", f"give one of {', '.join(sorted(known))}")
    return None
