"""Package price: units are sold in packages; a started one is due whole, or not at all."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.rating import Terms, price_words, rate, words


def package(size: str, price: str, **more: Any) -> Terms:
    return Terms.parse({"model": "package", "package_size": size, "package_price": price, **more})


@pytest.mark.parametrize(
    ("terms", "quantity", "before", "amount"),
    [
        # Flexprice, price_test.go
        (package("100", "1"), "0", "0", "0"),
        (package("100", "1"), "2", "0", "1"),
        (package("100", "1"), "99", "0", "1"),
        (package("100", "1"), "100", "0", "1"),
        (package("100", "1"), "101", "0", "2"),
        (package("100", "1", partial="down"), "199", "0", "1"),
        # Lago, package_service_spec.rb: free units come off before packages are counted
        (package("10", "100"), "121", "0", "1300"),
        (package("10", "100", allowance="10"), "121", "0", "1200"),
        (package("10", "100", allowance="200"), "121", "0", "0"),
        # OpenMeter, package_test.go: 17 used two packages, five more begin a third
        (package("10", "15"), "5", "17", "15"),
        (package("10", "15"), "3", "17", "0"),
        # Meteroid, fees.rs
        (package("20", "5"), "45", "0", "15"),
        (package("0.5", "1"), "1.25", "0", "3"),
    ],
)
def test_package(terms: Terms, quantity: str, before: str, amount: str) -> None:
    assert rate(terms, Decimal(quantity), before=Decimal(before)).amount == Decimal(amount)


def test_package_in_words() -> None:
    rated = rate(package("100", "1.50"), Decimal("1250.5"))
    assert [words(line.data(), "EUR", "min") for line in rated.lines] == [
        "1,250.5 min in 13 packages of 100: 13 × 1.50 EUR = 19.50 EUR"
    ]
    assert price_words(package("100", "1.50", partial="down"), "EUR", "min")[0] == (
        "1.50 EUR for each package of 100 min. A started package is free."
    )
