"""Grants of units or money over time, as values: priority, expiry, recurrence, roll-over, void, reset; pure.

OpenMeter's credit engine. What no grant covers is overage: it stands until a recurrence or a reset pays or forgets it.
A wallet's grants do the same with postings (`cycles`); both ask `rules.burn` whose turn it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT
from tollbook.wallets.rules import Credit, burn

USUAL_PRIORITY = 50
_ZERO = Decimal(0)
# Nothing lapses by itself here, so every expiry lies after the moment of use.
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
# The order of creation as an age, which is what `burn` compares.
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a grant gives and how it lives.

    amount        units or money, set again at each recurrence
    priority      lower burns first
    expires_at    orders burning; None, never, is last. It ends nothing by itself: `Credits.end` does
    created       order of creation among grants of one priority and expiry
    max_rollover  at a reset, at most this much of what is left stays
    min_rollover  at a reset, at least this much is there afterwards, within max_rollover
    """

    amount: Decimal
    priority: int = USUAL_PRIORITY
    expires_at: datetime | None = None
    created: int = 0
    max_rollover: Decimal = _ZERO
    min_rollover: Decimal = _ZERO


def rolled_over(left: Decimal, at_least: Decimal, at_most: Decimal) -> Decimal:
    """What is there of a grant after a reset: no less than `at_least`, and never more than `at_most` (OpenMeter)."""
    return min(at_most, max(at_least, left))


class Credits:
    """Grants and overage as they stand; the methods are what can happen, one after another."""

    def __init__(self) -> None:
        self._terms: dict[str, Terms] = {}
        self._left: dict[str, Decimal] = {}
        self.overage = _ZERO

    @property
    def remaining(self) -> Mapping[str, Decimal]:
        """What is left of every grant, in order of granting."""
        return dict(self._left)

    def grant(self, name: str, terms: Terms) -> None:
        """Add a grant. Overage that already stands is not paid from it. Refused 'granted_twice'."""
        if name in self._terms:
            raise Refused("granted_twice", f"there is already a grant {name}", param="id")
        self._terms[name] = terms
        self._left[name] = terms.amount

    def use(self, amount: Decimal) -> None:
        """Burn grants in turn; what they do not cover adds to the overage."""
        names = list(self._terms)
        parts = burn([self._credit(number, name) for number, name in enumerate(names)], amount, _EARLIEST)
        for number, part in parts:
            self._take(names[number], part)
            amount = EXACT.subtract(amount, part)
        self.overage = EXACT.add(self.overage, amount)

    def end(self, name: str) -> None:
        """Void or expire a grant: nothing is left of it. Refused 'grant_not_found'."""
        self._known(name)
        self._left[name] = _ZERO

    def recur(self, name: str, *, pays_overage: bool = True) -> None:
        """Set a grant back to its amount, which is not added to what is left; then let it pay standing overage."""
        self._left[name] = self._known(name).amount
        if pays_overage:
            self._pay(name)

    def reset(self, *, keeps_overage: bool = False) -> None:
        """Begin a new cycle: each grant rolls over within its bounds; overage is paid from them, or forgotten.

        Kept overage is paid in order of granting, and what is left of it stays.
        """
        for name, terms in self._terms.items():
            self._left[name] = rolled_over(self._left[name], terms.min_rollover, terms.max_rollover)
        if not keeps_overage:
            self.overage = _ZERO
        for name in self._terms:
            self._pay(name)

    def _credit(self, number: int, name: str) -> Credit:
        terms = self._terms[name]
        age = _FIRST + timedelta(seconds=terms.created)
        return Credit(number, self._left[name], terms.priority, terms.expires_at, age)

    def _known(self, name: str) -> Terms:
        if name not in self._terms:
            raise Refused("grant_not_found", f"there is no grant {name}", param="id")
        return self._terms[name]

    def _pay(self, name: str) -> None:
        part = min(self._left[name], self.overage)
        self._take(name, part)
        self.overage = EXACT.subtract(self.overage, part)

    def _take(self, name: str, part: Decimal) -> None:
        self._left[name] = EXACT.subtract(self._left[name], part)
