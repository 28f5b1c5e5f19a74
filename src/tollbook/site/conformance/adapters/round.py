"""Rounding."""

from typing import Any

from tollbook.invoicing.rules import rounded_totals
from tollbook.kernel.money import Money, Rounding, minor_units, round_to
from tollbook.site.conformance.given import LONGEST_LIST, Given
from tollbook.site.conformance.kinds import kind


@kind("round.lines_then_sum")
def lines_then_sum(given: Given) -> dict[str, Any]:
    if given.has("lines"):
        lines = given.decimals("lines")
    else:
        lines = (given.decimal("line"),) * given.whole("count", low=0, high=LONGEST_LIST)
    by_line, at_once = rounded_totals(lines, minor_units(given.text("currency")))
    return {"sum_of_rounded": by_line, "rounded_sum": at_once}


@kind("round.money")
def money(given: Given) -> dict[str, Any]:
    mode = given.choice("mode", Rounding, Rounding.HALF_UP)
    return {"amount": Money(given.decimal("amount"), given.text("currency")).rounded(mode).amount}


@kind("round.number")
def number(given: Given) -> dict[str, Any]:
    return {"value": round_to(given.decimal("value"), given.places("places"), given.choice("mode", Rounding))}
