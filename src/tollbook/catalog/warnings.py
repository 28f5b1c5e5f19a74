"""What is legal in a price and hardly meant: tiers that no quantity reaches, prices that compete for the same use."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tollbook.catalog.actions import NewPrice
from tollbook.kernel.money import EXACT, plain
from tollbook.rating import Terms, rate

_LISTS = ("tiers", "thresholds")


def of_terms(terms: Terms) -> list[str]:
    """Sentences about one price: tiers behind its limit, tiers that its maximum flattens, neighbours that say the
    same, and a quantity that costs less than a smaller one.
    """
    tiers = [each for each in terms.model.data().get("tiers", ()) if "upto" in each]
    return [*_beyond(terms, tiers), *_flattened(terms, tiers), *_equal(tiers), *_drops(terms, tiers)]


def of_prices(prices: Sequence[NewPrice]) -> list[str]:
    """Sentences about the prices of a book together: two that fit the same reading equally well, of which one is
    taken by chance.
    """
    metered = [price for price in prices if price.meter]
    found = []
    for number, one in enumerate(metered):
        for other in metered[number + 1 :]:
            if one.meter == other.meter and _overlap(one.match, other.match):
                found.append(
                    f"{one.name} and {other.name} both fit use of {one.meter} that is {_both(one.match, other.match)}: "
                    f"name as many dimensions in one of them as make it the closer one, or exclude each other."
                )
    return found


def _overlap(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether a reading can fit both, and neither names more dimensions."""
    agree = all(one[name] == other[name] for name in one.keys() & other.keys())
    return agree and len(one) == len(other) and one != other


def _both(one: dict[str, str], other: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted({**one, **other}.items()))


def _beyond(terms: Terms, tiers: Sequence[dict[str, Any]]) -> list[str]:
    """Tiers that begin where the limit of units ends: more than that is refused before it is stored."""
    if terms.limit is None:
        return []
    most = EXACT.subtract(terms.limit, terms.allowance or Decimal(0))
    return [
        f"Tier {number} never applies: it begins above {above}, and no more than {plain(most)} are charged in a period."
        for number, above in _begins(tiers)
        if Decimal(above) >= most
    ]


def _flattened(terms: Terms, tiers: Sequence[dict[str, Any]]) -> list[str]:
    """Tiers at whose beginning the maximum is reached already, where amounts only rise."""
    if terms.maximum is None or terms.model.name != "graduated":
        return []
    found = []
    for number, above in _begins(tiers):
        # Without the maximum itself, what lies below the tier would show what it cuts off.
        units = EXACT.add(Decimal(above), terms.allowance or Decimal(0))
        if rate(terms, units).amount >= terms.maximum:
            found.append(
                f"Tier {number} never counts: at {above} the maximum of {plain(terms.maximum)} is reached already."
            )
    return found


def _equal(tiers: Sequence[dict[str, Any]]) -> list[str]:
    """Neighbours with the same price and no fee of the second: one tier would say it."""
    found = []
    for number, pair in enumerate(pairwise(tiers), 1):
        one, other = ({name: value for name, value in each.items() if name not in {"upto", "flat"}} for each in pair)
        if one and one == other and pair[1].get("flat", "0") == "0":
            found.append(f"Tiers {number} and {number + 1} have the same price: one tier would say it.")
    return found


def _drops(terms: Terms, tiers: Sequence[dict[str, Any]]) -> list[str]:
    """Borders behind which more costs less in all: usual with volume prices, and a surprise to who pays."""
    if terms.model.name not in {"volume", "stairstep"}:
        return []
    free = terms.allowance or Decimal(0)
    found = []
    for _, above in _begins(tiers):
        border = EXACT.add(Decimal(above), free)
        at, after = (rate(terms, EXACT.add(border, step)).amount for step in (Decimal(0), Decimal("0.000001")))
        if after < at:
            found.append(f"Just above {plain(border)} costs less in all than {plain(border)}.")
    return found


def _begins(tiers: Sequence[dict[str, Any]]) -> list[tuple[int, str]]:
    """(number, lower border) of every tier but the first."""
    return [(number, str(tier["upto"])) for number, tier in enumerate(tiers[:-1], 2)]
