"""Numbers and days as a reader of the document's language writes them. Exact: nothing is rounded here."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_interval
from babel.numbers import format_currency, format_decimal

from tollbook.kernel.money import WIDE, minor_units

_LETTER_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")


@lru_cache(maxsize=64)
def _pattern(least: int, most: int) -> str:
    return "#,##0" + ("." + "0" * least + "#" * (most - least) if most else "")


def number(value: Decimal, language: str) -> str:
    """Plain digits, grouped, without needless zeros: 1,234.5."""
    return _decimal(value, 0, language)


def price(value: Decimal, currency: str, language: str) -> str:
    """A unit price: at least the currency's places, more where it has them: 14.00, 0.0043."""
    return _decimal(value, minor_units(currency), language)


def amount(value: Decimal, currency: str, language: str) -> str:
    """An amount without its currency: 1,234.50."""
    return _decimal(value, minor_units(currency), language)


def money(value: Decimal, currency: str, language: str) -> str:
    """An amount with its currency, as the language puts it: €1,234.50, KWD 330.000."""
    text = str(format_currency(abs(value), currency, locale=language))
    # CLDR wants a blank between letters and digits, which Babel leaves out.
    spaced = _LETTER_DIGIT.sub("\N{NO-BREAK SPACE}", text)
    return f"\N{MINUS SIGN}{spaced}" if value < 0 else spaced


def _decimal(value: Decimal, least: int, language: str) -> str:
    exponent = value.normalize(WIDE).as_tuple().exponent
    most = max(least, -exponent if isinstance(exponent, int) else 0)
    text = format_decimal(abs(value), _pattern(least, most), locale=language, decimal_quantization=False)
    # A true minus sign is as wide as a digit, so columns stay aligned.
    return f"\N{MINUS SIGN}{text}" if value < 0 else str(text)


def percent(value: Decimal, language: str) -> str:
    """A percentage: 19 %, with a thin blank that does not break."""
    return f"{number(value, language)}\N{NARROW NO-BREAK SPACE}%"


def day(value: date, language: str) -> str:
    """A day in full: 18 November 2026."""
    return str(format_date(value, "long", locale=_european(language)))


def days(start: date, end: date, language: str) -> str:
    """A period of days, both included: 1 - 30 Nov 2026."""
    if start == end:
        return str(format_date(start, "medium", locale=_european(language)))
    return str(format_interval(start, end, "yMMMd", locale=_european(language)))


def _european(language: str) -> str:
    # Bare English is read worldwide; its CLDR default puts the month first.
    return "en_GB" if language == "en" else language


def country(code: str, language: str) -> str:
    """A country's name in the language, or its code where CLDR has none."""
    return str(Locale.parse(language).territories.get(code, code))


def in_fours(text: str) -> str:
    """An account number in groups of four, as it is printed on paper."""
    bare = "".join(text.split())
    return " ".join(bare[i : i + 4] for i in range(0, len(bare), 4))
