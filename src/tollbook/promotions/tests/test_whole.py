"""What codes take off whole invoices, and which part of it off which line: worked by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.money import add_up, plain
from tollbook.promotions.rules import Kind, Stacks
from tollbook.promotions.whole import Code, given_up, part_words, take_off_invoice

PERCENT, AMOUNT = Kind.PERCENT, Kind.AMOUNT
ADDED, MULTIPLIED = Stacks.ADDITIVE, Stacks.MULTIPLICATIVE


def code(kind: Kind, value: str, stacks: Stacks = ADDED, number: int = 1, last: int | None = None) -> Code:
    currency = "EUR" if kind is AMOUNT else ""
    return Code(1, "rdm_1", f"{kind}{value}", kind, Decimal(value), currency, stacks, number, last)


@pytest.mark.parametrize(
    ("codes", "prices", "taken"),
    [
        # 10 % of 80.00, a quarter and three quarters of it.
        ([code(PERCENT, "10")], "20.00 60.00", ["8 of 80: 2 6"]),
        # 10 over three equal lines: the cent that is left goes to the first.
        ([code(AMOUNT, "10")], "7.00 7.00 7.00", ["10 of 21: 3.34 3.33 3.33"]),
        # 7.5 % of 0.99 is 0.07425; by largest remainder of 0.0375, 0.0275 and 0.0049 cents.
        ([code(PERCENT, "7.5")], "0.50 0.40 0.09", ["0.07 of 0.99: 0.03 0.03 0.01"]),
        # More than there is: all of it, and nothing falls below zero.
        ([code(AMOUNT, "50")], "7.00 5.50", ["12.5 of 12.5: 7 5.5"]),
        # What gives back lowers the sum and bears no part: 10 % of 80.00.
        ([code(PERCENT, "10")], "100.00 -20.00", ["8 of 80: 8 0"]),
        # Added: both of 100. Multiplied: of what is left. An amount comes last, whichever was redeemed first.
        ([code(PERCENT, "10"), code(PERCENT, "5")], "100", ["10 of 100: 10", "5 of 100: 5"]),
        ([code(PERCENT, "10", MULTIPLIED), code(PERCENT, "5")], "100", ["5 of 100: 5", "9.5 of 95: 9.5"]),
        ([code(AMOUNT, "10"), code(PERCENT, "10")], "100", ["10 of 100: 10", "10 of 90: 10"]),
        # The second finds nothing: it is not used.
        ([code(PERCENT, "100"), code(AMOUNT, "5")], "3 4", ["7 of 7: 3 4"]),
        ([code(PERCENT, "10")], "0.04", []),
        ([code(AMOUNT, "10")], "", []),
        ([code(AMOUNT, "10")], "5 -5", []),
    ],
)
def test_what_is_taken_off(codes: list[Code], prices: str, taken: list[str]) -> None:
    found = take_off_invoice(codes, [Decimal(price) for price in prices.split()], 2)
    assert [f"{plain(t.amount)} of {plain(t.of)}: {' '.join(map(plain, t.parts))}" for t in found] == taken


codes = st.lists(
    st.tuples(st.sampled_from([PERCENT, AMOUNT]), st.decimals("0.01", 100, places=2), st.sampled_from(Stacks)),
    max_size=4,
)


@given(codes, st.lists(st.decimals(-50, 500, places=2), max_size=8))
def test_parts_sum_to_what_is_taken_and_nothing_falls_below_zero(
    given_codes: list[tuple[Kind, Decimal, Stacks]], prices: list[Decimal]
) -> None:
    asked = [code(kind, str(value), stacks) for kind, value, stacks in given_codes]
    left = list(prices)
    for taken in take_off_invoice(asked, prices, 2):
        assert 0 < taken.amount == add_up(taken.parts) <= taken.of
        left = [price - part for price, part in zip(left, taken.parts, strict=True)]
    assert add_up(left) >= min(Decimal(0), add_up(prices))
    assert all(now >= min(Decimal(0), before) for now, before in zip(left, prices, strict=True))


@pytest.mark.parametrize(
    ("taken", "before", "after", "given"),
    [
        ("10", "100", "80", "2"),  # a fifth of the reading is gone, and a fifth of what was off it
        ("10", "100", "0", "10"),  # all of it
        ("10", "100", "-5", "10"),  # and never more
        ("0.10", "3", "2", "0.03"),  # 0.0666.. stay, rounded to 0.07
        ("10", "100", "100", "0"),
        ("10", "100", "120", "0"),  # what is charged on top of it is on an invoice of its own
        ("0", "0", "-5", "0"),
    ],
)
def test_what_is_given_up(taken: str, before: str, after: str, given: str) -> None:
    assert given_up(Decimal(taken), Decimal(before), Decimal(after), 2) == Decimal(given)


def test_uses_are_counted_on() -> None:
    second = code(PERCENT, "10", number=2, last=3)
    following = [each.number if (each := second.after(uses)) else None for uses in (0, 1, 2)]
    assert following == [2, 3, None]
    assert code(PERCENT, "10").after(1000) is not None


def test_words() -> None:
    (percent,) = take_off_invoice([code(PERCENT, "10")], [Decimal(20), Decimal(60)], 2)
    (amount,) = take_off_invoice([code(AMOUNT, "8")], [Decimal(20), Decimal(60)], 2)
    assert [part_words(percent, "EUR", percent.parts[0]), part_words(amount, "EUR", amount.parts[1])] == [
        "Promotion percent10: 10 % off the whole invoice of 80.00 EUR, 8.00 EUR; its part for this line: -2.00 EUR",
        "Promotion amount8: 8.00 EUR off the whole invoice of 80.00 EUR; its part for this line: -6.00 EUR",
    ]
