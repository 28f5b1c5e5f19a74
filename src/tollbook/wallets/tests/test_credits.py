"""Grants over time, and prepaid seconds."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.errors import Refused
from tollbook.wallets.credits import Credits, Terms
from tollbook.wallets.units import covered_call


def after(*steps: tuple[Any, ...]) -> dict[str, str]:
    """What is left of each grant and the overage, after steps such as ("grant", "a", "10", priority=1)."""
    credits = Credits()
    for verb, *rest in steps:
        options = rest.pop() if rest and isinstance(rest[-1], dict) else {}
        if verb == "grant":
            credits.grant(rest[0], Terms(Decimal(rest[1]), **options))
        elif verb == "use":
            credits.use(Decimal(rest[0]))
        else:
            getattr(credits, verb)(*rest, **options)
    return {**{name: str(left) for name, left in credits.remaining.items()}, "over": str(credits.overage)}


JUNE = {"expires_at": datetime(2026, 6, 1, tzinfo=UTC)}
MAY = {"expires_at": datetime(2026, 5, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        pytest.param([("grant", "a", "5"), ("grant", "b", "5", {"priority": 1}), ("use", "6")], "a 4 b 0 over 0", id="priority"),
        pytest.param([("grant", "a", "5", JUNE), ("grant", "b", "5", MAY), ("use", "6")], "a 4 b 0 over 0", id="expiry"),
        pytest.param([("grant", "a", "5"), ("grant", "b", "5", JUNE), ("use", "6")], "a 4 b 0 over 0", id="never is last"),
        pytest.param([("grant", "a", "5", {"created": 9}), ("grant", "b", "5"), ("use", "6")], "a 4 b 0 over 0", id="age"),
        pytest.param([("grant", "a", "5"), ("grant", "b", "5"), ("use", "6")], "a 0 b 4 over 0", id="order"),
        pytest.param([("grant", "a", "5"), ("use", "8"), ("grant", "b", "5")], "a 0 b 5 over 3", id="a grant pays no overage"),
        pytest.param([("grant", "a", "5"), ("use", "8"), ("recur", "a")], "a 2 over 0", id="a recurrence does"),
        pytest.param([("grant", "a", "5"), ("use", "8"), ("recur", "a", {"pays_overage": False})], "a 5 over 3", id="or not"),
        pytest.param([("grant", "a", "5"), ("use", "2"), ("recur", "a")], "a 5 over 0", id="a recurrence does not add"),
        pytest.param([("grant", "a", "5"), ("end", "a"), ("use", "2")], "a 0 over 2", id="void"),
        pytest.param([("grant", "a", "5"), ("end", "a"), ("recur", "a")], "a 5 over 0", id="void until it recurs"),
        pytest.param([("grant", "a", "5"), ("reset",)], "a 0 over 0", id="nothing rolls over by itself"),
        pytest.param([("grant", "a", "9", {"max_rollover": Decimal(4)}), ("reset",)], "a 4 over 0", id="at most"),
        pytest.param(
            [("grant", "a", "9", {"max_rollover": Decimal(4), "min_rollover": Decimal(3)}), ("use", "8"), ("reset",)],
            "a 3 over 0",
            id="at least",
        ),
        pytest.param([("grant", "a", "5"), ("use", "8"), ("reset",)], "a 0 over 0", id="a reset forgets overage"),
        pytest.param(
            [("grant", "a", "5", {"max_rollover": Decimal(9), "min_rollover": Decimal(2)}), ("use", "8"),
             ("reset", {"keeps_overage": True})],
            "a 0 over 1", id="or lets it be paid",
        ),
    ],
)  # fmt: skip
def test_credits(steps: list[tuple[Any, ...]], left: str) -> None:
    """OpenMeter's credit engine."""
    words = left.split()
    assert after(*steps) == dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize(
    ("steps", "code"),
    [([("grant", "a", "1"), ("grant", "a", "1")], "granted_twice"), ([("end", "a")], "grant_not_found"),
     ([("recur", "a")], "grant_not_found")],
)  # fmt: skip
def test_refused(steps: list[tuple[Any, ...]], code: str) -> None:
    with pytest.raises(Refused) as refused:
        after(*steps)
    assert refused.value.code == code


amounts = st.decimals(0, 1000, places=2)


@given(st.lists(amounts, max_size=6), st.lists(amounts, max_size=8), st.data())
def test_granted_is_used_and_left_and_what_is_not_covered_is_overage(
    granted: list[Decimal], used: list[Decimal], data: st.DataObject
) -> None:
    credits = Credits()
    for number, amount in enumerate(granted):
        credits.grant(str(number), Terms(amount, priority=data.draw(st.integers(0, 3))))
    for amount in used:
        credits.use(amount)
    left = sum(credits.remaining.values(), Decimal(0))
    assert sum(granted, Decimal(0)) - left == sum(used, Decimal(0)) - credits.overage
    assert all(0 <= rest <= granted[int(name)] for name, rest in credits.remaining.items())
    assert not credits.overage or not left


verbs = st.one_of(
    st.tuples(st.just("grant"), amounts),
    st.tuples(st.just("use"), amounts),
    st.tuples(st.just("end"), st.integers(0, 9)),
)


@given(st.lists(verbs, max_size=20))
def test_granted_is_used_and_ended_and_left(steps: list[tuple[str, Any]]) -> None:
    credits = Credits()
    granted = used = ended = Decimal(0)
    for verb, value in steps:
        names = list(credits.remaining)
        if verb == "grant":
            credits.grant(str(len(names)), Terms(value))
            granted += value
        elif verb == "use":
            before = credits.overage
            credits.use(value)
            used += value - (credits.overage - before)
        elif value < len(names):
            ended += credits.remaining[names[value]]
            credits.end(names[value])
    assert granted == used + ended + sum(credits.remaining.values(), Decimal(0))


def test_seconds_cover_a_call_and_money_its_connect_fee() -> None:
    """CGRateS: a started step counts whole, and nothing is refused."""
    assert covered_call(100, Decimal("1.00"), 61, 60, Decimal("0.05")) == (-20, Decimal("0.95"), Decimal("0.05"))
    assert covered_call(100, Decimal(0), 0, 60, Decimal("0.05")) == (100, Decimal("-0.05"), Decimal("0.05"))
