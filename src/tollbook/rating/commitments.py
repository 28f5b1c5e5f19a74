"""Agreements over several charges: minimum spend with true-up, and usage billed before the period ended."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from tollbook.kernel.money import EXACT, add_up, round_to


def true_up(minimum: Decimal, fees: Iterable[Decimal], share: Fraction = Fraction(1), places: int = 0) -> Decimal:
    """What is added so that a period's fees reach the agreed minimum (Lago, Flexprice).

    Fees are rounded each by itself, as they stand on the invoice; the minimum of a part of a period (`share`)
    is not rounded; the result is, once, and is never below zero.
    """
    paid = add_up(round_to(fee, places) for fee in fees)
    return round_to(max(Fraction(0), Fraction(minimum) * share - Fraction(paid)), places)


def closing_amount(fee: Decimal, usage: Decimal, already_billed: Decimal) -> Decimal:
    """What the last invoice of a period claims: fee and whole usage, less usage billed on the way (Lago).

    All rounded to the currency by the caller. Below zero when more usage was billed than there is: a credit.
    """
    return EXACT.subtract(EXACT.add(fee, usage), already_billed)
