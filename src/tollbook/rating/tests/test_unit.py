"""Unit price: every unit costs the same; allowance, discount and limits around it."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.money import add_up
from tollbook.rating import Terms, rate, words


@pytest.mark.parametrize(
    ("terms", "quantity", "before", "amount", "billable"),
    [
        ({"unit_price": "0.0043"}, "10000", "0", "43", "10000"),
        ({"unit_price": "0.0043"}, "0.5", "0", "0.00215", "0.5"),
        ({"unit_price": "0"}, "7", "0", "0", "7"),
        # django-silver, test_generate_docs.py: included units, whole and prorated to half a month
        ({"unit_price": "2.5", "allowance": "34"}, "40", "0", "15", "6"),
        ({"unit_price": "2.5", "allowance": "10"}, "12", "0", "5", "2"),
        ({"unit_price": "2.5", "allowance": "10"}, "8", "0", "0", "0"),
        # OpenMeter, unit_test.go: five of the ten free units were used before the split
        ({"unit_price": "1", "allowance": "10"}, "15", "5", "10", "10"),
        # OpenMeter, unit_test.go: the percentage comes off before the spend cap (100 - 7 * 5)
        ({"unit_price": "10", "discount_percent": "50", "maximum": "100"}, "20", "7", "65", "20"),
        ({"unit_price": "10", "maximum": "29.99"}, "3", "0", "29.99", "3"),
        ({"unit_price": "10", "maximum": "30"}, "3", "0", "30", "3"),
        ({"unit_price": "10", "minimum": "30.01"}, "3", "0", "30.01", "3"),
        ({"unit_price": "10", "minimum": "50"}, "3", "0", "50", "3"),
        ({"unit_price": "10", "minimum": "50"}, "3", "1", "40", "3"),
        # A correction: two of the five units billed earlier are taken back
        ({"unit_price": "10"}, "-2", "5", "-20", "-2"),
    ],
)
def test_unit(terms: dict[str, Any], quantity: str, before: str, amount: str, billable: str) -> None:
    rated = rate(Terms.parse({"model": "unit", **terms}), Decimal(quantity), before=Decimal(before))
    assert (rated.amount, rated.billable) == (Decimal(amount), Decimal(billable))
    assert add_up(line.amount for line in rated.lines) == rated.amount


def test_each_line_tells_its_arithmetic() -> None:
    terms = Terms.parse(
        {"model": "unit", "unit_price": "10", "allowance": "2", "discount_percent": "50", "maximum": "60"}
    )
    rated = rate(terms, Decimal(20), before=Decimal(7))
    assert [words(line.data(), "EUR", "h") for line in rated.lines] == [
        "Included in the price: 2 h of 2; 25 h left to pay",
        "25 h × 10.00 EUR = 250.00 EUR",
        "Discount of 50 % on 250.00 EUR: -125.00 EUR",
        "At most 60.00 EUR is due, not 125.00 EUR: -65.00 EUR",
        "Billed earlier in this period for 7 h: -25.00 EUR",
    ]
    assert rated.amount == Decimal(35)
    assert rated.lines[1].data() == {"kind": "unit", "quantity": "25", "unit_price": "10", "amount": "250"}
