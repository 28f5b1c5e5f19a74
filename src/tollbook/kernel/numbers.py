"""Numbers from outside: every decimal that enters Tollbook passes here."""

from __future__ import annotations

import re
from decimal import Decimal

from tollbook.kernel.errors import Refused, shown

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(s?nan\d*|inf(inity)?)", re.ASCII | re.IGNORECASE)
_LONGEST = 100


def parse_decimal(value: object, field: str, *, digits: int = 28, places: int = 12, negative: bool = False) -> Decimal:
    """The exact decimal that `value` (text, int or Decimal) spells.

    At most `places` digits after the point and `digits` in all (so at most `digits - places` before it), as
    they are stored; trailing zeros do not count. Raises Refused with `param=field` and one of the codes
    float_refused, not_a_number, not_finite, too_many_digits, negative_refused.
    """
    number = _number(value, field)
    if not number.is_finite():
        raise _no("not_finite", field, value, "give a finite number")
    if not negative and number < 0:
        raise _no("negative_refused", field, value, "give zero or more")
    if not number:
        return Decimal(0)
    if number.adjusted() + 1 > digits - places or _places(number) > places:
        limit = f"give at most {digits - places} digits before the point and {places} after it"
        raise _no("too_many_digits", field, value, limit)
    # An exponent form such as 1E+3 is legal input but must not reach SQL, JSON or a page.
    return Decimal(format(number, "f"))


def _number(value: object, field: str) -> Decimal:
    if isinstance(value, float):
        message = "a binary fraction is not exact: give the number as text, such as '0.1'"
        raise _no("float_refused", field, value, message)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _no("not_a_number", field, value, "give a decimal number such as '12.50'")
    if isinstance(value, int) and value.bit_length() > 4 * _LONGEST:
        raise _no("too_many_digits", field, value, "give a shorter number")
    if isinstance(value, str):
        if _NOT_FINITE.fullmatch(value[:_LONGEST]):
            raise _no("not_finite", field, value, "give a finite number")
        if len(value) > _LONGEST and _NUMBER.fullmatch(value):
            raise _no("too_many_digits", field, value, "give a shorter number")
        if not _NUMBER.fullmatch(value):
            raise _no("not_a_number", field, value, "give a decimal number such as '12.50'")
    return Decimal(value)


def _places(number: Decimal) -> int:
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or exponent >= 0:
        return 0
    text = "".join(map(str, digits))
    return max(0, -exponent - (len(text) - len(text.rstrip("0"))))


def _no(code: str, field: str, value: object, right: str) -> Refused:
    return Refused(code, f"{field} {shown(value)}: {right}", param=field, value=shown(value))
