"""What use costs upstream, as prices say it."""

from collections.abc import Sequence
from decimal import Decimal

from tollbook.catalog.models import Price
from tollbook.charging.due import Work


def match_of(price: Price) -> str:
    """The readings that a price is for, as text that two prices can be compared by."""
    return repr(sorted(price.match.items()))


def unit_costs(works: Sequence[Work]) -> dict[tuple[str, str], Decimal]:
    """What a unit costs upstream by meter and match: what is charged does not change it. Of two prices that say it, the
    one that was in force counts; the works of what was in force come first.
    """
    found: dict[tuple[str, str], Decimal] = {}
    seen: set[int] = set()
    for work in works:
        if id(work.prices) in seen:
            continue
        seen.add(id(work.prices))
        for price in (each for prices in work.prices.metered.values() for each in prices):
            if price.unit_cost is not None:
                found.setdefault((price.meter, match_of(price)), price.unit_cost)
    return found
