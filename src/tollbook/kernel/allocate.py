"""Exact splitting: the parts always add up to the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, Rounding, add_up, round_to


class Leftover(StrEnum):
    """Who gets the steps that remain when no exact split exists.

    LARGEST and LAST_HALF_UP split a negative amount like the positive one, so that a credit note mirrors its invoice;
    the two that floor go towards minus infinity, as their sources do.
    """

    LARGEST = "largest"  # floor all, then one step each by size of the lost fraction, earlier first
    FIRST = "first"  # floor all, then one step each from the first share on (Formance Numscript)
    LAST_FLOOR = "last_floor"  # floor all but the last, which takes what is left (pretix instalments)
    LAST_HALF_UP = "last_half_up"  # half up all but the last, which takes what is left (Django Hordak)


def allocate(
    amount: Decimal,
    weights: Sequence[Decimal | int | Fraction],
    places: int,
    leftover: Leftover = Leftover.LARGEST,
) -> tuple[Decimal, ...]:
    """`amount` split in proportion to `weights` into parts of `places` decimals that sum to it exactly.

    Raises Refused 'bad_weights' unless weights are zero or more with a sum above zero, and 'amount_too_fine'
    when `amount` itself has more than `places` decimals and nobody takes what is left.
    """
    if not weights or any(weight < 0 for weight in weights) or not any(weights):
        message = "weights must be zero or more, and one of them above zero"
        raise Refused("bad_weights", message, param="weights")
    shares = [Fraction(weight) for weight in weights]
    whole = sum(shares)
    if leftover in (Leftover.LAST_FLOOR, Leftover.LAST_HALF_UP):
        return _last(amount, [Fraction(amount) * share / whole for share in shares], places, leftover)
    if round_to(amount, places) != amount:
        raise Refused("amount_too_fine", f"{amount} has more than {places} decimals", param="amount")
    mirrored = amount < 0 and leftover is Leftover.LARGEST
    positive = EXACT.abs(amount) if mirrored else amount
    parts = _steps(positive, [Fraction(positive) * share / whole for share in shares], places, leftover)
    return tuple(EXACT.minus(part) if mirrored else part for part in parts)


def _last(amount: Decimal, exact: list[Fraction], places: int, leftover: Leftover) -> tuple[Decimal, ...]:
    mode = Rounding.FLOOR if leftover is Leftover.LAST_FLOOR else Rounding.HALF_UP
    parts = [round_to(share, places, mode) for share in exact[:-1]]
    return (*parts, EXACT.subtract(amount, add_up(parts)))


def _steps(amount: Decimal, exact: list[Fraction], places: int, leftover: Leftover) -> list[Decimal]:
    step = EXACT.scaleb(Decimal(1), -places)
    parts = [round_to(share, places, Rounding.FLOOR) for share in exact]
    missing = int(EXACT.divide(EXACT.subtract(amount, add_up(parts)), step))
    order = [index for index, share in enumerate(exact) if share]
    if leftover is Leftover.LARGEST:
        order.sort(key=lambda index: exact[index] - Fraction(parts[index]), reverse=True)
    for index in order[:missing]:
        parts[index] = EXACT.add(parts[index], step)
    return parts


def complete(portions: Sequence[Fraction | None]) -> tuple[Fraction, ...]:
    """Portions of one whole, where at most one None stands for the rest (Numscript's `remaining`).

    Raises Refused 'bad_portions' unless they add up to exactly 1.
    """
    known = sum((portion for portion in portions if portion is not None), Fraction(0))
    blanks = sum(portion is None for portion in portions)
    if blanks > 1 or known > 1 or (known != 1 and not blanks):
        message = "portions must add up to 1, at most one of them 'remaining'"
        raise Refused("bad_portions", message, param="parts")
    return tuple(1 - known if portion is None else portion for portion in portions)


def carry(amounts: Iterable[Decimal], places: int, mode: Rounding = Rounding.HALF_UP) -> tuple[Decimal, ...]:
    """Each amount rounded so that what was carried before it is made good, and the sum is the exact sum rounded once.

    So a thousand lines of 0.0003 show 0.30 in all: what one line loses, a later one gains. Every amount is off by less
    than one step of `places`, charges and credits together too: all running totals are rounded in one direction, the
    one that `mode` takes for the whole. Otherwise a step up followed by a step down would be off by two.
    """
    amounts = tuple(amounts)
    shift, way = _one_way(add_up(amounts), places, mode)
    exact, shown = shift, Decimal(0)
    parts = []
    for amount in amounts:
        exact = EXACT.add(exact, amount)
        total = round_to(exact, places, way)
        parts.append(EXACT.subtract(total, shown))
        shown = total
    return tuple(parts)


def _one_way(whole: Decimal, places: int, mode: Rounding) -> tuple[Decimal, Rounding]:
    """What to add to a running total and then FLOOR or CEILING, which leads `whole` where `mode` does."""
    if mode in (Rounding.FLOOR, Rounding.CEIL):
        return Decimal(0), mode
    if mode in (Rounding.UP, Rounding.DOWN):
        return Decimal(0), Rounding.CEIL if (whole >= 0) is (mode is Rounding.UP) else Rounding.FLOOR
    half = EXACT.scaleb(Decimal(5), -places - 1)
    upwards = whole >= 0
    rounded = round_to(whole, places, mode)
    if abs(EXACT.subtract(rounded, whole)) == half:
        upwards = rounded > whole
    return (half, Rounding.FLOOR) if upwards else (-half, Rounding.CEIL)
