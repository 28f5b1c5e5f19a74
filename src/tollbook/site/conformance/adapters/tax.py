"""Tax."""

from decimal import Decimal
from typing import Any

from tollbook import tax
from tollbook.charging.rules import owe
from tollbook.invoicing.rules import round_line, totals
from tollbook.rating import Terms
from tollbook.rating.price_models.unit import Unit
from tollbook.site.conformance.given import LONGEST_LIST, Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.units import CENTS, SOME_CURRENCY, WHOLE, taxed
from tollbook.tax import Spread, TaxMode


@kind("tax.percent")
def percent(given: Given) -> dict[str, Any]:
    return {"tax": tax.exclusive(given.decimal("net"), given.decimal("rate_percent"), given.text("currency"))}


@kind("tax.inclusive")
def inclusive(given: Given) -> dict[str, Any]:
    net, part = tax.inclusive(given.decimal("gross"), given.decimal("rate_percent"), given.text("currency"))
    return {"net": net, "tax": part}


@kind("tax.stack_exclusive")
def stack_exclusive(given: Given) -> dict[str, Any]:
    net, rates, currency = given.decimal("net"), given.decimals("rates_percent"), given.text("currency")
    return {"taxes": tax.stacked(net, rates, currency), "total": tax.stacked_gross(net, rates, currency)}


@kind("tax.gross_reachability")
def gross_reachability(given: Given) -> dict[str, Any]:
    rate = given.decimal("rate_percent", negative=False)
    found = tax.reach(given.decimal("gross"), rate, given.text("currency"))
    return {name: getattr(found, name) for name in ("reachable", "recomputed_gross", "nearest_below", "nearest_above")}


@kind("tax.groups")
def groups(given: Given) -> dict[str, Any]:
    lines = [_line(item) for item in given.items("lines")]
    found = totals([(net, taxed(rate)) for net, rate in lines], SOME_CURRENCY)
    return {"net": found.net, "tax": found.tax, "total": found.total}


def _line(item: Given) -> tuple[Decimal, Decimal]:
    owed = owe(Terms(Unit(item.decimal("price"))), item.decimal("qty"))
    return round_line(owed.amount, CENTS), item.decimal("rate_percent")


@kind("tax.rounding_mode")
def rounding_mode(given: Given) -> dict[str, Any]:
    line = (given.decimal("line_gross"), taxed(given.decimal("rate_percent")))
    lines = [line] * given.whole("lines", low=0, high=LONGEST_LIST)
    found = tax.groups_of_gross(lines, given.text("currency"), given.choice("mode", TaxMode))
    net, part, gross = tax.totals(found)
    return {"gross": gross, "tax": part, "net": net}


@kind("tax.coupon_spread")
def coupon_spread(given: Given) -> dict[str, Any]:
    fees = [(item.decimal("amount"), item.decimal("tax_percent")) for item in given.items("fees")]
    found = tax.after_coupon(fees, given.decimal("coupon"), WHOLE, Spread.EACH)
    return {"coupon_shares": found.shares, "tax": found.tax, "total": found.total}
