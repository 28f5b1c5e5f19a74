"""Billed durations: time is sold in steps (CGRateS), often with a longer first one (telephony's 30/6)."""

from __future__ import annotations

from tollbook.kernel.errors import Refused


def billed_seconds(duration: int, increment: int, minimum: int = 0) -> int:
    """`duration` rounded up to whole steps of `increment` seconds, after a first step of `minimum` seconds.

    The further steps count from the end of the first one: 31 seconds at 30/6 are 36. Nothing is billed for
    nothing. Raises Refused 'bad_increment' unless `increment` is above zero and `minimum` not below.
    """
    if increment <= 0 or minimum < 0:
        message = f"an increment of {increment} s after {minimum} s is not possible"
        raise Refused("bad_increment", message, param="increment")
    if duration <= 0:
        return 0
    return minimum - (-max(0, duration - minimum) // increment) * increment
