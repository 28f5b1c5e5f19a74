"""Retries and overdue states, as Kill Bill has them."""

from datetime import date

import pytest

from tollbook.dunning.rules import Overdue, Unpaid, overdue_state, retry_days

STATES = [Overdue("blocked", 45), Overdue("warned", 14), Overdue("reminded", 0)]


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_each_gap_counts_from_the_attempt_before() -> None:
    assert retry_days(day("2024-02-26"), [3, 3, 7]) == (day("2024-02-29"), day("2024-03-03"), day("2024-03-10"))
    assert retry_days(day("2024-02-26"), []) == ()


@pytest.mark.parametrize(
    ("on", "state"),
    [
        ("2024-01-31", None),  # not issued yet
        ("2024-02-01", "reminded"),
        ("2024-02-14", "reminded"),
        ("2024-02-15", "warned"),  # the day itself counts
        ("2024-03-16", "warned"),
        ("2024-03-17", "blocked"),
        ("2024-03-19", "blocked"),
        ("2024-03-20", "warned"),  # the first invoice was paid on that day; the second is of 1 March
        ("2024-04-15", "blocked"),
    ],
)
def test_the_earliest_open_invoice_decides(on: str, state: str | None) -> None:
    invoices = [Unpaid(day("2024-03-01")), Unpaid(day("2024-02-01"), paid_on=day("2024-03-20"))]
    assert overdue_state(invoices, STATES, day(on)) == state
    assert overdue_state(reversed(invoices), reversed(STATES), day(on)) == state


def test_a_policy_may_leave_the_first_days_alone() -> None:
    assert overdue_state([Unpaid(day("2024-02-01"))], STATES[:2], day("2024-02-10")) is None
    assert overdue_state([], STATES, day("2024-02-10")) is None
