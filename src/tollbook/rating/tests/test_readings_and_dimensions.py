"""Prices of single readings, by dimension, by threshold, and of levels weighted for time."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.errors import Invalid, Refused
from tollbook.kernel.money import Rounding, add_up, round_to
from tollbook.rating import Terms, Usage, price_words, rate, words


def decimals(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(part) for part in text.split())


def test_per_reading() -> None:
    """HostBill's published example: 0-10 at 0, 10-50 at 0.10, above at 0.20; each reading alone."""
    terms = Terms.parse(
        {
            "model": "per_reading",
            "tiers": [
                {"upto": "10", "unit": "0"},
                {"upto": "50", "unit": "0.1"},
                {"upto": None, "unit": "0.2"},
            ],
        }
    )
    readings = decimals("1 2 2 4 11 20 55 25 9 1")
    rated = rate(terms, add_up(readings), usage=Usage(values=readings))
    assert [line.amount for line in rated.lines] == list(decimals("0 0 0 0 1.1 2 11 2.5 0 0"))
    assert rated.amount == Decimal("16.6")


@pytest.mark.parametrize(
    ("quantity", "amount"), [("0", "0"), ("99", "99"), ("100", "90"), ("499.5", "449.55"), ("1000", "750")]
)
def test_threshold_discount(quantity: str, amount: str) -> None:
    """CloudKitty: the highest threshold reached takes its percentage off every unit."""
    thresholds = [{"at_least": "100", "percent_off": "10"}, {"at_least": "500", "percent_off": "25"}]
    terms = Terms.parse({"model": "threshold", "unit_price": "1", "thresholds": thresholds})
    assert rate(terms, Decimal(quantity)).amount == Decimal(amount)


def test_threshold_in_words() -> None:
    terms = Terms.parse(
        {"model": "threshold", "unit_price": "1", "thresholds": [{"at_least": "100", "percent_off": "10"}]}
    )
    assert [words(line.data(), "EUR", "h") for line in rate(terms, Decimal(200)).lines] == [
        "200 h × 1.00 EUR = 200.00 EUR",
        "From 100 h on: 10 % off 200.00 EUR: -20.00 EUR",
    ]
    assert price_words(terms, "EUR", "h")[1] == "From 100 h on, 10 % off every one of them."


TIERS = [{"upto": "10", "unit": "10", "flat": "5"}, {"upto": None, "unit": "5", "flat": "20"}]


@pytest.mark.parametrize(
    ("full", "weighted", "amount", "exact"),
    [
        ("", "", "5", True),  # nothing but the first fee
        ("10", "5", "55", True),  # ten units for half a period
        ("8 4", "8 2", "8*10 + 1*10 + 1*5 + 25", True),  # the second change spans both tiers by half
        ("12 -12", "12 -6", "10*10 + 2*5 - 5*10 - 1*5 + 25", True),  # a fee stays due when the level falls
        ("5 -10", "5 -10", "0", True),  # below nothing becomes nothing
        ("7 6", "7 1", "7*10 + 0.5*10 + 0.5*5 + 25", True),
        ("9 3", "9 1", "121.66666666666666666667", False),  # a third above, two thirds below
    ],
)
def test_graduated_events(full: str, weighted: str, amount: str, exact: bool) -> None:
    """Lago's prorated graduated charge, worked by hand."""
    terms = Terms.parse({"model": "graduated_events", "tiers": TIERS})
    usage = Usage(changes=tuple(zip(decimals(full), decimals(weighted), strict=True)))
    rated = rate(terms, Decimal(0), usage=usage)
    expected = add_up(_product(term) for term in amount.replace(" - ", " + -").split(" + "))
    assert (rated.amount, rated.exact) == (expected, exact)
    assert add_up(line.amount for line in rated.lines) == rated.amount


def _product(term: str) -> Decimal:
    left, _, right = term.partition("*")
    return Decimal(left) * Decimal(right or 1)


def test_tie_is_not_broken_by_the_rounding_of_parts() -> None:
    # 1/3 and 2/3 of a cent over two tiers, half a cent in all: half up must see exactly 0.005.
    tiers = [{"upto": "1", "unit": "1"}, {"upto": None, "unit": "1"}]
    terms = Terms.parse({"model": "graduated_events", "tiers": tiers})
    rated = rate(terms, Decimal(0), usage=Usage(changes=((Decimal(3), Decimal("0.005")),)))
    assert (rated.amount, rated.exact) == (Decimal("0.005"), True)
    assert round_to(rated.amount, 2, Rounding.HALF_UP) == Decimal("0.01")
    assert add_up(line.amount for line in rated.lines) == rated.amount


BY: dict[str, Any] = {
    "model": "by",
    "dimension": "prefix",
    "prices": [
        {"prefix": "49", "model": "unit", "unit_price": "0.01"},
        {"prefix": "4917", "model": "unit", "unit_price": "0.08"},
        {"prefix": "", "model": "package", "package_size": "10", "package_price": "3"},
    ],
}


def test_the_longest_prefix_prices() -> None:
    terms = Terms.parse(BY)
    assert Terms.parse(terms.data()) == terms
    parts = {"4930": Decimal(100), "49171": Decimal(10), "43": Decimal(11)}
    rated = rate(terms, Decimal(121), usage=Usage(parts=parts))
    assert rated.amount == Decimal("7.8")
    assert [words(line.data(), "EUR", "min") for line in rated.lines] == [
        "Prefix 4930, price for 49: 100 min for 1.00 EUR",
        "100 min × 0.01 EUR = 1.00 EUR",
        "Prefix 49171, price for 4917: 10 min for 0.80 EUR",
        "10 min × 0.08 EUR = 0.80 EUR",
        "Prefix 43: 11 min for 6.00 EUR",
        "11 min in 2 packages of 10: 2 × 3.00 EUR = 6.00 EUR",
    ]
    assert price_words(terms, "EUR", "min")[1:3] == [
        "prefix 49: 0.01 EUR for each min.",
        "prefix 4917: 0.08 EUR for each min.",
    ]


@pytest.mark.parametrize(
    ("quantity", "parts", "code"),
    [("5", {"1": Decimal(4)}, "parts_differ"), ("4", {"1": Decimal(4)}, "no_price")],
)
def test_dimensions_that_cannot_be_priced(quantity: str, parts: dict[str, Decimal], code: str) -> None:
    terms = Terms.parse({**BY, "prices": BY["prices"][:2]})
    with pytest.raises(Refused) as refused:
        rate(terms, Decimal(quantity), usage=Usage(parts=parts))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ({"prefix": "49", "model": "unit", "unit_price": "1"}, "twice", "prices[3].prefix"),
        ({"prefix": "1", "model": "by"}, "unknown_model", "prices[3].model"),
        ({"prefix": "1", "model": "unit"}, "missing", "prices[3].unit_price"),
    ],
)
def test_wrong_prices_by_dimension(row: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Terms.parse({**BY, "prices": [*BY["prices"][:2], row]})
    assert (code, field) in [(p.code, p.field) for p in refused.value.problems]


@pytest.mark.parametrize("model", ["by", "capacity", "graduated_events", "timed"])
def test_a_quantity_alone_is_not_enough(model: str) -> None:
    slot = {"weekdays": [1], "from": "00:00", "rate": "1", "rate_unit_s": 60, "increment_s": 6}
    fields: dict[str, dict[str, Any]] = {
        "by": BY,
        "capacity": {"tiers": [{"limits": {"CPU": 2}, "price": "1"}]},
        "graduated_events": {"tiers": TIERS},
        "timed": {"slots": [slot]},
    }
    with pytest.raises(Refused) as refused:
        rate(Terms.parse({**fields[model], "model": model}), Decimal(5))
    assert refused.value.code == "usage_needed"


def test_a_price_by_dimension_tells_only_the_choices_that_matter_to_its_prices() -> None:
    plain_one = {"prefix": "", "model": "unit", "unit_price": "1"}
    tiered = {"prefix": "49", "model": "volume", "tiers": [{"upto": "10", "unit": "2"}, {"unit": "1"}]}
    border = "A quantity exactly on a border still belongs to the lower tier."
    told = [
        price_words(Terms.parse({"model": "by", "dimension": "number", "prices": prices}), "EUR", "min")
        for prices in ([plain_one], [plain_one, tiered])
    ]
    assert [border in sentences for sentences in told] == [False, True]
