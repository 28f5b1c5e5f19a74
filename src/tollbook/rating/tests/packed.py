"""Values for properties, read from one string of bytes.

Hypothesis spends some 15 microseconds and more on each value that it draws, a price with its tiers draws sixty, and a
night runs 100,000 examples of each property. Drawn as one string, an example costs as much as one value. It shrinks as
before: bytes go down to zero, and zero bytes are the lowest number, the first choice, the shortest list.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
LOWEST, HIGHEST, NEAR_LOWEST, NEAR_HIGHEST = 12, 24, 72, 88  # of the 256 values of the byte that says how


class Packed:
    """Reads a string of bytes from its beginning; raises IndexError where the string is too short for what is asked."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        """The next byte, 0 to 255."""
        self.at += 1
        return self.data[self.at - 1]

    def bytes(self, count: int) -> bytes:
        """The next `count` bytes."""
        self.at += count
        if self.at > len(self.data):
            raise IndexError(f"{len(self.data)} bytes are too few")
        return self.data[self.at - count : self.at]

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included. The ends and what is near them come often; all others evenly. It takes
        one byte where there are at most 16 numbers, else one more than how many there are has.
        """
        span = high - low + 1
        how = self.byte()
        if span <= 16:
            return low + how % span
        number = int.from_bytes(self.bytes((span.bit_length() + 7) // 8), "big")
        if how < LOWEST:
            return low
        if how < HIGHEST:
            return high
        if how < NEAR_LOWEST:
            return low + number % min(span, 256)
        if how < NEAR_HIGHEST:
            return high - number % min(span, 256)
        return low + number % span

    def decimal(self, low: str | int, high: str | int, places: int) -> Decimal:
        """A number with up to `places` places. `low` and `high`, both included, have no more places than that."""
        ends = (Decimal(low).scaleb(places), Decimal(high).scaleb(places))
        number = Decimal(self.whole(int(ends[0]), int(ends[1]))).scaleb(-places)
        # Half of them are written without the zeros at their end, as people write prices.
        return number.normalize() + 0 if self.flag() else number

    def fraction(self, top: int, parts: int) -> Fraction:
        """A fraction from 0 to `top`, its denominator at most `parts`."""
        denominator = self.whole(1, parts)
        return Fraction(self.whole(0, top * denominator), denominator)

    def flag(self) -> bool:
        """No or yes."""
        return bool(self.byte() & 1)

    def one_of(self, things: Sequence[T]) -> T:
        """One of up to 256 things."""
        return things[self.byte() % len(things)]

    def many(self, make: Callable[[], T], low: int, high: int) -> list[T]:
        """From `low` to `high` things, each made by `make`."""
        return [make() for _ in range(low + self.byte() % (high - low + 1))]


def packed(make: Callable[[Packed], T], size: int) -> st.SearchStrategy[T]:
    """What `make` reads from `size` bytes: all that it may need."""
    return st.binary(min_size=size, max_size=size).map(lambda data: make(Packed(data)))
