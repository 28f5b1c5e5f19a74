"""The rounding and the sums of an invoice."""

from decimal import Decimal

import pytest

from tollbook.invoicing.rules import round_line, round_lines, rounded_totals, totals
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Rounding
from tollbook.tax import Code, Treatment


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("exact", "mode", "rounded"),
    [("1.005", Rounding.HALF_UP, "1.01"), ("-1.005", Rounding.HALF_UP, "-1.01"), ("1.001", Rounding.CEIL, "1.01")],
)
def test_one_line(exact: str, mode: Rounding, rounded: str) -> None:
    assert round_line(Decimal(exact), 2, mode) == Decimal(rounded)


def test_remainders_are_carried_within_a_group_only() -> None:
    exact = decimals("0.004", "0.004", "0.004", "0.004")
    assert round_lines(exact, "abab", 2, carried=True) == decimals("0.00", "0.00", "0.01", "0.01")
    assert round_lines(exact, "abab", 2, carried=False) == decimals("0.00", "0.00", "0.00", "0.00")


@pytest.mark.parametrize(
    ("lines", "places", "both"),
    [(["0.013"] * 50, 2, ["0.50", "0.65"]), (["0.5", "0.5"], 0, ["2", "1"]), ([], 2, ["0", "0"])],
)
def test_rounding_first_and_rounding_last(lines: list[str], places: int, both: list[str]) -> None:
    """Flexprice states both sums; each can be the larger one."""
    assert rounded_totals(decimals(*lines), places) == tuple(decimals(*both))


def test_tax_is_rounded_once_for_each_rate() -> None:
    full, reduced = (Treatment(Code.STANDARD, Decimal(percent), "") for percent in (19, 7))
    lines = [(Decimal("0.30"), full), (Decimal("0.30"), full), (Decimal("1.00"), reduced), (Decimal("-0.20"), full)]
    found = totals(lines, "EUR", credit=Decimal(2))
    # 19 % of 0.40 are 0.076 and 7 % of 1.00 are 0.07
    assert found[1:] == tuple(decimals("1.40", "0.15", "1.55", "-0.45"))
    assert [(row.net, row.tax) for row in found.taxes] == [
        tuple(decimals("0.40", "0.08")),
        tuple(decimals("1", "0.07")),
    ]
    assert totals([], "EUR")[1:] == (0, 0, 0, 0)


def test_a_line_must_be_rounded_before() -> None:
    with pytest.raises(Refused) as refused:
        totals([(Decimal("0.001"), Treatment(Code.ZERO, Decimal(0), ""))], "EUR")
    assert refused.value.code == "not_rounded"
