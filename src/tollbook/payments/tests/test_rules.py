"""When to ask, what agrees, where money goes: tables."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.payments.rules import (
    AllocationOrder,
    Owed,
    Terms,
    allocate,
    differences,
    next_ask,
    take_back,
)

SENT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_the_whole_schedule_of_questions() -> None:
    """30 s, 2 min, 10 min, 1 h, hourly to 72 h, daily to 30 days, then people."""
    at, asked = SENT, []
    while (following := next_ask(SENT, at)) is not None:
        asked.append(following - SENT)
        at = following
    hours = [timedelta(hours=n) for n in range(1, 73)]
    days = [timedelta(days=n) for n in range(4, 31)]
    assert asked == [timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), *hours, *days]


@pytest.mark.parametrize(
    ("passed", "following"),
    [
        (timedelta(seconds=29), timedelta(seconds=30)),
        (timedelta(seconds=30), timedelta(minutes=2)),
        (timedelta(minutes=59), timedelta(hours=1)),
        (timedelta(hours=5, minutes=59), timedelta(hours=6)),
        (timedelta(hours=71, minutes=59), timedelta(hours=72)),
        (timedelta(hours=72), timedelta(days=4)),
        (timedelta(days=29, hours=23), timedelta(days=30)),
        (timedelta(days=30), None),
    ],
)
def test_a_late_question_takes_the_next_turn(passed: timedelta, following: timedelta | None) -> None:
    assert next_ask(SENT, SENT + passed) == (None if following is None else SENT + following)


def terms(**other: object) -> Terms:
    told = {"key": "pay_x", "amount": Decimal("10"), "currency": "EUR", "merchant": "m", "subject": "inv_x"} | other
    return Terms(**told)  # type: ignore[arg-type]  # one table for all fields


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, ()),
        ({"amount": Decimal("10.00")}, ()),
        ({"amount": Decimal("9.99")}, ("amount",)),
        ({"currency": "USD"}, ("currency",)),
        ({"merchant": "other"}, ("merchant",)),
        ({"subject": "inv_y"}, ("subject",)),
        ({"key": "pay_y", "subject": ""}, ("key", "subject")),
    ],
)
def test_what_differs_is_named(told: dict[str, object], expected: tuple[str, ...]) -> None:
    assert differences(terms(), terms(**told)) == expected


OWED = [
    Owed(1, Decimal(50), date(2026, 6, 15), 7),
    Owed(2, Decimal(20), date(2026, 5, 15), 3),
    Owed(3, Decimal(10), date(2026, 6, 15), 8),
]


@pytest.mark.parametrize(
    ("free", "order", "whole", "expected"),
    [
        ("5", "oldest", False, {2: "5"}),
        ("30", "oldest", False, {2: "20", 1: "10"}),
        ("100", "oldest", False, {2: "20", 1: "50", 3: "10"}),
        ("30", "newest", False, {3: "10", 1: "20"}),
        ("30", "smallest", False, {3: "10", 2: "20"}),
        ("5", "oldest", True, {}),
        ("40", "oldest", True, {2: "20", 3: "10"}),
        ("0", "oldest", False, {}),
    ],
)
def test_allocation(free: str, order: str, whole: bool, expected: dict[int, str]) -> None:
    found = allocate(Decimal(free), OWED, AllocationOrder(order), whole=whole)
    assert found == tuple((invoice, Decimal(part)) for invoice, part in expected.items())


AMOUNTS = st.decimals("0.01", "500", places=2)


@given(AMOUNTS, st.lists(AMOUNTS, max_size=8), st.sampled_from(AllocationOrder), st.booleans())
def test_no_more_than_is_free_or_asked(
    free: Decimal, asked: list[Decimal], order: AllocationOrder, whole: bool
) -> None:
    owed = [Owed(n, amount, date(2026, 5, 1 + n), n) for n, amount in enumerate(asked)]
    parts = dict(allocate(free, owed, order, whole=whole))
    given_ = sum(parts.values(), Decimal(0))
    assert given_ <= free
    assert all(0 < part <= asked[n] and (not whole or part == asked[n]) for n, part in parts.items())
    assert whole or given_ == min(free, sum(asked, Decimal(0)))


def test_what_came_last_is_taken_back_first() -> None:
    held = [(1, Decimal(5)), (2, Decimal(3)), (3, Decimal(4))]
    assert take_back(Decimal(6), held) == ((3, Decimal(4)), (2, Decimal(2)))
    assert take_back(Decimal(0), held) == take_back(Decimal(-2), held) == ()
    assert take_back(Decimal(99), held) == ((3, Decimal(4)), (2, Decimal(3)), (1, Decimal(5)))
