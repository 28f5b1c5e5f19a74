"""The tax of a whole invoice: once for each group (EN 16931), or as another mode says (pretix)."""

from decimal import Decimal

import pytest

from tollbook.kernel.errors import Refused
from tollbook.tax import Code, TaxLine, TaxMode, Treatment, groups, groups_of_gross


def standard(percent: str) -> Treatment:
    return Treatment(Code.STANDARD, Decimal(percent), f"{percent} %")


REVERSE = Treatment(Code.REVERSE_CHARGE, Decimal(0), "Reverse charge", "VATEX-EU-AE")


def test_one_row_for_each_code_and_percentage() -> None:
    lines = [
        (Decimal("0.30"), standard("19")),
        (Decimal("10.00"), standard("7")),
        (Decimal("0.30"), standard("19")),
        (Decimal("5.00"), REVERSE),
    ]
    assert groups(lines, "EUR") == (
        TaxLine(standard("19"), Decimal("0.60"), Decimal("0.11")),
        TaxLine(standard("7"), Decimal("10.00"), Decimal("0.70")),
        TaxLine(REVERSE, Decimal("5.00"), Decimal("0.00")),
    )
    assert groups([], "EUR") == ()


@pytest.mark.parametrize(("mode", "tax"), [(TaxMode.SUM_BY_NET, "0.11"), (TaxMode.PER_LINE, "0.12")])
def test_a_line_each_or_once_for_the_group(mode: TaxMode, tax: str) -> None:
    (found,) = groups([(Decimal("0.30"), standard("19"))] * 2, "EUR", mode)
    assert (found.tax, found.gross) == (Decimal(tax), Decimal("0.60") + Decimal(tax))


@pytest.mark.parametrize(
    ("mode", "net", "tax", "gross"),
    [
        # Three tickets of 14.99 that include 19 %: 12.60 + 2.39 each (12.5966...)
        (TaxMode.PER_LINE, "37.80", "7.17", "44.97"),
        (TaxMode.SUM_BY_NET, "37.80", "7.18", "44.98"),
        (TaxMode.KEEP_GROSS, "37.79", "7.18", "44.97"),
    ],
)
def test_prices_that_include_the_tax(mode: TaxMode, net: str, tax: str, gross: str) -> None:
    """pretix's three modes, computed by hand."""
    (found,) = groups_of_gross([(Decimal("14.99"), standard("19"))] * 3, "EUR", mode)
    assert (found.net, found.tax, found.gross) == (Decimal(net), Decimal(tax), Decimal(gross))


@pytest.mark.parametrize(
    ("net", "mode", "code"),
    [("0.301", TaxMode.SUM_BY_NET, "not_rounded"), ("0.30", TaxMode.KEEP_GROSS, "bad_tax_mode")],
)
def test_refused(net: str, mode: TaxMode, code: str) -> None:
    with pytest.raises(Refused) as refused:
        groups([(Decimal(net), standard("19"))], "EUR", mode)
    assert refused.value.code == code
