"""The sums of an invoice."""

from decimal import Decimal
from typing import Any

from tollbook.invoicing.rules import round_line, totals
from tollbook.rating.commitments import closing_amount, true_up
from tollbook.rating.proration import days_share
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.units import MINOR_UNITS, WHOLE, taxed


@kind("invoice.lines_minor")
def lines_minor(given: Given) -> dict[str, Any]:
    tax = taxed(given.decimal("tax_percent"))
    lines = [(round_line(line, WHOLE), tax) for line in given.decimals("lines")]
    found = totals(lines, MINOR_UNITS, given.decimal("credit_total", Decimal(0)))
    return {"net": found.net, "tax": found.tax, "total": found.due}


@kind("invoice.commitment")
def commitment(given: Given) -> dict[str, Any]:
    share = days_share(given.whole("days_used", 1), given.whole("days_in_period", 1))
    places = given.places("places", 0)
    return {"true_up": true_up(given.decimal("minimum"), given.decimals("fees"), share, places)}


@kind("invoice.progressive")
def progressive(given: Given) -> dict[str, Any]:
    share = days_share(given.whole("days_used"), given.whole("days_in_period"))
    fee, usage, billed = (given.decimal(name) for name in ("subscription_fee", "usage", "already_billed_usage"))
    return {"final": closing_amount(fee, usage, billed, share, WHOLE)}
