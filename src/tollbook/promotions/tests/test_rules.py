"""What promotions take off: exact values, and what holds for any amounts."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import add_up, plain
from tollbook.promotions.rules import (
    Due,
    Kind,
    Offer,
    Owing,
    Stacks,
    check_value,
    code_of,
    cycles_of,
    overlap,
    take_off,
)
from tollbook.rating import Discount, Stacking, words
from tollbook.rating.discounts import factor
from tollbook.subscriptions.rules import Schedule

START = datetime(2026, 5, 1, tzinfo=UTC)
WHOLE = Fraction(1)


def offer(kind: str, value: str = "0", stacks: str = "additive", *, use: bool = False, code: str = "X") -> Offer:
    return Offer(f"rdm_{code}", code, Kind(kind), Decimal(value), Stacks(stacks), use, START)


def fees(**amounts: str) -> dict[int, Owing]:
    """`once` is a one-time fee, `use` a reading of use, `a`, `b` and `c` are recurring fees."""
    keys = {"once": (1, Due.ONCE), "a": (2, Due.RECURRING), "b": (3, Due.RECURRING), "c": (4, Due.RECURRING)}
    keys["use"] = (5, Due.USE)
    return {keys[name][0]: Owing(keys[name][1], Decimal(amount)) for name, amount in amounts.items()}


def left(offers: list[Offer], owing: dict[int, Owing], share: Fraction = WHOLE) -> list[str]:
    steps = take_off(offers, START, owing, share)
    return [plain(add_up([o.amount, *(line.amount for line in steps.get(key, ()))])) for key, o in owing.items()]


@pytest.mark.parametrize(
    ("offers", "owing", "share", "expected"),
    [
        ([offer("percent", "20")], fees(once="10", a="49"), 1, ["8", "39.2"]),
        ([offer("percent", "20")], fees(use="7"), 1, ["7"]),
        ([offer("percent", "20", use=True)], fees(use="7"), 1, ["5.6"]),
        # 10 % and 5 % added are 15 % off; multiplied they are 14.5 % off.
        ([offer("percent", "10"), offer("percent", "5")], fees(a="100"), 1, ["85"]),
        ([offer("percent", "10", "multiplicative"), offer("percent", "5", "multiplicative")], fees(a="100"), 1, ["85.5"]),
        ([offer("percent", "10", "multiplicative"), offer("percent", "50")], fees(a="100"), 1, ["45"]),
        ([offer("percent", "60"), offer("percent", "60")], fees(a="100"), 1, ["0"]),
        # An amount is spread in proportion; its parts sum to it exactly, and what is over is lost.
        ([offer("amount", "10")], fees(once="10", a="30"), 1, ["7.5", "22.5"]),
        ([offer("amount", "1")], fees(a="1", b="1", c="1"), 1, ["0.66666666666666666666", "0.66666666666666666667", "0.66666666666666666667"]),
        ([offer("amount", "50")], fees(once="10", a="30"), 1, ["0", "0"]),
        ([offer("amount", "10")], fees(a="30"), Fraction(1, 2), ["25"]),
        ([offer("amount", "10")], fees(use="30"), 1, ["30"]),
        ([offer("setup")], fees(once="10", a="30"), 1, ["0", "30"]),
        ([offer("price", "40")], fees(once="10", a="30", b="30"), 1, ["10", "20", "20"]),
        ([offer("price", "61")], fees(a="30", b="30"), 1, ["30", "30"]),
        ([offer("price", "0")], fees(a="30"), 1, ["0"]),
        # The order is fixed, whichever was redeemed first: price, percentages, set-up, amounts.
        ([offer("amount", "1"), offer("percent", "50"), offer("price", "20")], fees(a="30"), 1, ["9"]),
        ([offer("percent", "20")], fees(a="0"), 1, ["0"]),
    ],
)  # fmt: skip
def test_what_is_left(offers: list[Offer], owing: dict[int, Owing], share: object, expected: list[str]) -> None:
    assert left(offers, owing, Fraction(str(share))) == expected


def test_a_price_is_promised_for_as_much_of_the_period_as_the_fee_is_due_for() -> None:
    half = {2: Owing(Due.RECURRING, Decimal(15), Fraction(1, 2))}
    steps = take_off([offer("price", "20")], START, half, Fraction(1, 3))
    assert [plain(line.amount) for line in steps[2]] == ["-5"]


amounts = st.decimals(min_value=0, max_value=10**6, places=4)
percents = st.decimals(min_value="0.0001", max_value=100, places=4)


@given(st.lists(amounts, min_size=1, max_size=5), st.decimals(min_value="0.01", max_value=10**6, places=10))
def test_the_parts_of_an_amount_sum_exactly_and_nothing_falls_below_zero(found: list[Decimal], coupon: Decimal) -> None:
    owing = {key: Owing(Due.RECURRING, amount) for key, amount in enumerate(found)}
    steps = take_off([offer("amount", str(coupon))], START, owing, WHOLE)
    taken = {key: -add_up(line.amount for line in lines) for key, lines in steps.items()}
    assert add_up(taken.values()) == min(coupon, add_up(found))
    assert all(0 < off <= owing[key].amount for key, off in taken.items())


@given(
    st.lists(st.tuples(percents, st.sampled_from(["additive", "multiplicative"])), min_size=1, max_size=4), amounts,
    st.decimals(min_value="0.01", max_value=100, places=2), st.booleans(),
)  # fmt: skip
def test_any_stack_stays_at_zero_or_above_and_percentages_meet_as_those_of_a_price_do(
    stack: list[tuple[Decimal, str]], amount: Decimal, coupon: Decimal, with_coupon: bool
) -> None:
    offers = [offer("percent", str(percent), how) for percent, how in stack]
    owing = {1: Owing(Due.ONCE, amount), 2: Owing(Due.RECURRING, amount)}
    more = [offer("amount", str(coupon))] if with_coupon else []
    assert all(Decimal(each) >= 0 for each in left([*offers, *more], owing))
    if sum(percent for percent, how in stack if how == "additive") <= 100:
        kept = factor(None, [Discount(percent, Stacking(how)) for percent, how in stack])
        for each in left(offers, owing):
            assert abs(Decimal(each) - amount * kept) < Decimal("1e-18")


def test_steps_in_words() -> None:
    offers = [
        offer("price", "40", code="FORTY"), offer("percent", "20", code="SUMMER26"),
        offer("setup", code="FREE"), offer("amount", "5", code="FIVER"),
    ]  # fmt: skip
    steps = take_off(offers, START, fees(once="10", a="49"), WHOLE)
    assert [words(line.data(), "EUR", "") for key in (2, 1) for line in steps[key]] == [
        "Promotion FORTY: 40.00 EUR for a whole period in place of the fees, its part for 49.00 EUR: -9.00 EUR",
        "Promotion SUMMER26: 20 % off 40.00 EUR: -8.00 EUR",
        "Promotion FIVER: of 5.00 EUR off the fees of a whole period, its part for 32.00 EUR: -5.00 EUR",
        "Promotion SUMMER26: 20 % off 10.00 EUR: -2.00 EUR",
        "Promotion FREE: free set-up, 8.00 EUR off: -8.00 EUR",
    ]


def schedule(by_calendar: bool = True, months: int = 1) -> Schedule:
    started = datetime(2026, 5, 10, tzinfo=UTC)
    return Schedule(months=months, anchor=started.date(), zone="UTC", by_calendar=by_calendar, started_at=started)


@pytest.mark.parametrize(
    ("plan", "charged", "at", "cycles", "expected"),
    [
        (schedule(), None, "2026-05-10", 1, ("2026-05-10", "2026-06-01")),
        (schedule(), None, "2026-05-20", 3, ("2026-05-10", "2026-08-01")),
        (schedule(), None, "2026-05-10", None, ("2026-05-10", None)),
        (schedule(), "2026-05-10", "2026-05-20", 1, ("2026-06-01", "2026-07-01")),
        (schedule(), "2026-06-01", "2026-06-01", None, ("2026-07-01", None)),
        (schedule(False), None, "2026-05-10", 2, ("2026-05-10", "2026-07-10")),
        (schedule(False), "2026-05-10", "2026-06-09", 2, ("2026-06-10", "2026-08-10")),
        (schedule(True, 3), None, "2026-05-10", 2, ("2026-05-10", "2026-10-01")),
    ],
)
def test_which_periods_count(
    plan: Schedule, charged: str | None, at: str, cycles: int | None, expected: tuple[str, str | None]
) -> None:
    since, until = expected
    charged_until = day(charged) if charged else None
    assert cycles_of(plan, charged_until, day(at), cycles) == (day(since), day(until) if until else None)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_codes() -> None:
    assert [code_of(" summer26 "), code_of("X", "HC-"), code_of("hc-x", "HC-")] == ["SUMMER26", "HC-X", "HC-X"]
    for bad in ("", "A B", "-A", "Ä", "A" * 41, "HC-"):
        with pytest.raises(Refused, match="at most 40"):
            code_of(bad, "HC-" if bad == "HC-" else "")


@pytest.mark.parametrize(
    ("kind", "value"),
    [("percent", "0"), ("percent", "100.1"), ("amount", "0"), ("amount", "-1"), ("price", "-0.01"), ("setup", "1")],
)
def test_values_that_promise_nothing_or_more_than_all(kind: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        check_value(Kind(kind), Decimal(value))
    assert refused.value.code == "bad_promotion_value"


def test_spans_meet() -> None:
    a, b, c = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))
    assert [overlap((a, b), (b, c)), overlap((a, None), (c, None)), overlap((a, c), (b, None))] == [False, True, True]
