"""Percentage prices: a part of the money moved, and fees for each movement. Source: Lago's tests."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.errors import Invalid, Refused
from tollbook.kernel.money import add_up
from tollbook.rating import Rated, Terms, Usage, price_words, rate, words


def decimals(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(part) for part in text.split())


def percentage(**fields: Any) -> Terms:
    return Terms.parse({"model": "percentage", **fields})


def check(rated: Rated, amount: str) -> None:
    assert rated.amount == Decimal(amount)
    assert add_up(line.amount for line in rated.lines) == rated.amount


@pytest.mark.parametrize(
    ("fields", "total", "events", "running", "amount"),
    [
        # 1.3 % of 800 and 4 fees of 2
        ({"rate_percent": "1.3", "fixed_per_event": "2"}, "800", 4, "", "18.4"),
        ({"rate_percent": "1.3", "fixed_per_event": "2"}, "0", 4, "", "0"),
        # the first 3 events move 250: they are free, with their fees
        ({"rate_percent": "1.3", "fixed_per_event": "2", "free_events": 3},
         "800", 4, "50 150 250 400", "9.15"),
        # 250 are free; two running totals are within them
        ({"rate_percent": "1.3", "fixed_per_event": "2", "free_amount": "250"},
         "800", 4, "50 150 400", "11.15"),
        # both: the smaller money counts (3 events and 250, not 300)
        (
            {"rate_percent": "1.3", "fixed_per_event": "2", "free_events": 3, "free_amount": "300"},
            "800", 4, "50 150 250 400", "9.15",
        ),
        # an allowance of money that was never reached frees nothing
        ({"rate_percent": "10", "free_amount": "500"}, "400", 2, "100 400", "40"),
        # more free events than events: everything is free, and no fee turns negative
        ({"rate_percent": "10", "fixed_per_event": "2", "free_events": 5}, "400", 2, "100 400", "0"),
        ({"rate_percent": "10", "fixed_per_event": "2", "free_events": 5}, "400", 2, "", "0"),
    ],
)  # fmt: skip
def test_of_the_aggregate(fields: dict[str, Any], total: str, events: int, running: str, amount: str) -> None:
    usage = Usage(count=events, running=decimals(running))
    check(rate(percentage(**fields), Decimal(total), usage=usage), amount)


def test_running_totals_are_made_of_values_where_these_are_known() -> None:
    terms = percentage(rate_percent="10", fixed_per_event="1", free_events=2)
    check(rate(terms, Decimal(600), usage=Usage(values=decimals("100 200 300"))), "31")


@pytest.mark.parametrize(
    ("fields", "values", "amount"),
    [
        ({"rate_percent": "10"}, "100 200", "30"),
        ({"rate_percent": "10", "fixed_per_event": "1"}, "100 200", "32"),
        ({"rate_percent": "1", "min_per_transaction": "1.75"}, "100 200", "3.75"),
        ({"rate_percent": "10", "max_per_transaction": "12"}, "100 200", "22"),
        # a transaction that is wholly free has no fee at all, not even the minimum
        ({"rate_percent": "10", "min_per_transaction": "5", "free_events": 1}, "100 20", "5"),
        ({"rate_percent": "10", "free_amount": "150"}, "100 200", "15"),
        # both: money is free only in the first event
        ({"rate_percent": "10", "free_events": 1, "free_amount": "150"}, "100 200", "20"),
        ({"rate_percent": "10", "fixed_per_event": "1"}, "", "0"),
    ],
)
def test_of_each_transaction(fields: dict[str, Any], values: str, amount: str) -> None:
    usage = Usage(values=decimals(values))
    terms = percentage(basis="transaction", **fields)
    check(rate(terms, add_up(usage.values), usage=usage), amount)


def test_in_words() -> None:
    terms = percentage(basis="transaction", rate_percent="10", fixed_per_event="0.25", max_per_transaction="12")
    rated = rate(terms, Decimal(300), usage=Usage(values=decimals("100 200")))
    assert [words(line.data(), "EUR", "") for line in rated.lines] == [
        "10 % of 300.00 EUR = 30.00 EUR",
        "2 transactions × 0.25 EUR = 0.50 EUR",
        "1 transaction capped at 12.00 EUR each: -8.25 EUR",
    ]
    assert price_words(terms, "EUR", "")[:3] == [
        "10 % of each amount.",
        "0.25 EUR for each transaction.",
        "At most 12.00 EUR for each transaction.",
    ]


def test_money_alone_is_enough_only_for_a_bare_percentage() -> None:
    check(rate(percentage(rate_percent="2.5"), Decimal(1000)), "25")
    for fields in (
        {"fixed_per_event": "1"},
        {"free_events": 1},
        {"free_amount": "1"},
        {"basis": "transaction"},
    ):
        with pytest.raises(Refused) as refused:
            rate(percentage(rate_percent="2.5", **fields), Decimal(1000))
        assert refused.value.code == "usage_needed"


def test_single_transactions_cannot_be_split_without_the_earlier_amount() -> None:
    usage = Usage(values=decimals("100 200"))
    with pytest.raises(Refused) as refused:
        rate(percentage(rate_percent="2.5"), Decimal(200), before=Decimal(100), usage=usage)
    assert refused.value.code == "usage_split"
    rated = rate(percentage(rate_percent="2.5"), Decimal(200), before=Decimal(100), already=Decimal("2.5"), usage=usage)
    check(rated, "5")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"rate_percent": "1", "allowance": "5"}, "not_here", "allowance"),
        ({"rate_percent": "1", "min_per_transaction": "5"}, "bad_choice", "basis"),
        ({"rate_percent": "1", "free_events": "1.5"}, "too_many_digits", "free_events"),
        (
            {"rate_percent": "1", "basis": "transaction", "min_per_transaction": 5, "max_per_transaction": 4},
            "limits_crossed", "min_per_transaction",
        ),
    ],
)  # fmt: skip
def test_wrong_fields_are_refused(fields: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        percentage(**fields)
    assert [(p.code, p.field) for p in refused.value.problems] == [(code, field)]


TIERS = [
    {"upto": "100", "rate_percent": "1", "flat": "2"},
    {"upto": None, "rate_percent": "0.5", "flat": "3"},
]


@pytest.mark.parametrize(
    ("quantity", "amount"), [("0", "2"), ("50", "2.5"), ("100", "3"), ("101", "6.005"), ("300", "7")]
)
def test_graduated_percentage(quantity: str, amount: str) -> None:
    """Lago: each part of the money at its tier's percentage; the first fee is due at zero."""
    check(rate(Terms.parse({"model": "graduated_percentage", "tiers": TIERS}), Decimal(quantity)), amount)


def test_graduated_percentage_of_single_transactions() -> None:
    terms = Terms.parse({"model": "graduated_percentage", "tiers": TIERS})
    rated = rate(terms, Decimal(150), usage=Usage(values=decimals("60 50 40")))
    assert [line.amount for line in rated.lines] == [Decimal("2.6"), Decimal("3.45"), Decimal("0.2")]
    check(rated, "6.25")
    assert words(rated.lines[1].data(), "EUR", "") == (
        "Transaction of 50.00 EUR, 110.00 EUR in all: 6.05 EUR less 2.60 EUR before it = 3.45 EUR"
    )
    assert words(rate(terms, Decimal(150)).lines[0].data(), "EUR", "") == (
        "Tier 1 (up to 100): 1 % of 100.00 EUR = 1.00 EUR"
    )
