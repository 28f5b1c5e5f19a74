"""A price taken in two steps: a part when the order is accepted, the rest with each confirmation."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from tollbook.kernel.money import EXACT

_ONE = Decimal(1)
_HUNDREDTH = Decimal("0.01")


class Early(NamedTuple):
    """What is due when: at once, with each confirmation, with all of them, and in total."""

    on_submit: Decimal
    per_ack: Decimal
    all_acks: Decimal
    total: Decimal


def early(parts: int, rate: Decimal, early_percent: Decimal) -> Early:
    """`parts` units at `rate` each, of which `early_percent` is due at once (Jasmin's early decrement).

    The rest of a unit is due when that unit is confirmed, so that what is never confirmed is never paid in full. Exact,
    in the currency of the rate.
    """
    portion = EXACT.multiply(early_percent, _HUNDREDTH)
    count = Decimal(parts)
    total = EXACT.multiply(count, rate)
    per_ack = EXACT.multiply(rate, EXACT.subtract(_ONE, portion))
    return Early(EXACT.multiply(total, portion), per_ack, EXACT.multiply(count, per_ack), total)
