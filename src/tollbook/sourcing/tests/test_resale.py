"""Prices along a chain of resellers."""

from decimal import Decimal

import pytest

from tollbook.sourcing.rules import Step, marked_up, resold


@pytest.mark.parametrize(
    ("cost", "percent", "places", "price"),
    [
        ("0.0043", "20", 12, "0.00516"),
        ("0.10", "33.333", 2, "0.13"),
        ("0.30", "-50", 2, "0.15"),
        ("0.05", "10", 2, "0.06"),
    ],
)
def test_a_markup(cost: str, percent: str, places: int, price: str) -> None:
    """FOSSBilling adds a percentage; half a cent rounds up."""
    assert marked_up(Decimal(cost), Decimal(percent), places) == Decimal(price)


def test_each_party_buys_at_the_price_of_the_one_before() -> None:
    """ASTPP lets a party name its own price, OSCM lets it lie below cost."""
    steps = [Step("carrier", None, Decimal(25)), Step("reseller", Decimal("1.20")), Step("agent", None, Decimal("10"))]
    found = [(sold.party, str(sold.price), str(sold.margin)) for sold in resold(Decimal("1.00"), steps, 2)]
    assert found == [("carrier", "1.25", "0.25"), ("reseller", "1.20", "-0.05"), ("agent", "1.32", "0.12")]
    assert resold(Decimal(1), [], 2) == []
