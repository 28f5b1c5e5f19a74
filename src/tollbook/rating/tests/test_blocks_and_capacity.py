"""Kill Bill's usage prices, consumable in blocks and capacity, worked by hand from its documented rules."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.errors import Refused
from tollbook.rating import Terms, Usage, price_words, rate, words

TIERS: list[dict[str, Any]] = [
    {"block_size": 100, "max_blocks": 10, "block_price": "1"},
    {"block_size": 1000, "max_blocks": 2, "block_price": "5"},
    {"block_size": 1000, "max_blocks": None, "block_price": "4"},
]


def blocks(policy: str, tiers: list[dict[str, Any]] = TIERS) -> Terms:
    return Terms.parse({"model": "blocks", "tiers": tiers, "policy": policy})


@pytest.mark.parametrize(
    ("policy", "quantity", "amount"),
    [
        ("all_tiers", "0", "0"),
        ("all_tiers", "1", "1"),  # a started block is due whole
        ("all_tiers", "1000", "10"),
        ("all_tiers", "1001", "15"),  # 10 blocks of 100, one of 1000
        ("all_tiers", "3001", "24"),  # 10 + 2 * 5 + 4
        ("top_tier", "0", "0"),
        ("top_tier", "1000", "10"),
        ("top_tier", "1001", "10"),  # everything in blocks of the second tier: 2 * 5
        ("top_tier", "3001", "16"),  # 4 * 4
    ],
)
def test_blocks(policy: str, quantity: str, amount: str) -> None:
    assert rate(blocks(policy), Decimal(quantity)).amount == Decimal(amount)


def test_blocks_billed_earlier_are_taken_off() -> None:
    assert rate(blocks("all_tiers"), Decimal(500), before=Decimal(700)).amount == Decimal(8)
    assert rate(blocks("all_tiers"), Decimal(1001), already=Decimal(7)).amount == Decimal(8)


def test_what_no_tier_holds_is_told() -> None:
    rated = rate(blocks("all_tiers", TIERS[:1]), Decimal(1250))
    assert rated.amount == Decimal(10)
    assert [words(line.data(), "EUR", "MB") for line in rated.lines] == [
        "Tier 1: 10 blocks of 100 MB × 1.00 EUR = 10.00 EUR",
        "250 MB beyond the last tier are not charged",
    ]


def test_blocks_in_words() -> None:
    assert price_words(blocks("all_tiers"), "EUR", "MB")[:4] == [
        "Each tier sells its own blocks.",
        "Tier 1, up to 10 blocks: 1.00 EUR for each started block of 100 MB.",
        "Tier 2, up to 2 blocks: 5.00 EUR for each started block of 1,000 MB.",
        "Tier 3: 4.00 EUR for each started block of 1,000 MB.",
    ]


CAPACITY = [
    {"limits": {"CPU": 2, "GB": 8}, "price": "10"},
    {"limits": {"CPU": 8, "GB": None}, "price": "30"},
    {"limits": None, "price": "100"},
]


@pytest.mark.parametrize(
    ("peaks", "price"),
    [
        ({"CPU": 2, "GB": 8}, "10"),  # limits are inclusive
        ({"CPU": 3, "GB": 1}, "30"),  # one unit over one limit lifts the whole
        ({"CPU": 2, "GB": 9}, "30"),
        ({"CPU": 9, "GB": 1}, "100"),
        ({}, "10"),
    ],
)
def test_capacity(peaks: dict[str, int], price: str) -> None:
    terms = Terms.parse({"model": "capacity", "tiers": CAPACITY})
    usage = Usage(peaks={unit: Decimal(peak) for unit, peak in peaks.items()})
    assert rate(terms, Decimal(0), usage=usage).amount == Decimal(price)


def test_peaks_that_no_tier_holds_are_refused() -> None:
    terms = Terms.parse({"model": "capacity", "tiers": CAPACITY[:1]})
    with pytest.raises(Refused) as refused:
        rate(terms, Decimal(0), usage=Usage(peaks={"CPU": Decimal(3)}))
    assert refused.value.code == "over_capacity"


def test_capacity_in_words() -> None:
    terms = Terms.parse({"model": "capacity", "tiers": CAPACITY})
    assert price_words(terms, "EUR", "")[:4] == [
        "The first tier that holds every peak has one price.",
        "Tier 1, up to 2 CPU, 8 GB: 10.00 EUR.",
        "Tier 2, up to 8 CPU, any GB: 30.00 EUR.",
        "Tier 3, without limits: 100.00 EUR.",
    ]
    rated = rate(terms, Decimal(0), usage=Usage(peaks={"CPU": Decimal(3)}))
    assert words(rated.lines[0].data(), "EUR", "") == "Tier 2 holds the peaks of 3 CPU: 30.00 EUR"
