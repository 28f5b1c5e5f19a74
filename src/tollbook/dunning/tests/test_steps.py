"""Which steps fall due on which day, and what a late fee is: tables, no database."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tollbook.dunning.policy import Level as L
from tollbook.dunning.policy import Policy, inherited, policy_of
from tollbook.dunning.policy_text import from_text
from tollbook.dunning.rules import OVERTAKEN, PASSED, Debt, Done, Kind, Running, Service, due_now, late_fee, planned
from tollbook.kernel.money import Money


def day(text: str) -> date:
    return date.fromisoformat(text)


def policy(**said: str) -> Policy:
    values = {(L.BRAND, "b", key): from_text(key, text) for key, text in {"reminders": "none", **said}.items()}
    return policy_of(inherited(values, [(L.BRAND, "b")]))


def debt(due: str, *done: Done, services: tuple[Service, ...] = (), **more: object) -> Debt:
    return Debt(day(due) - timedelta(days=14), day(due), False, done, services, **more)  # type: ignore[arg-type]


def told(policy: Policy, found: Debt, on: str) -> list[str]:
    return [f"{each.day} {each.kind} {each.number}" for each in planned(policy, found, day(on))]


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        # Leap day, the day before it in another year, year end, and the nights on which clocks change.
        ("2028-02-29", ["2028-02-26", "2028-03-01", "2028-03-30"]),
        ("2027-02-28", ["2027-02-25", "2027-03-01", "2027-03-30"]),
        ("2026-12-31", ["2026-12-28", "2027-01-01", "2027-01-30"]),
        ("2026-03-28", ["2026-03-25", "2026-03-29", "2026-04-27"]),
    ],
)
def test_days_count_from_the_due_day(due: str, expected: list[str]) -> None:
    reminding = policy(reminders="-3 email, 1 email, 30 email")
    assert [f"{each.day}" for each in planned(reminding, debt(due), day(due))] == expected


def test_only_the_last_of_the_reminders_that_fell_due_is_sent() -> None:
    reminding = policy(reminders="-3 email, 1 email, 7 email, 14 email")
    found = due_now(reminding, debt("2026-06-15"), day("2026-06-25"))
    assert [(each.number, each.skip) for each in found] == [(-3, OVERTAKEN), (1, OVERTAKEN), (7, "")]
    early = due_now(policy(reminders="-3 email"), debt("2026-06-15"), day("2026-06-15"))
    assert [(each.number, each.skip) for each in early] == [(-3, PASSED)]
    assert due_now(reminding, debt("2026-06-15"), day("2026-06-11")) == []


def test_a_reminder_before_the_invoice_was_issued_never_comes() -> None:
    found = Debt(day("2026-06-13"), day("2026-06-15"), False)
    assert told(policy(reminders="-2 email, -1 email, 1 email"), found, "2026-06-13") == [
        "2026-06-14 remind -1",
        "2026-06-16 remind 1",
    ]


def test_a_reminder_that_is_said_for_a_day_that_was_is_not_sent_late() -> None:
    sent = Done(Kind.REMIND, 7, day("2026-06-22"))
    assert told(policy(reminders="3 email, 10 email"), debt("2026-06-15", sent), "2026-06-23") == [
        "2026-06-25 remind 10"
    ]


def test_fees_repeat_and_those_that_were_missed_are_skipped() -> None:
    charging = policy(fee_after="10", fee_fixed="EUR 5", fee_every="30", fee_most="3", fee_product="f")
    assert told(charging, debt("2026-01-31"), "2026-01-31") == [
        "2026-02-10 fee 0",
        "2026-03-12 fee 1",
        "2026-04-11 fee 2",
    ]
    found = due_now(charging, debt("2026-01-31"), day("2026-04-01"))
    assert [(each.number, each.skip) for each in found] == [(0, OVERTAKEN), (1, "")]
    taken = Done(Kind.FEE, 1, day("2026-04-01"))
    assert told(charging, debt("2026-01-31", taken), "2026-04-01") == ["2026-04-11 fee 2"]
    once = policy(fee_after="0", fee_fixed="EUR 5", fee_product="f")
    assert told(once, debt("2026-01-31"), "2026-01-31") == ["2026-01-31 fee 0"]


def test_no_fee_on_a_fee_unless_the_policy_says_so() -> None:
    fee = replace(debt("2026-01-31"), is_fee=True)
    charging = policy(fee_after="10", fee_fixed="EUR 5", fee_product="f")
    assert told(charging, fee, "2026-01-31") == []
    on_fees = policy(fee_after="10", fee_fixed="EUR 5", fee_product="f", fee_on_fees="yes")
    assert told(on_fees, fee, "2026-01-31") == ["2026-02-10 fee 0"]


def test_each_attempt_counts_from_the_one_before_however_late_it_was() -> None:
    trying = policy(retries="0, 3, 5")
    assert told(trying, debt("2026-02-27"), "2026-02-27") == ["2026-02-27 retry 0"]
    late = Done(Kind.RETRY, 0, day("2026-03-10"))
    assert told(trying, debt("2026-02-27", late), "2026-03-10") == ["2026-03-13 retry 1"]
    all_ = [Done(Kind.RETRY, n, day("2026-03-10")) for n in range(3)]
    assert told(trying, debt("2026-02-27", *all_), "2026-04-10") == []


STOPPING = policy(suspend_after="14", terminate_after="30")


@pytest.mark.parametrize(
    ("service", "more", "expected"),
    [
        (Service(1, STOPPING, Running.RUNS), {}, ["2026-06-29 suspend 0", "2026-07-16 terminate 0"]),
        (Service(1, STOPPING, Running.STOPPED, day("2026-06-29")), {}, ["2026-07-15 terminate 0"]),
        # It was stopped late: it keeps its 16 days.
        (Service(1, STOPPING, Running.STOPPED, day("2026-08-01")), {}, ["2026-08-17 terminate 0"]),
        (Service(1, STOPPING, Running.STOPPED_BY_OTHERS), {}, ["2026-07-15 terminate 0"]),
        (
            Service(1, STOPPING, Running.STOPPED_BY_OTHERS),
            {"waited_until": day("2026-09-01")},
            ["2026-09-17 terminate 0"],
        ),
        (Service(1, STOPPING, Running.LET_RUN), {}, []),
        (Service(1, policy(terminate_after="30"), Running.RUNS), {}, ["2026-07-15 terminate 0"]),
        (
            Service(1, policy(terminate_after="30"), Running.RUNS),
            {"waited_until": day("2026-09-01")},
            ["2026-09-02 terminate 0"],
        ),
        (Service(1, policy(suspend_after="14"), Running.STOPPED, day("2026-06-29")), {}, []),
    ],
)
def test_a_service_is_stopped_and_ended(service: Service, more: dict[str, date], expected: list[str]) -> None:
    found = debt("2026-06-15", services=(service,), **more)
    assert told(STOPPING, found, "2026-06-30") == expected


def test_a_service_never_ends_on_the_day_on_which_it_is_stopped() -> None:
    found = debt("2026-01-01", services=(Service(1, STOPPING, Running.RUNS),))
    assert [each.kind for each in due_now(STOPPING, found, day("2026-12-01"))] == [Kind.SUSPEND]


def test_a_second_stop_has_the_next_number() -> None:
    done = Done(Kind.SUSPEND, 0, day("2026-06-29"), 1)
    found = debt("2026-06-15", done, services=(Service(1, policy(suspend_after="14"), Running.RUNS),))
    assert told(STOPPING, found, "2026-07-01") == ["2026-06-29 suspend 1"]


@pytest.mark.parametrize(
    ("said", "left", "amount", "words"),
    [
        ({"fee_percent": "5"}, "123", "6.15", "5 % of the 123.00 EUR that were open."),
        ({"fee_percent": "1.5", "fee_fixed": "EUR 2"}, "33.33", "2.50", "1.5 % of the 33.33 EUR that were open and 2.00 EUR fixed."),
        ({"fee_percent": "1", "fee_minimum": "EUR 4"}, "100", "4.00", "1 % of the 100.00 EUR that were open. At least 4.00 EUR."),
        ({"fee_minimum": "EUR 4"}, "100", "4.00", "At least 4.00 EUR."),
        ({"fee_fixed": "EUR 9.99"}, "0.01", "9.99", "9.99 EUR fixed."),
        # Half a cent is rounded up, once.
        ({"fee_percent": "0.5"}, "1.00", "0.01", "0.5 % of the 1.00 EUR that were open."),
    ],
)  # fmt: skip
def test_late_fees(said: dict[str, str], left: str, amount: str, words: str) -> None:
    fee = late_fee(policy(fee_after="1", fee_product="f", **said), Money(Decimal(left), "EUR"))
    assert fee is not None
    assert (fee.money, " ".join(fee.arithmetic)) == (Money(Decimal(amount), "EUR"), words)


def test_a_fee_of_nothing_is_none() -> None:
    assert late_fee(policy(fee_fixed="EUR 5"), Money(Decimal(9), "USD")) is None
    assert late_fee(policy(fee_percent="0.1"), Money(Decimal("0.04"), "EUR")) is None
    yen = late_fee(policy(fee_percent="10"), Money(Decimal(123), "JPY"))
    assert yen is not None and yen.money == Money(Decimal(12), "JPY")
