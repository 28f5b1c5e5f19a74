"""Events to quantities, and agreements over several charges."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.errors import Refused
from tollbook.rating.aggregates import (
    Aggregation,
    Event,
    aggregate,
    latest_within,
    left_after_latest,
    next_quota,
    time_weighted,
)
from tollbook.rating.commitments import closing_amount, true_up
from tollbook.rating.discounts import Discount, Stacking, logarithmic_percent, stacked


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


EVENTS = [
    Event(at("2026-01-02T00:00"), Decimal(10), "ann"),
    Event(at("2026-01-04T00:00"), Decimal(5), "bob"),
    Event(at("2026-01-03T00:00"), Decimal(7), "ann"),
    Event(at("2026-01-04T00:00"), Decimal(9), "ann"),
]


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (Aggregation.COUNT, "4"),
        (Aggregation.SUM, "31"),
        (Aggregation.MIN, "5"),
        (Aggregation.MAX, "10"),
        (Aggregation.AVG, "7.75"),
        (Aggregation.LATEST, "5"),  # by time, not by order; of two at once the first one listed
        (Aggregation.UNIQUE, "2"),
    ],
)
def test_aggregate(function: Aggregation, value: str) -> None:
    """The conventions of OpenMeter and Lago."""
    assert aggregate(function, EVENTS) == Decimal(value)
    assert aggregate(function, []) == 0


def test_a_mean_is_rounded_to_the_places_of_the_meter() -> None:
    thirds = [Event(at("2026-01-01T00:00"), Decimal(value)) for value in (1, 1, 0)]
    assert aggregate(Aggregation.AVG, thirds) == Decimal("0.666667")
    assert aggregate(Aggregation.AVG, thirds, 2) == Decimal("0.67")


@given(st.permutations(EVENTS[:3]))
def test_the_order_of_arrival_changes_nothing(events: list[Event]) -> None:
    for function in Aggregation:
        assert aggregate(function, events) == aggregate(function, EVENTS[:3])


def test_the_latest_reading_of_a_window() -> None:
    start, end = at("2026-01-03T00:00"), at("2026-01-04T00:00")
    assert latest_within(start, end, EVENTS) == Decimal(7)  # the end is exclusive
    assert latest_within(end, at("2026-01-05T00:00"), EVENTS) == Decimal(5)
    assert latest_within(at("2026-02-01T00:00"), at("2026-03-01T00:00"), EVENTS) is None


def test_the_latest_reading_is_what_was_used_of_a_grant() -> None:
    """OpenMeter: readings replace each other; the end is exclusive."""
    start, end = at("2026-01-01T00:00"), at("2026-01-04T00:00")
    used = latest_within(start, end, EVENTS) or Decimal(0)
    assert left_after_latest(Decimal(10), start, end, EVENTS) == (used, Decimal(10) - used)
    assert left_after_latest(Decimal(10), at("2026-02-01T00:00"), at("2026-03-01T00:00"), EVENTS) == (0, 10)


@pytest.mark.parametrize(
    ("changes", "initial", "level"),
    [
        ([], "0", "0"),
        ([], "7", "7"),
        ([("2026-01-16T12:00", "10")], "0", "5"),  # half of January
        ([("2026-01-01T00:00", "10"), ("2026-01-16T12:00", "-10")], "0", "5"),
        ([("2025-12-20T00:00", "4")], "1", "5"),  # before the window: part of the level it begins with
        ([("2026-02-01T00:00", "100")], "3", "3"),  # at its end: too late
        ([("2026-01-11T08:00", "1")], "0", "0.66667"),
    ],
)
def test_time_weighted(changes: list[tuple[str, str]], initial: str, level: str) -> None:
    """Lago's weighted sum."""
    found = [(at(when), Decimal(change)) for when, change in changes]
    start, end = at("2026-01-01T00:00"), at("2026-02-01T00:00")
    assert time_weighted(start, end, found, Decimal(initial)) == Decimal(level)


def test_levels_need_order_and_time() -> None:
    start, end = at("2026-01-01T00:00"), at("2026-02-01T00:00")
    with pytest.raises(Refused) as refused:
        time_weighted(start, end, [(end, Decimal(1)), (start, Decimal(1))])
    assert refused.value.code == "not_in_order"
    with pytest.raises(Refused) as refused:
        time_weighted(start, start, [])
    assert refused.value.code == "period_empty"


@pytest.mark.parametrize(
    ("used", "carry_over", "available"),
    [("60", True, "140"), ("60", False, "100"), ("130", True, "100"), ("100", True, "100")],
)
def test_next_quota(used: str, carry_over: bool, available: str) -> None:
    """UniBee: what is left is carried, overuse is not."""
    assert next_quota(Decimal(100), Decimal(used), carry_over=carry_over) == Decimal(available)


@pytest.mark.parametrize(
    ("minimum", "fees", "share", "places", "added"),
    [
        ("1000", ["400", "100"], Fraction(1), 0, "500"),
        ("1000", ["1400"], Fraction(1), 0, "0"),
        ("1000", [], Fraction(15, 31), 0, "484"),
        ("1000", ["100.4", "100.4"], Fraction(1), 0, "800"),  # fees as they stand on the invoice: 100 and 100
        ("10.00", ["3.335"], Fraction(1), 2, "6.66"),
    ],
)
def test_true_up(minimum: str, fees: list[str], share: Fraction, places: int, added: str) -> None:
    """Lago's minimum spending and Flexprice's commitment."""
    assert true_up(Decimal(minimum), [Decimal(fee) for fee in fees], share, places) == Decimal(added)


def test_usage_billed_on_the_way_is_taken_off() -> None:
    """Lago's progressive billing; more billed than used is a credit."""
    assert closing_amount(Decimal(1000), Decimal(800), Decimal(600)) == Decimal(1200)
    assert closing_amount(Decimal(0), Decimal(500), Decimal(600)) == Decimal(-100)
    # 10 of 31 days of 1000 are 322.58: the fee is rounded before usage is added
    assert closing_amount(Decimal(1000), Decimal("0.3"), Decimal(0), Fraction(10, 31)) == Decimal("323.3")
    assert closing_amount(Decimal(1000), Decimal(0), Decimal(0), Fraction(10, 31), 2) == Decimal("322.58")


@pytest.mark.parametrize(
    ("additive", "multiplicative", "held", "total"),
    [
        ([], [], Fraction(1), "115.00"),
        (["10", "5"], [], Fraction(1), "100.00"),  # 100 * 0.85 + 15
        ([], ["10", "5"], Fraction(1), "100.50"),  # 100 * 0.9 * 0.95 + 15
        (["10"], ["20"], Fraction(1, 2), "96.00"),  # 100 * 0.9 * (1 - 0.2 / 2) + 15
    ],
)
def test_stacked_discounts(additive: list[str], multiplicative: list[str], held: Fraction, total: str) -> None:
    """django-silver and Waldur: 200 for half a period, and 15 that no discount touches."""
    discounts = [Discount(Decimal(percent)) for percent in additive]
    discounts += [Discount(Decimal(percent), Stacking.MULTIPLICATIVE) for percent in multiplicative]
    found = stacked([(Decimal(200), Fraction(1, 2))], discounts, [Decimal(15)], held)
    assert found == Decimal(total)


def test_discounts_beyond_the_whole_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        stacked([(Decimal(1), Fraction(1))], [Discount(Decimal(60)), Discount(Decimal(50))])
    assert refused.value.code == "bad_percent"


@pytest.mark.parametrize(
    ("quantity", "percent"),
    [("0.5", "-6.93"), ("1", "0"), ("2", "6.93"), ("10", "23.03"), ("20", "29.96"), ("21", "30"), ("1000", "30")],
)
def test_logarithmic_discount(quantity: str, percent: str) -> None:
    """Waldur: ten times the natural logarithm of the quantity, at most thirty; below one unit it costs more."""
    assert logarithmic_percent(Decimal(quantity), Decimal(10), Decimal(30)) == Decimal(percent)
