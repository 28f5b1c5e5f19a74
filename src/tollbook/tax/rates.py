"""Tax rates with the days for which they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from tollbook.kernel.errors import Problem, Refused


@dataclass(frozen=True, slots=True)
class Rate:
    """`percent` in `country` for `category` from `valid_from` to the day before `valid_to` (None: for ever).

    country   ISO 3166-1 alpha-2
    category  standard, reduced, zero, or any other word that products use
    """

    country: str
    category: str
    percent: Decimal
    valid_from: date
    valid_to: date | None = None

    def holds(self, on: date) -> bool:
        """Whether the rate is in force on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def find_rate(rates: Iterable[Rate], country: str, category: str, on: date) -> Rate:
    """The rate in force, or Refused 'tax_rate_missing': a missing rate is never taken for zero.

    Where two hold, which `check_rates` reports, the one that began later wins.
    """
    kind = (country, category)
    found = [rate for rate in rates if (rate.country, rate.category) == kind and rate.holds(on)]
    if not found:
        raise Refused(
            "tax_rate_missing",
            f"no {category} tax rate for {country} on {on}: add one that is valid on that day",
            param="rates",
            country=country,
            category=category,
            day=on.isoformat(),
        )
    return max(found, key=lambda rate: rate.valid_from)


def check_rates(rates: Iterable[Rate]) -> list[Problem]:
    """Faults of a table of rates: percentages out of range, validity that ends before it begins, overlaps."""
    problems = []
    ordered = sorted(rates, key=lambda rate: (rate.country, rate.category, rate.valid_from))
    for rate in ordered:
        name = f"{rate.country} {rate.category}"
        if not 0 <= rate.percent <= 100:  # noqa: PLR2004  - a percentage
            reason = f"{name}: give a percentage from 0 to 100"
            problems.append(Problem(None, "percent", str(rate.percent), "bad_percent", reason))
        if rate.valid_to is not None and rate.valid_to <= rate.valid_from:
            reason = f"{name}: give a day after {rate.valid_from}"
            problems.append(Problem(None, "valid_to", str(rate.valid_to), "rate_empty", reason))
    for first, second in pairwise(ordered):
        same = (first.country, first.category) == (second.country, second.category)
        if same and (first.valid_to is None or second.valid_from < first.valid_to):
            reason = f"{second.country} {second.category}: overlaps the rate from {first.valid_from}"
            problems.append(Problem(None, "valid_from", str(second.valid_from), "rate_overlap", reason))
    return problems
