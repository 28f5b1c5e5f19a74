"""Parts of a period."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from tollbook.invoicing.rules import totals
from tollbook.kernel.calendars import Every
from tollbook.rating import proration
from tollbook.rating.proration import CREDIT_PLACES, Boundary, Step
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.units import MINOR_UNITS, WHOLE, taxed


@kind("proration.amount")
def amount(given: Given) -> dict[str, Any]:
    share = proration.days_share(given.whole("days_used"), given.whole("days_in_period"))
    return {"amount": proration.prorated(given.decimal("amount"), share, given.places("round_places", 0))}


@kind("proration.billing_cycles")
def billing_cycles(given: Given) -> dict[str, Any]:
    start, end, target = given.day("start"), given.optional_day("end"), given.day("target")
    every, bill_day = given.choice("period", Every), given.whole("bill_cycle_day")
    return {"cycles": proration.billing_cycles(start, end, target, bill_day, every)}


@kind("proration.credit_with_tax")
def credit_with_tax(given: Given) -> dict[str, Any]:
    used, of = given.whole("days_used"), given.whole("days_in_period")
    net = proration.unused(given.decimal("amount_minor"), used, of, WHOLE)
    found = totals([(net, taxed(given.decimal("tax_percent")))], MINOR_UNITS)
    return {"net": found.net, "tax": found.tax, "total": found.total}


@kind("proration.fraction")
def fraction(given: Given) -> dict[str, Any]:
    start, end = given.day("from"), given.day("to")
    if given.has("fixed_month_days"):
        share, days = proration.month_share(start, end, given.whole("fixed_month_days"))
    else:
        share, days = proration.period_share(start, end, given.day("period_start"), given.day("period_end"))
    return {"fraction": proration.cycles(share), "days": days}


@kind("proration.plan_change")
def plan_change(given: Given) -> dict[str, Any]:
    share = _left(given)
    lines, net = proration.plan_change(_items(given, "remove"), _items(given, "add"), share)
    return {"lines": lines, "net": net}


def _left(given: Given) -> Fraction:
    start, end, at = given.day("period_start"), given.day("period_end"), given.day("at")
    return proration.remaining_share(start, end, at, given.choice("boundary", Boundary))


def _items(given: Given, name: str) -> list[tuple[Decimal, int]]:
    return [(item.decimal("price"), item.whole("qty", 1)) for item in given.items(name, optional=True)]


@kind("proration.seconds")
def seconds(given: Given) -> dict[str, Any]:
    start, end = given.instant("period_start"), given.instant("period_end")
    share = proration.seconds_share(start, end, given.instant("at"))
    return {"credits": proration.prorated(given.decimal("credits"), share, CREDIT_PLACES)}


@kind("proration.unit_steps")
def unit_steps(given: Given) -> dict[str, Any]:
    return {"quantity": proration.started_units(given.choice("unit", Step), given.wall("start"), given.wall("end"))}
