"""Sums over a breakdown, several taxes side by side, and what a coupon leaves to pay."""

from decimal import Decimal

import pytest

from tollbook.tax import Code, Spread, TaxLine, Treatment, after_coupon, stacked_gross, totals


def test_the_sums_of_a_breakdown() -> None:
    treatment = Treatment(Code.STANDARD, Decimal(19), "")
    rows = [TaxLine(treatment, Decimal("10.00"), Decimal("1.90")), TaxLine(treatment, Decimal("-3"), Decimal("-0.57"))]
    assert totals(rows) == (Decimal("7.00"), Decimal("1.33"), Decimal("8.33"))
    assert totals([]) == (0, 0, 0)


def test_several_taxes_on_one_net() -> None:
    """Canada's 5 and 9.975 %: 2.5005 and 4.9875... are rounded each by itself."""
    assert stacked_gross(Decimal("50.01"), [Decimal(5), Decimal("9.975")], "CAD") == Decimal("57.50")
    assert stacked_gross(Decimal("50.01"), [], "CAD") == Decimal("50.01")


@pytest.mark.parametrize(
    ("spread", "shares", "total"),
    # Three fees of 200 with 20 % and a coupon of 100: Lago's shares lose a cent, and the total does not see it.
    [(Spread.EACH, [33, 33, 33], 599), (Spread.EXACT, [34, 33, 33], 599)],
)
def test_a_coupon_comes_off_before_tax(spread: Spread, shares: list[int], total: int) -> None:
    found = after_coupon([(Decimal(200), Decimal(20))] * 3, Decimal(100), 0, spread)
    assert (list(found.shares), found.tax, found.total) == (shares, 99, total)


def test_a_coupon_beyond_the_fees_leaves_nothing() -> None:
    found = after_coupon([(Decimal(80), Decimal(20))], Decimal(100), 2)
    assert (found.shares, found.tax, found.total) == ((80,), 0, 0)
    assert after_coupon([], Decimal(100), 2).total == 0
