"""Calls and durations."""

from decimal import Decimal
from typing import Any

from tollbook.invoicing.rules import round_line
from tollbook.rating import Terms, Usage, rate
from tollbook.rating.increments import billed_seconds
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.units import CALL_ROUNDING

# The one policy under which a session that reached its most goes on for nothing.
_FREE = "free"


@kind("rating.call")
def call(given: Given) -> dict[str, Any]:
    model = {"model": "timed", "slots": given.raw("slots")}
    most = given.optional_decimal("max_cost")
    if given.raw("max_cost_policy") == _FREE and most is not None:
        model["free_beyond"] = most
    usage = Usage(start=given.wall("start"), end=given.wall("end"), goes_on=given.flag("continuation", False))
    cost = rate(Terms.parse(model), Decimal(0), usage=usage).amount
    if given.has("round"):
        rounding = given.item("round")
        cost = round_line(cost, rounding.places("places"), rounding.word("mode", CALL_ROUNDING))
    return {"cost": cost}


@kind("rating.increment")
def increment(given: Given) -> dict[str, Any]:
    first = given.whole("minimum", 0)
    modes = {"increment": 0, "minimum_then_increment": first}
    return {"billed": billed_seconds(given.whole("duration"), given.whole("increment"), given.word("mode", modes))}
