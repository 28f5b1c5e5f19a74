"""Graduated price: each unit costs what its own tier says; each tier that is entered adds its whole fee."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.money import add_up
from tollbook.rating import Terms, rate, words


def tiers(*rows: tuple[str | None, str, str]) -> list[dict[str, Any]]:
    return [{"upto": upto, "unit": unit, "flat": flat} for upto, unit, flat in rows]


# Lago, graduated_service_spec.rb
LAGO = tiers(("10", "10", "2"), ("20", "5", "3"), (None, "5", "3"))
# OpenMeter, tieredgraduated_test.go: two price lists, the second dearer above ten
OPENMETER = tiers(("5", "0", "100"), ("10", "0", "50"), ("15", "5", "0"), (None, "1", "0"))
OPENMETER_2 = tiers(("5", "0", "100"), ("10", "0", "50"), ("15", "10", "0"), (None, "5", "0"))
# Flexprice, price_test.go
FLEXPRICE = tiers(("5", "0", "1"), ("10", "1", "2"), (None, "2", "0"))
# Meteroid, fees.rs
METEROID = tiers(("100", "1", "0"), ("200", "0.5", "0"), (None, "0.25", "0"))


def graduated(rows: list[dict[str, Any]], *, zero: bool = True, **more: Any) -> Terms:
    return Terms.parse({"model": "graduated", "tiers": rows, "semantics": {"flat_at_zero": zero}, **more})


@pytest.mark.parametrize(
    ("terms", "quantity", "amount"),
    [
        (graduated(LAGO), "0", "2"),  # the first tier's fee is due without any use
        (graduated(LAGO, zero=False), "0", "0"),
        (graduated(LAGO), "1", "12"),
        (graduated(LAGO), "10", "102"),  # on the border: still the first tier alone
        (graduated(LAGO), "11", "110"),
        (graduated(OPENMETER), "22", "182"),  # 100 + 50 + 5*5 + 7*1
        (graduated(OPENMETER_2), "3", "100"),
        (graduated(OPENMETER_2), "5", "100"),
        (graduated(OPENMETER_2), "5.001", "150"),  # a thousandth over the border owes the next fee
        (graduated(OPENMETER_2), "12", "170"),
        (graduated(OPENMETER_2), "22", "235"),
        (graduated(FLEXPRICE, zero=False), "0", "0"),
        (graduated(FLEXPRICE, zero=False), "7", "5"),
        (graduated(METEROID, zero=False), "150", "125"),
        (graduated(tiers((None, "1", "0")), maximum="3"), "5", "3"),
        (graduated(METEROID, allowance="100"), "250", "125"),
    ],
)
def test_graduated(terms: Terms, quantity: str, amount: str) -> None:
    rated = rate(terms, Decimal(quantity))
    assert rated.amount == Decimal(amount)
    assert add_up(line.amount for line in rated.lines) == rated.amount


@pytest.mark.parametrize(
    ("maximum", "before", "already", "quantity", "amount"),
    [
        # OpenMeter, tieredgraduated_test.go: a split inside a tier that only has a fee costs nothing more
        (None, "7", None, "1", "0"),
        # the same, with a cap of 170 over both parts: T(22) = 182, capped; 160 was billed
        ("170", "12", "160", "10", "10"),
        ("170", "12", None, "10", "10"),
        ("150", "12", "160", "10", "0"),
    ],
)
def test_graduated_goes_on_after_a_split(
    maximum: str | None, before: str, already: str | None, quantity: str, amount: str
) -> None:
    terms = graduated(OPENMETER, maximum=maximum)
    billed = None if already is None else Decimal(already)
    assert rate(terms, Decimal(quantity), before=Decimal(before), already=billed).amount == Decimal(amount)


def test_the_minimum_is_due_only_when_the_period_closes() -> None:
    terms = graduated(METEROID, minimum="30")
    first = rate(terms, Decimal(10), last=False)
    second = rate(terms, Decimal(5), before=Decimal(10))
    assert (first.amount, second.amount) == (Decimal(10), Decimal(20))


def test_the_lines_name_the_tiers() -> None:
    rated = rate(graduated(tiers(("1000", "0.0043", "0"), (None, "0.0039", "2"))), Decimal(1500))
    assert [words(line.data(), "EUR", "SMS") for line in rated.lines] == [
        "Tier 1 (up to 1,000): 1,000 SMS × 0.0043 EUR = 4.30 EUR",
        "Tier 2 (above 1,000): 500 SMS × 0.0039 EUR = 1.95 EUR",
        "Tier 2 (above 1,000): fee of 2.00 EUR",
    ]
    assert rated.amount == Decimal("8.25")


@pytest.mark.parametrize(
    ("rows", "code", "field"),
    [
        (tiers(("10", "1", "0"), ("10", "1", "0"), (None, "1", "0")), "tier_order", "tiers[2].upto"),
        (tiers((None, "1", "0"), (None, "1", "0")), "tier_order", "tiers[1].upto"),
        (tiers(("10", "1", "0")), "tier_end", "tiers[1].upto"),
        ([], "bad_list", "tiers"),
        (tiers((None, "-1", "0")), "negative_refused", "tiers[1].unit"),
    ],
)
def test_wrong_tiers_are_refused(rows: list[dict[str, Any]], code: str, field: str) -> None:
    from tollbook.kernel.errors import Invalid

    with pytest.raises(Invalid) as refused:
        graduated(rows)
    assert [(p.code, p.field) for p in refused.value.problems] == [(code, field)]
