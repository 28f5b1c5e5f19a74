"""Prices by weekday and time of day, in steps (CGRateS), and billed durations (telephony)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.errors import Invalid, Refused
from tollbook.rating import Terms, Usage, price_words, rate, words
from tollbook.rating.increments import billed_seconds

WORKDAYS = [1, 2, 3, 4, 5]


def slot(start: str, rate_: str, *, days: list[int] = WORKDAYS, step: int = 1, **more: Any) -> dict[str, Any]:
    return {"weekdays": days, "from": start, "rate": rate_, "rate_unit_s": 60, "increment_s": step, **more}


NIGHT_AND_DAY = [
    slot("00:00", "0.06"),
    slot("08:00", "0.60", connect_fee="0.10"),
    slot("18:00", "0.06"),
    slot("00:00", "0.03", days=[6, 7], step=60),
]


def call(start: str, end: str, slots: list[dict[str, Any]] = NIGHT_AND_DAY, **more: Any) -> Decimal:
    goes_on = more.pop("goes_on", False)
    terms = Terms.parse({"model": "timed", "slots": slots, **more})
    usage = Usage(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end), goes_on=goes_on)
    return rate(terms, Decimal(0), usage=usage).amount


@pytest.mark.parametrize(
    ("start", "end", "cost"),
    [
        ("2026-05-04T12:00:00", "2026-05-04T12:01:00", "0.70"),  # Monday: fee 0.10 and a minute at 0.60
        ("2026-05-04T12:00:00", "2026-05-04T12:00:00", "0"),  # nothing for nothing, not even the fee
        ("2026-05-04T17:59:30", "2026-05-04T18:00:30", "0.43"),  # 0.10 + 30 s of day + 30 s of night
        ("2026-05-04T07:59:00", "2026-05-04T08:01:00", "0.66"),  # the fee is that of the first slot: none
        ("2026-05-08T23:59:30", "2026-05-09T00:00:30", "0.06"),  # Friday to Saturday: a started minute whole
        ("2026-05-09T00:00:00", "2026-05-09T00:01:01", "0.06"),
    ],
)
def test_a_call(start: str, end: str, cost: str) -> None:
    assert call(start, end) == Decimal(cost)


def test_a_continued_call_pays_no_second_fee() -> None:
    assert call("2026-05-04T12:00:00", "2026-05-04T12:01:00", goes_on=True) == Decimal("0.60")


def test_a_step_is_charged_where_it_begins() -> None:
    slots = [slot("00:00", "6", step=60), slot("08:00", "60", step=60)]
    # 07:59:30 for 60 s is one step of the night, though half of it lies in the day.
    assert call("2026-05-04T07:59:30", "2026-05-04T08:00:30", slots) == Decimal(6)
    assert call("2026-05-04T07:59:30", "2026-05-04T08:00:31", slots) == Decimal(66)


def test_a_first_block() -> None:
    slots = [slot("00:00", "0.60", step=6, first_block_s=30)]
    assert call("2026-05-04T12:00:00", "2026-05-04T12:00:01", slots) == Decimal("0.30")
    assert call("2026-05-04T12:00:00", "2026-05-04T12:00:31", slots) == Decimal("0.36")


def test_a_call_that_goes_on_for_nothing() -> None:
    assert call("2026-05-04T12:00:00", "2026-05-04T13:00:00", free_beyond="5") == Decimal(5)
    assert call("2026-05-04T12:00:00", "2026-05-04T12:01:00", free_beyond="5") == Decimal("0.70")


def test_a_day_by_seconds_is_three_lines() -> None:
    terms = Terms.parse({"model": "timed", "slots": NIGHT_AND_DAY})
    usage = Usage(start=datetime.fromisoformat("2026-05-04T00:00"), end=datetime.fromisoformat("2026-05-05T00:00"))
    rated = rate(terms, Decimal(0), usage=usage)
    assert [words(line.data(), "EUR", "s") for line in rated.lines] == [
        "From 2026-05-04 00:00:00: 28,800 s × 0.06 EUR / 60 s = 28.80 EUR",
        "From 2026-05-04 08:00:00: 36,000 s × 0.60 EUR / 60 s = 360.00 EUR",
        "From 2026-05-04 18:00:00: 21,600 s × 0.06 EUR / 60 s = 21.60 EUR",
    ]
    assert price_words(terms, "EUR", "s")[1] == (
        "Mon, Tue, Wed, Thu, Fri from 08:00: 0.60 EUR for 60 s in steps of 1 s, connect fee 0.10 EUR."
    )


def test_a_moment_without_a_slot_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        call("2026-05-04T07:00:00", "2026-05-04T07:01:00", [slot("08:00", "1")])
    assert (refused.value.code, refused.value.message) == ("no_slot", "the price has no slot for Mon 07:00")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"weekdays": []}, "bad_list", "slots[1].weekdays"),
        ({"weekdays": [0, 8]}, "bad_list", "slots[1].weekdays"),
        ({"from": "25:00"}, "bad_time", "slots[1].from"),
        ({"increment_s": 0}, "not_positive", "slots[1].increment_s"),
        ({"rate": "-1"}, "negative_refused", "slots[1].rate"),
    ],
)
def test_wrong_slots_are_refused(change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Terms.parse({"model": "timed", "slots": [{**slot("08:00", "1"), **change}]})
    assert [(p.code, p.field) for p in refused.value.problems] == [(code, field)]


@pytest.mark.parametrize(
    ("duration", "increment", "minimum", "billed"),
    [
        (0, 6, 30, 0),
        (-5, 6, 30, 0),
        (1, 6, 30, 30),
        (30, 6, 30, 30),
        (31, 6, 30, 36),  # further steps count from the end of the first one
        (36, 6, 30, 36),
        (61, 60, 60, 120),
        (61, 60, 0, 120),
        (60, 60, 0, 60),
    ],
)
def test_billed_seconds(duration: int, increment: int, minimum: int, billed: int) -> None:
    assert billed_seconds(duration, increment, minimum) == billed


@pytest.mark.parametrize(("increment", "minimum"), [(0, 0), (-1, 0), (6, -1)])
def test_impossible_increments_are_refused(increment: int, minimum: int) -> None:
    with pytest.raises(Refused) as refused:
        billed_seconds(10, increment, minimum)
    assert refused.value.code == "bad_increment"


def test_thirds_of_a_cent_in_several_slots_are_a_whole_one() -> None:
    slots = [slot(f"{hour:02}:00", "0.01", step=20, rate_unit_s=60) for hour in (0, 8, 9)]
    # 20 s in each of three slots at 0.01 a minute: the total is rounded once, not slot by slot
    slots[1]["increment_s"] = 3600
    slots[1]["rate_unit_s"] = 10800
    terms = Terms.parse({"model": "timed", "slots": slots})
    usage = Usage(
        start=datetime.fromisoformat("2026-05-04T07:59:40"), end=datetime.fromisoformat("2026-05-04T09:00:20")
    )
    rated = rate(terms, Decimal(0), usage=usage)
    assert rated.amount == Decimal("0.01")
    assert sum(line.amount for line in rated.lines) == rated.amount
    assert [line.kind for line in rated.lines] == ["timed", "timed", "timed", "adjustment"]


def test_a_session_has_an_end() -> None:
    with pytest.raises(Refused) as refused:
        call("2016-05-04T12:00:00", "2026-06-04T12:00:00")
    assert refused.value.code == "session_too_long"
