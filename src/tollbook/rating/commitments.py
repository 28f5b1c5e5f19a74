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


def closing_amount(
    fee: Decimal, usage: Decimal, already_billed: Decimal, share: Fraction = Fraction(1), places: int = 0
) -> Decimal:
    """What the last invoice of a period claims: fee and whole usage, less usage billed on the way (Lago).

    The `share` of the fee is rounded once, half up, to `places`; usage comes rounded to the currency. Below zero when
    more usage was billed than there is: a credit.
    """
    due = round_to(Fraction(fee) * share, places)
    return EXACT.subtract(EXACT.add(due, usage), already_billed)
