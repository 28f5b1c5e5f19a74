"""Events to quantities."""

from decimal import Decimal
from typing import Any

from tollbook.kernel.money import round_to
from tollbook.rating.aggregates import (
    LEVEL_PLACES,
    Aggregation,
    Event,
    aggregate,
    left_after_latest,
    time_weighted,
)
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.units import METRIC_ROUNDING

# Functions that look at the events, not at their values.
_COUNTING = (Aggregation.COUNT, Aggregation.UNIQUE)


@kind("aggregate.basic")
def basic(given: Given) -> dict[str, Any]:
    name, _, of = given.text("function").partition(":")
    if name not in Aggregation.__members__.values() or (name == Aggregation.UNIQUE) != bool(of):
        raise given.wrong("function", f"known are {', '.join(Aggregation)}, the last one with :<property>")
    function = Aggregation(name)
    events = [_event(item, function, of) for item in given.items("events")]
    # What lacks the property has no value of it to tell apart.
    return {"value": aggregate(function, [event for event in events if not of or event.key is not None])}


def _event(item: Given, function: Aggregation, of: str) -> Event:
    value = item.decimal("value", Decimal(0) if function in _COUNTING else None)
    key = item.rest().get(of)
    if isinstance(key, list | dict):
        raise item.wrong(of, "give a text or a number")
    return Event(item.instant("at"), value, key)


@kind("aggregate.latest_balance")
def latest_balance(given: Given) -> dict[str, Any]:
    readings = [Event(item.instant("at"), item.decimal("value")) for item in given.items("readings")]
    start, end = given.instant("from"), given.instant("to_exclusive")
    used, left = left_after_latest(given.decimal("granted"), start, end, readings)
    return {"latest": used, "balance": left}


@kind("aggregate.round")
def rounded(given: Given) -> dict[str, Any]:
    mode = given.word("function", METRIC_ROUNDING)
    return {"value": round_to(given.decimal("value"), given.places("precision", 0), mode)}


@kind("aggregate.weighted_sum")
def weighted_sum(given: Given) -> dict[str, Any]:
    changes = [(item.instant("at"), item.decimal("delta")) for item in given.items("events")]
    initial, places = given.decimal("initial", Decimal(0)), given.places("places", LEVEL_PLACES)
    return {"value": time_weighted(given.instant("from"), given.instant("to"), changes, initial, places)}
