"""Corrections as rows (FOCUS), and prices taken in two steps (Jasmin)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.money import add_up
from tollbook.rating.corrections import Style, correction
from tollbook.rating.early import early

amounts = st.decimals(-10_000, 10_000, places=4)


@pytest.mark.parametrize(
    ("style", "rows"),
    [(Style.REPLACEMENT, ["75.5"]), (Style.DELTA, ["-14.5"]), (Style.LEDGER, ["-90", "75.5"])],
)
def test_a_correction_from_90_to_75_50(style: Style, rows: list[str]) -> None:
    found = correction(Decimal(90), Decimal("75.5"), style)
    assert found == (tuple(map(Decimal, rows)), Decimal("75.5"))


@given(amounts, amounts, st.sampled_from(Style))
def test_what_stands_after_a_correction_is_the_corrected_amount(
    original: Decimal, corrected: Decimal, style: Style
) -> None:
    assert correction(original, corrected, style).net == corrected


@pytest.mark.parametrize(
    ("parts", "rate", "percent", "found"),
    [
        (3, "0.08", "25", ["0.06", "0.06", "0.18", "0.24"]),
        (3, "0.08", "0", ["0", "0.08", "0.24", "0.24"]),
        (3, "0.08", "100", ["0.24", "0", "0", "0.24"]),
        (0, "0.08", "25", ["0", "0.06", "0", "0"]),
    ],
)
def test_a_quarter_at_once_and_the_rest_with_each_confirmation(
    parts: int, rate: str, percent: str, found: list[str]
) -> None:
    assert early(parts, Decimal(rate), Decimal(percent)) == tuple(map(Decimal, found))


@given(st.integers(0, 50), amounts, st.decimals(0, 100, places=2))
def test_both_steps_are_the_whole_price(parts: int, rate: Decimal, percent: Decimal) -> None:
    found = early(parts, rate, percent)
    assert add_up([found.on_submit, found.all_acks]) == found.total
