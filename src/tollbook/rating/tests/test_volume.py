"""Volume price: the tier that the whole quantity reaches prices every unit of it."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.money import add_up
from tollbook.rating import Terms, rate, words


def tiers(*rows: tuple[str | None, str, str]) -> list[dict[str, Any]]:
    return [{"upto": upto, "unit": unit, "flat": flat} for upto, unit, flat in rows]


# Lago, volume_service_spec.rb
LAGO = tiers(("100", "2", "10"), ("200", "1", "0"), (None, "0.5", "50"))
# OpenMeter, tieredvolume_test.go
OPENMETER = tiers(("5", "0", "100"), ("10", "0", "150"), ("15", "10", "0"), (None, "5", "0"))
# Meteroid, fees.rs
METEROID = tiers(("100", "1", "0"), ("200", "0.5", "0"), (None, "0.25", "0"))


def volume(rows: list[dict[str, Any]], **more: Any) -> Terms:
    return Terms.parse({"model": "volume", "tiers": rows, **more})


@pytest.mark.parametrize(
    ("terms", "quantity", "amount"),
    [
        (volume(LAGO), "0", "10"),  # the fee of the first tier is due without any use
        (volume(LAGO, semantics={"flat_at_zero": False}), "0", "0"),
        (volume(LAGO), "100", "210"),
        (volume(LAGO), "100.5", "100.5"),  # between two whole numbers the next tier applies
        (volume(LAGO), "101", "101"),
        (volume(LAGO), "200", "200"),
        (volume(LAGO), "300", "200"),
        (volume(OPENMETER), "3", "100"),
        (volume(OPENMETER), "14", "140"),
        (volume(OPENMETER), "15", "150"),
        (volume(OPENMETER, minimum="150"), "0", "150"),
        (volume(OPENMETER, minimum="100"), "100", "500"),
        (volume(METEROID), "150", "75"),
        # Exactly on a border the two styles differ by half
        (volume(METEROID, semantics={"border": "inclusive_top"}), "100", "100"),
        (volume(METEROID, semantics={"border": "lower_bound"}), "100", "50"),
    ],
)
def test_volume(terms: Terms, quantity: str, amount: str) -> None:
    rated = rate(terms, Decimal(quantity))
    assert rated.amount == Decimal(amount)
    assert add_up(line.amount for line in rated.lines) == rated.amount


def test_a_second_part_can_make_the_first_one_cheaper() -> None:
    # 100 cost 100; 150 cost 75: the second part of the period is a credit of 25.
    rated = rate(volume(METEROID), Decimal(50), before=Decimal(100))
    assert rated.amount == Decimal(-25)
    assert [words(line.data(), "EUR", "GB") for line in rated.lines] == [
        "Tier 2 (above 100 up to 200) applies to all: 150 GB × 0.50 EUR = 75.00 EUR",
        "Billed earlier in this period for 100 GB: -100.00 EUR",
    ]
