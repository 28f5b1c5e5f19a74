"""Percentage discounts that stack: additive ones are summed first, multiplicative ones then each take their
part.

The convention of django-silver and Waldur: 10 % and 5 % added are 15 % off; multiplied they are 14.5 % off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, WIDE, add_up, plain, round_to
from tollbook.rating.fields import HUNDRED, Fields

MOST_DISCOUNTS = 5
_ONE = Decimal(1)
_HUNDREDTH = Decimal("0.01")


class Stacking(StrEnum):
    """How a discount meets the others."""

    ADDITIVE = "additive"
    MULTIPLICATIVE = "multiplicative"


@dataclass(frozen=True, slots=True)
class Discount:
    """`percent` off, from 0 to 100."""

    percent: Decimal
    stacking: Stacking = Stacking.ADDITIVE

    def data(self) -> dict[str, Any]:
        """As stored."""
        return {"percent": plain(self.percent), "stacking": str(self.stacking)}


def parse_discounts(source: Fields, percent: Decimal | None) -> tuple[Discount, ...]:
    """Read the optional list `discounts`; with `percent`, the additive ones may not pass 100 in all."""
    if not source.has("discounts"):
        source.raw("discounts")
        return ()
    found = []
    for item in source.objects("discounts", MOST_DISCOUNTS):
        value = item.optional_percent("percent")
        if not item.has("percent"):
            item.fault("percent", None, "missing", "give a percentage from 0 to 100")
        found.append(Discount(value or Decimal(0), item.choice("stacking", Stacking, Stacking.ADDITIVE)))
        item.close()
    added = sum((d.percent for d in found if d.stacking is Stacking.ADDITIVE), percent or Decimal(0))
    if added > HUNDRED:
        source.fault("discounts", plain(added), "bad_percent", "additive discounts pass 100 in all")
    return tuple(found)


def factor(percent: Decimal | None, discounts: Iterable[Discount]) -> Decimal:
    """What is left of 1 after the plain `percent` (additive) and all `discounts`; exact."""
    added = percent or Decimal(0)
    kept = _ONE
    for discount in discounts:
        if discount.stacking is Stacking.ADDITIVE:
            added = EXACT.add(added, discount.percent)
        else:
            left = EXACT.subtract(_ONE, EXACT.multiply(discount.percent, _HUNDREDTH))
            kept = EXACT.multiply(kept, left)
    return EXACT.multiply(kept, EXACT.subtract(_ONE, EXACT.multiply(added, _HUNDREDTH)))


def stacked(
    discounted: Iterable[tuple[Decimal, Fraction]],
    discounts: Iterable[Discount],
    undiscounted: Iterable[Decimal] = (),
    held: Fraction = Fraction(1),
    places: int = 2,
) -> Decimal:
    """The total of several amounts under common discounts, rounded half up once (django-silver, Waldur).

    `discounted` are (amount, share of the period); `held` is the share of the time for which each
    multiplicative discount held. Raises Refused 'bad_percent' when the additive ones pass 100 in all.
    """
    base = sum((Fraction(amount) * share for amount, share in discounted), Fraction(0))
    added, kept = Fraction(0), Fraction(1)
    for discount in discounts:
        if discount.stacking is Stacking.ADDITIVE:
            added += Fraction(discount.percent)
        else:
            kept *= 1 - Fraction(discount.percent) / HUNDRED * held
    if added > HUNDRED:
        raise Refused("bad_percent", f"additive discounts of {added} percent pass 100 in all", param="discounts")
    return round_to(base * kept * (1 - added / HUNDRED) + Fraction(add_up(undiscounted)), places)


def logarithmic_percent(quantity: Decimal, slope: Decimal, cap: Decimal, places: int = 2) -> Decimal:
    """`slope` times the natural logarithm of `quantity`, at most `cap`, in percent, rounded half up (Waldur).

    Below one unit the logarithm, and so the discount, is negative: less than a whole unit costs more. Refused
    'not_positive' for a quantity of zero or less, which has no logarithm.
    """
    if quantity <= 0:
        raise Refused("not_positive", f"quantity {plain(quantity)}: give a number above zero", param="quantity")
    return round_to(min(WIDE.multiply(slope, quantity.ln(WIDE)), cap), places)
