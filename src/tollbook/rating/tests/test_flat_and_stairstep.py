"""Flat: one fee for a period. Stair-step: one price for the step that the quantity reaches."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tollbook.kernel.money import add_up
from tollbook.rating import Terms, rate, words

FLAT = {"model": "flat", "amount": "49.00"}
# HostBill's stairstep, as its CloudStack manual shows it: 1 to 5 cost 1, 6 to 10 cost 2, so 7 cost 2
STEPS = [{"upto": "5", "flat": "1"}, {"upto": "10", "flat": "2"}, {"upto": None, "flat": "3"}]


@pytest.mark.parametrize(
    ("share", "amount", "exact"),
    [
        (Fraction(1), "49", True),
        (Fraction(1, 2), "24.5", True),
        (Fraction(0), "0", True),
        (Fraction(3, 2), "73.5", True),
        (Fraction(15, 31), "23.70967741935483870968", False),
    ],
)
def test_a_fee_for_a_part_of_a_period(share: Fraction, amount: str, exact: bool) -> None:
    rated = rate(Terms.parse(FLAT), Decimal(1), share=share)
    assert (rated.amount, rated.exact) == (Decimal(amount), exact)
    assert add_up(line.amount for line in rated.lines) == rated.amount


def test_a_rounded_fraction_says_so() -> None:
    rated = rate(Terms.parse(FLAT), Decimal(1), share=Fraction(15, 31))
    assert [words(line.data(), "EUR", "") for line in rated.lines] == [
        "Fee: 49.00 EUR",
        "For 15/31 of the period: 49.00 EUR × 15/31 = 23.70967741935483870968 EUR "
        "(rounded to 20 places, half even), a change of -25.29032258064516129032 EUR",
    ]


@pytest.mark.parametrize(
    ("semantics", "quantity", "amount"),
    [
        ({}, "0", "1"),
        ({"flat_at_zero": False}, "0", "0"),
        ({}, "1", "1"),
        ({}, "5", "1"),
        ({"border": "lower_bound"}, "5", "2"),
        ({}, "7", "2"),
        ({}, "10.5", "3"),
        ({}, "1000", "3"),
    ],
)
def test_stairstep(semantics: dict[str, Any], quantity: str, amount: str) -> None:
    terms = Terms.parse({"model": "stairstep", "tiers": STEPS, "semantics": semantics})
    assert rate(terms, Decimal(quantity)).amount == Decimal(amount)


def test_a_step_in_words() -> None:
    rated = rate(Terms.parse({"model": "stairstep", "tiers": STEPS}), Decimal(7))
    assert [words(line.data(), "EUR", "seats") for line in rated.lines] == [
        "Tier 2 (above 5 up to 10) is reached by 7 seats: 2.00 EUR"
    ]
