"""Prepaid units beside money, such as seconds of calls; pure."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from tollbook.kernel.money import EXACT
from tollbook.rating.increments import billed_seconds


class Covered(NamedTuple):
    """What is left after a call, and what it cost in money."""

    units_left_s: int
    money: Decimal
    cost: Decimal


def covered_call(units_s: int, money: Decimal, call_s: int, increment_s: int, connect_fee: Decimal) -> Covered:
    """A call that prepaid seconds cover, in steps of `increment_s`; only the connect fee is taken from money.

    Nothing is refused: units and money may fall below zero, as the call has already taken place (CGRateS).
    """
    used = billed_seconds(call_s, increment_s)
    return Covered(units_s - used, EXACT.subtract(money, connect_fee), connect_fee)
