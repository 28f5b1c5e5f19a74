"""Exact splitting."""

from typing import Any

from tollbook.kernel.allocate import Leftover, allocate, complete
from tollbook.site.conformance.given import LONGEST_LIST, Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.units import WHOLE

_RULES = {
    "last_takes_remainder_floor": Leftover.LAST_FLOOR,
    "last_takes_remainder_half_up": Leftover.LAST_HALF_UP,
    "floor_then_first": Leftover.FIRST,
}


@kind("allocate")
def shares(given: Given) -> dict[str, Any]:
    rule, amount, places = given.word("rule", _RULES), given.decimal("amount"), given.places("places", 0)
    if rule is Leftover.FIRST:
        # Numscript splits whole minor units, whatever a currency's places are.
        return {"shares": allocate(amount, complete(given.fractions_or("parts", "remaining")), WHOLE, rule)}
    parts = given.whole("parts", low=1, high=LONGEST_LIST)
    return {"shares": allocate(amount, [1] * parts, places, rule)}
