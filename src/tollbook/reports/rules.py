"""Months of a report, and sums by currency; pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from tollbook.kernel.period import months_from

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
_YEARS = range(1970, 9999)  # the month after the last one is still a day


class Months(NamedTuple):
    """The months of two days `first` and `last` of them, both included."""

    first: date
    last: date

    @property
    def begin(self) -> date:
        return self.first.replace(day=1)

    @property
    def end(self) -> date:
        """The day after the last month."""
        return months_from(self.last.replace(day=1), 1)


def month(text: str, otherwise: date) -> date:
    """The first day of a month "2026-05"; that of `otherwise` where the text is none."""
    if not _MONTH.fullmatch(text) or int(text[:4]) not in _YEARS:
        return otherwise.replace(day=1)
    return date(int(text[:4]), int(text[5:]), 1)


def months(begin: str, end: str, today: date, back: int) -> Months:
    """The months asked for, by default `back` months before that of `today` to that; the wrong way round is turned."""
    this = today.replace(day=1)
    found = sorted((month(begin, months_from(this, -back)), month(end, this)))
    return Months(*found)


def totals(rows: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> list[dict[str, Any]]:
    """For each currency, in its order, the sums of the columns `keys`; no amount leaves its currency."""
    found: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        sums = found.setdefault(row["currency"], dict.fromkeys(keys, Decimal(0)))
        for key in keys:
            sums[key] += row[key]
    return [{"currency": currency, **found[currency]} for currency in sorted(found)]
