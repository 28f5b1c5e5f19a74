"""Exact splitting: tables of the conventions, and what holds for all of them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.allocate import Leftover, allocate, carry, complete
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Rounding, add_up, round_to


def decimals(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(part) for part in text.split())


@pytest.mark.parametrize(
    ("amount", "weights", "places", "leftover", "parts"),
    [
        ("10", [1, 1, 1], 2, Leftover.LARGEST, "3.34 3.33 3.33"),
        ("1", [1, 2, 3], 2, Leftover.LARGEST, "0.17 0.33 0.50"),
        ("100", [1, 1, 1], 0, Leftover.LARGEST, "34 33 33"),
        ("-10", [1, 1, 1], 2, Leftover.LARGEST, "-3.34 -3.33 -3.33"),
        ("5", [0, 1, 0], 0, Leftover.LARGEST, "0 5 0"),
        # Formance Numscript hands out what is left from the first share on, skipping empty ones
        ("100", [Fraction(0), Fraction(1, 3), Fraction(2, 3)], 0, Leftover.FIRST, "0 34 66"),
        ("99", [Fraction(1, 2), Fraction(1, 2)], 0, Leftover.FIRST, "50 49"),
        # pretix instalments: the last one takes what is left
        ("100", [1, 1, 1], 2, Leftover.LAST_FLOOR, "33.33 33.33 33.34"),
        # Django Hordak: half up, so the last one may be smaller
        ("100", [1] * 6, 0, Leftover.LAST_HALF_UP, "17 17 17 17 17 15"),
        ("100", [1] * 6, 0, Leftover.LAST_FLOOR, "16 16 16 16 16 20"),
        # below zero a floor goes down, and half up away from zero
        ("-100", [1, 1, 1], 2, Leftover.LAST_FLOOR, "-33.34 -33.34 -33.32"),
        ("-100", [1] * 6, 0, Leftover.LAST_HALF_UP, "-17 -17 -17 -17 -17 -15"),
        ("-10", [1, 1, 1], 0, Leftover.FIRST, "-3 -3 -4"),
        # who takes what is left takes the last digit too
        ("10.005", [1, 1], 2, Leftover.LAST_FLOOR, "5.00 5.005"),
    ],
)
def test_allocate(amount: str, weights: list[int | Fraction], places: int, leftover: Leftover, parts: str) -> None:
    assert allocate(Decimal(amount), weights, places, leftover) == decimals(parts)


@pytest.mark.parametrize(
    ("amount", "weights", "code"),
    [("1", [], "bad_weights"), ("1", [0, 0], "bad_weights"), ("1", [2, -1], "bad_weights"),
     ("0.001", [1], "amount_too_fine")],
)  # fmt: skip
def test_refused(amount: str, weights: list[int], code: str) -> None:
    with pytest.raises(Refused) as refused:
        allocate(Decimal(amount), weights, 2)
    assert refused.value.code == code


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any),
    st.sampled_from([0, 2, 3]),
    st.sampled_from(Leftover),
)
def test_parts_sum_to_the_whole(units: int, weights: list[int], places: int, leftover: Leftover) -> None:
    amount = Decimal(units).scaleb(-places)
    parts = allocate(amount, weights, places, leftover)
    assert add_up(parts) == amount
    assert len(parts) == len(weights)
    assert all(round_to(part, places) == part for part in parts)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
def test_no_part_is_a_step_away_from_its_share(units: int, weights: list[int]) -> None:
    parts = allocate(Decimal(units), weights, 0)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(units) * weight / sum(weights)) < 1


def test_the_rest_completes_a_whole() -> None:
    half, third = Fraction(1, 2), Fraction(1, 3)
    assert complete([half, None]) == (half, half)
    assert complete([half, None, third]) == (half, Fraction(1, 6), third)
    assert complete([half, half]) == (half, half)
    assert complete([half, half, None]) == (half, half, Fraction(0))


@pytest.mark.parametrize("portions", [[None, None], [Fraction(1, 2)], [Fraction(3, 2), None]])
def test_portions_that_are_not_a_whole_are_refused(portions: list[Fraction | None]) -> None:
    with pytest.raises(Refused) as refused:
        complete(portions)
    assert refused.value.code == "bad_portions"


def test_a_thousand_tiny_lines_show_what_they_cost() -> None:
    parts = carry([Decimal("0.0003")] * 1000, 2)
    assert add_up(parts) == Decimal("0.30")
    assert set(parts) == {Decimal(0), Decimal("0.01")}


@pytest.mark.parametrize(
    ("amounts", "mode", "shown"),
    [
        ("0.005 0.007", "half_up", "0.01 0.00"),
        ("-0.005 -0.007", "half_up", "-0.01 0.00"),
        ("0.005 0.010", "half_even", "0.01 0.01"),
        ("0.005 0.020", "half_even", "0.00 0.02"),
        ("0.001 -0.002", "up", "0.00 -0.01"),
        ("0.001 0.002 -0.001", "up", "0.01 0.00 0.00"),
        ("0.009 -0.010 0.009", "down", "0.00 -0.01 0.01"),
        ("0.005 -0.010", "half_up", "0.00 -0.01"),
        ("0.001 -0.002", "floor", "0.00 -0.01"),
        ("0.001 -0.002", "ceil", "0.01 -0.01"),
    ],
)
def test_carried_lines(amounts: str, mode: str, shown: str) -> None:
    parts = carry([Decimal(amount) for amount in amounts.split()], 2, Rounding(mode))
    assert " ".join(f"{part:.2f}" for part in parts) == shown


@given(
    st.lists(st.decimals(-1, 1, places=3) | st.decimals(-100, 100, places=4), max_size=20),
    st.sampled_from(Rounding),
    st.sampled_from([0, 2, 3]),
)
def test_carried_lines_sum_to_the_rounded_sum_and_none_is_off_by_a_step(
    amounts: list[Decimal], mode: Rounding, places: int
) -> None:
    parts = carry(amounts, places, mode)
    assert add_up(parts) == round_to(add_up(amounts), places, mode)
    assert all(abs(part - amount) < Decimal(1).scaleb(-places) for part, amount in zip(parts, amounts, strict=True))
