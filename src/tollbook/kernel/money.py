"""Money: an exact decimal amount in a known currency, and the only place where amounts are rounded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any

from babel.core import get_global

from tollbook.kernel.errors import Refused, shown

POSTING_PLACES = 10
"""Decimal places of a ledger posting (NUMERIC(28,10))."""

FRACTION_PLACES = 20
"""Places to which an amount is rounded, half even, when its exact fraction has no finite decimal form."""

_FAULTS: list[Any] = [InvalidOperation, DivisionByZero, Overflow]

EXACT = Context(prec=200, traps=[*_FAULTS, Inexact])
"""Arithmetic that is exact or raises: sums and products of checked numbers stay far below 200 digits."""

WIDE = Context(prec=200, rounding=ROUND_HALF_EVEN, traps=_FAULTS)
"""Arithmetic that may round, with room for any checked number; for `quantize` and division only."""


class Rounding(StrEnum):
    """How a value between two steps is rounded."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    UP = "up"
    DOWN = "down"
    CEIL = "ceil"
    FLOOR = "floor"


_DECIMAL_MODE = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.UP: ROUND_UP,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.CEIL: ROUND_CEILING,
    Rounding.FLOOR: ROUND_FLOOR,
}

_CURRENCIES: frozenset[str] = frozenset(get_global("all_currencies"))
_FRACTIONS: dict[str, tuple[int, ...]] = dict(get_global("currency_fractions"))


@lru_cache(maxsize=64)
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def round_to(value: Decimal | Fraction, places: int, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """`value` rounded to `places` decimals (negative: tens, hundreds) in `mode`; never a negative zero."""
    if type(value) is Decimal:
        if value and value.same_quantum(_step(places)):
            return value
    elif isinstance(value, Fraction):
        return _round_fraction(value, places, mode)
    if not value.is_finite():
        raise Refused("not_finite", f"{value} cannot be rounded: a finite number is needed")
    rounded = value.quantize(_step(places), rounding=_DECIMAL_MODE[mode], context=WIDE)
    if places < 0:
        rounded = rounded.quantize(_step(0), context=WIDE)
    return WIDE.plus(rounded)


def _round_fraction(value: Fraction, places: int, mode: Rounding) -> Decimal:
    """Round without a decimal detour, which would round twice."""
    scaled = abs(value) * Fraction(10) ** places
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    negative = value < 0
    doubled = 2 * rest - scaled.denominator
    away = {
        Rounding.HALF_UP: doubled >= 0,
        Rounding.HALF_EVEN: doubled > 0 or (doubled == 0 and whole % 2 == 1),
        Rounding.UP: rest > 0,
        Rounding.DOWN: False,
        Rounding.CEIL: rest > 0 and not negative,
        Rounding.FLOOR: rest > 0 and negative,
    }[mode]
    steps = whole + away
    if places < 0:
        return Decimal(-steps * 10**-places if negative else steps * 10**-places)
    return EXACT.scaleb(Decimal(-steps if negative else steps), -places)


def to_decimal(value: Fraction) -> tuple[Decimal, bool]:
    """`value` as a decimal, and whether that is exact; else rounded once, half even, to FRACTION_PLACES."""
    rest = value.denominator
    twos = (rest & -rest).bit_length() - 1
    rest >>= twos
    fives = 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    places = max(twos, fives)
    if rest == 1 and places <= FRACTION_PLACES:
        return _round_fraction(value, places, Rounding.DOWN), True
    return _round_fraction(value, FRACTION_PLACES, Rounding.HALF_EVEN), False


def add_up(values: Iterable[Decimal]) -> Decimal:
    """The exact sum; the built-in `sum` rounds to the 28 digits of the default context."""
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total


def plain(value: Decimal) -> str:
    """`value` spelled without exponent and without needless zeros: '1000', '0.0043', '-5'."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def check_currency(code: object, field: str = "currency") -> str:
    """The ISO 4217 code, or Refused 'unknown_currency'; the list is that of CLDR, taken from Babel."""
    if isinstance(code, str) and code in _CURRENCIES:
        return code
    raise Refused(
        "unknown_currency",
        f"{field} {shown(code)} is not a currency: give an ISO 4217 code such as EUR",
        param=field,
        value=shown(code),
    )


def minor_units(code: str) -> int:
    """Decimal places of the currency: 2 for EUR, 0 for JPY, 3 for KWD (CLDR, from Babel)."""
    if code not in _CURRENCIES:
        check_currency(code)
    return _FRACTIONS.get(code, _FRACTIONS["DEFAULT"])[0]


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency. Arithmetic never rounds and never mixes currencies."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not Decimal:
            raise TypeError(f"Money needs a Decimal, not {type(self.amount).__name__}")
        if not self.amount.is_finite():
            raise Refused("not_finite", f"{self.amount} is not an amount: a finite number is needed")
        if self.currency not in _CURRENCIES:
            check_currency(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """No money, in `currency`."""
        return cls(Decimal(0), currency)

    @classmethod
    def total(cls, moneys: Iterable[Money], currency: str) -> Money:
        """The sum of `moneys`, all of which must be in `currency`; zero when there are none."""
        result = cls.zero(currency)
        for money in moneys:
            result = result + money
        return result

    def rounded(self, mode: Rounding = Rounding.HALF_UP) -> Money:
        """Rounded to the currency's minor units."""
        return Money(round_to(self.amount, minor_units(self.currency), mode), self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise Refused(
                "currency_mismatch",
                f"{self} and {other} are in different currencies: convert one with a stated rate first",
                left=self.currency,
                right=other.currency,
            )
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        if isinstance(factor, bool) or not isinstance(factor, Decimal | int):
            return NotImplemented
        return Money(EXACT.multiply(self.amount, Decimal(factor)), self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(EXACT.minus(self.amount), self.currency)

    def __abs__(self) -> Money:
        return Money(EXACT.abs(self.amount), self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        """'12.30 EUR': at least the currency's places, more where the amount has them."""
        places = minor_units(self.currency)
        exponent = self.amount.normalize(WIDE).as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            return f"{plain(self.amount)} {self.currency}"
        return f"{round_to(self.amount, places):f} {self.currency}"
