"""Money: exact, in one currency, rounded to its minor units in the mode that is asked for."""

from decimal import Decimal, Inexact
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import (
    EXACT,
    Money,
    Rounding,
    add_up,
    check_currency,
    minor_units,
    plain,
    round_to,
    to_decimal,
)


def eur(text: str) -> Money:
    return Money(Decimal(text), "EUR")


def test_arithmetic_is_exact() -> None:
    assert eur("0.1") + eur("0.2") == eur("0.3")
    assert eur("1") - eur("0.0000000001") == eur("0.9999999999")
    assert eur("0.0043") * Decimal(10_000) == eur("43")
    assert 3 * eur("1.10") == eur("3.30")
    assert -eur("1") == eur("-1")
    assert abs(eur("-1")) == eur("1")
    assert Money.total([eur("1"), eur("2.50")], "EUR") == eur("3.50")
    assert Money.total([], "JPY") == Money.zero("JPY")
    assert not Money.zero("EUR")
    assert eur("1") > eur("0.99") >= eur("0.99") < eur("1") <= eur("1")


def test_no_digit_is_lost_beyond_the_default_context() -> None:
    long = "123456789012345678.0123456789"
    assert (eur(long) + eur("0.00000000000000000001")).amount == Decimal(long + "0000000001")


def test_too_long_arithmetic_fails_rather_than_rounds() -> None:
    with pytest.raises(Inexact):
        EXACT.multiply(Decimal(10**150 + 1), Decimal(10**150 + 1))


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_currencies_do_not_mix(operation: str) -> None:
    with pytest.raises(Refused) as refused:
        getattr(eur("1"), operation)(Money(Decimal(1), "USD"))
    assert refused.value.code == "currency_mismatch"
    assert refused.value.details == {"left": "EUR", "right": "USD"}


def test_equal_amounts_in_two_currencies_are_not_equal() -> None:
    assert eur("1") != Money(Decimal(1), "USD")
    assert eur("1.00") == eur("1")
    assert hash(eur("1.00")) == hash(eur("1"))


@pytest.mark.parametrize("amount", [1, 1.0, "1", True])
def test_money_is_made_of_decimals_only(amount: object) -> None:
    with pytest.raises(TypeError, match="Money needs a Decimal"):
        Money(amount, "EUR")  # type: ignore[arg-type]  # the wrong type is the point


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_money_is_finite(text: str) -> None:
    with pytest.raises(Refused) as refused:
        Money(Decimal(text), "EUR")
    assert refused.value.code == "not_finite"


@pytest.mark.parametrize("code", ["eur", "EU", "ABC", "", "EURO", None, 978])
def test_unknown_currencies_are_refused(code: object) -> None:
    with pytest.raises(Refused) as refused:
        check_currency(code, "price.currency")
    assert (refused.value.code, refused.value.param) == ("unknown_currency", "price.currency")


@pytest.mark.parametrize(
    ("code", "places"), [("EUR", 2), ("USD", 2), ("GBP", 2), ("INR", 2), ("JPY", 0), ("KRW", 0), ("VND", 0),
                         ("CLP", 0), ("KWD", 3), ("BHD", 3), ("TND", 3)],
)  # fmt: skip
def test_minor_units(code: str, places: int) -> None:
    assert minor_units(code) == places


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("12.3", "EUR", "12.30 EUR"), ("0.00032", "EUR", "0.00032 EUR"), ("1E+3", "JPY", "1000 JPY"),
     ("-1.50", "KWD", "-1.500 KWD"), ("5.1000", "EUR", "5.10 EUR")],
)  # fmt: skip
def test_text(amount: str, currency: str, text: str) -> None:
    assert str(Money(Decimal(amount), currency)) == text


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        # half_up, half_even, up, down, ceil, floor
        ("2.5", "3 2 3 2 3 2"),
        ("-2.5", "-3 -2 -3 -2 -2 -3"),
        ("3.5", "4 4 4 3 4 3"),
        ("2.4", "2 2 3 2 3 2"),
        ("-2.4", "-2 -2 -3 -2 -2 -3"),
        ("-0.4", "0 0 -1 0 0 -1"),
        ("2", "2 2 2 2 2 2"),
    ],
)
def test_rounding_modes(value: str, rounded: str) -> None:
    expected = dict(zip(Rounding, rounded.split(), strict=True))
    assert {mode: str(round_to(Decimal(value), 0, mode)) for mode in Rounding} == expected
    assert {mode: str(round_to(Fraction(value), 0, mode)) for mode in Rounding} == expected


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("1234.5", -2, "1200"),
        ("1250", -2, "1300"),
        ("0.005", 2, "0.01"),
        ("1.005", 2, "1.01"),
        ("7", 2, "7.00"),
    ],
)
def test_round_to_places(value: str, places: int, text: str) -> None:
    assert str(round_to(Decimal(value), places)) == text
    assert round_to(Fraction(value), places) == Decimal(text)


@given(st.decimals(-1000, 1000, places=5), st.integers(-3, 6), st.sampled_from(Rounding))
def test_fractions_and_decimals_round_alike(value: Decimal, places: int, mode: Rounding) -> None:
    assert round_to(Fraction(value), places, mode) == round_to(value, places, mode)


@pytest.mark.parametrize("text", ["NaN", "Infinity"])
def test_only_finite_numbers_round(text: str) -> None:
    with pytest.raises(Refused) as refused:
        round_to(Decimal(text), 2)
    assert refused.value.code == "not_finite"


def test_rounded_money() -> None:
    assert eur("0.005").rounded() == eur("0.01")
    assert Money(Decimal("0.5"), "JPY").rounded(Rounding.HALF_EVEN) == Money(Decimal(0), "JPY")


@pytest.mark.parametrize(
    ("fraction", "text", "exact"),
    [
        (Fraction(1, 8), "0.125", True),
        (Fraction(7), "7", True),
        (Fraction(-3, 20), "-0.15", True),
        (Fraction(1, 3), "0.33333333333333333333", False),
        (Fraction(-2, 3), "-0.66666666666666666667", False),
        (Fraction(1, 2**21), "0.00000047683715820312", False),  # finite, but longer than 20 places
    ],
)
def test_to_decimal(fraction: Fraction, text: str, exact: bool) -> None:
    number, was_exact = to_decimal(fraction)
    assert (plain(number), was_exact) == (text, exact)


@pytest.mark.parametrize(
    ("value", "text"), [("1E+3", "1000"), ("0.00430", "0.0043"), ("-0", "0"), ("10", "10"), ("-5.0", "-5")]
)
def test_plain(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


def test_add_up_is_exact() -> None:
    assert add_up([Decimal("1E+30"), Decimal("1E-10")]) == Decimal("1000000000000000000000000000000.0000000001")
