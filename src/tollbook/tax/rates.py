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
    name      what the tax is called ("GST"); empty for the usual one of the country
    region    the subdivision's part of ISO 3166-2 ("QC"); empty for the whole country
    """

    country: str
    category: str
    percent: Decimal
    valid_from: date
    valid_to: date | None = None
    name: str = ""
    region: str = ""

    def holds(self, on: date) -> bool:
        """Whether the rate is in force on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def find_rates(rates: Iterable[Rate], country: str, category: str, on: date, region: str = "") -> tuple[Rate, ...]:
    """The rates in force side by side, by name, or Refused 'tax_rate_missing': a missing rate is never taken for zero.

    A region that has rates of its own has only those (Ontario's HST stands in for the GST, Quebec lists GST and QST);
    any other has those of the whole country. Where two of one name hold, which `check_rates` reports, the one that
    began later wins.
    """
    kind = (country, category)
    holding = [rate for rate in rates if (rate.country, rate.category) == kind and rate.holds(on)]
    found = [rate for rate in holding if region and rate.region == region] or [r for r in holding if not r.region]
    if not found:
        raise Refused(
            "tax_rate_missing",
            f"no {category} tax rate for {place(country, region)} on {on}: add one that is valid on that day",
            param="rates",
            country=country,
            category=category,
            day=on.isoformat(),
            **({"region": region} if region else {}),
        )
    latest: dict[str, Rate] = {}
    for rate in sorted(found, key=lambda rate: (rate.name, rate.valid_from)):
        latest[rate.name] = rate
    return tuple(latest.values())


def find_rate(rates: Iterable[Rate], country: str, category: str, on: date) -> Rate:
    """The one rate in force in the whole country; Refused as `find_rates`, and 'several_taxes' where several hold."""
    found = find_rates(rates, country, category, on)
    if len(found) > 1:
        names = ", ".join(rate.name for rate in found)
        raise Refused("several_taxes", f"rates: {country} has several {category} taxes ({names})", param="rates")
    return found[0]


def place(country: str, region: str) -> str:
    """A country or a region of it, as ISO 3166 writes it: 'DE', 'CA-QC'."""
    return f"{country}-{region}" if region else country


def check_rates(rates: Iterable[Rate]) -> list[Problem]:
    """Faults of a table of rates: percentages out of range, validity that ends before it begins, overlaps."""
    problems = []
    ordered = sorted(rates, key=lambda rate: (_kind(rate), rate.valid_from))
    for rate in ordered:
        name = _told(rate)
        if not 0 <= rate.percent <= 100:  # noqa: PLR2004  - a percentage
            reason = f"{name}: give a percentage from 0 to 100"
            problems.append(Problem(None, "percent", str(rate.percent), "bad_percent", reason))
        if rate.valid_to is not None and rate.valid_to <= rate.valid_from:
            reason = f"{name}: give a day after {rate.valid_from}"
            problems.append(Problem(None, "valid_to", str(rate.valid_to), "rate_empty", reason))
    for first, second in pairwise(ordered):
        if _kind(first) == _kind(second) and (first.valid_to is None or second.valid_from < first.valid_to):
            reason = f"{_told(second)}: overlaps the rate from {first.valid_from}"
            problems.append(Problem(None, "valid_from", str(second.valid_from), "rate_overlap", reason))
    return problems


def _kind(rate: Rate) -> tuple[str, str, str, str]:
    return rate.country, rate.region, rate.category, rate.name


def _told(rate: Rate) -> str:
    return " ".join(word for word in (place(rate.country, rate.region), rate.category, rate.name) if word)
