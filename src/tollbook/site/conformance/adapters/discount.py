"""Discounts beside a price."""

import re
from typing import Any

from tollbook.invoicing.rules import round_line
from tollbook.kernel.numbers import parse_decimal
from tollbook.rating import Discount, Stacking, Terms, rate
from tollbook.rating.discounts import logarithmic_percent, stacked
from tollbook.rating.price_models.unit import Unit
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.units import CENTS

_LOGARITHM = re.compile(r"(\d+(?:\.\d+)?)\*ln\(q\)", re.ASCII)


@kind("discount.stack")
def stack(given: Given) -> dict[str, Any]:
    discounts = [Discount(percent) for percent in given.decimals("additive_percent", optional=True)]
    for percent in given.decimals("multiplicative_percent", optional=True):
        discounts.append(Discount(percent, Stacking.MULTIPLICATIVE))
    amounts = [(item.decimal("amount"), item.fraction("fraction", "1/1")) for item in given.items("discounted")]
    others = given.decimals("undiscounted", optional=True)
    return {"total": stacked(amounts, discounts, others, given.fraction("discount_fraction", "1/1"), CENTS)}


@kind("discount.formula_cap")
def formula_cap(given: Given) -> dict[str, Any]:
    formula = _LOGARITHM.fullmatch(given.text("formula"))
    if formula is None:
        raise given.wrong("formula", "known is a number times the natural logarithm, such as 10*ln(q)")
    quantity = given.decimal("quantity")
    percent = logarithmic_percent(quantity, parse_decimal(formula[1], "formula"), given.decimal("cap_percent"), CENTS)
    terms = Terms(Unit(given.decimal("unit_price")), discount_percent=percent)
    return {"percent": percent, "amount": round_line(rate(terms, quantity).amount, CENTS)}
