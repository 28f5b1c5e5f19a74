"""The tables of sign-up deposits, one row a case."""

from decimal import Decimal

import pytest

from tollbook.kernel.errors import Refused
from tollbook.kernel.states import move
from tollbook.payments.deposit_rules import DEPOSIT, Mode, Rest, comes_back, verified


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (["paid", "verify", "refund", "refunded"], "refunded"),
        (["paid", "verify", "refunded"], "refunded"),
        (["paid", "verify", "keep"], "kept"),
        (["paid", "reject", "forfeit"], "forfeited"),
        (["paid", "reject", "refund", "refunded"], "refunded"),
        (["paid", "verify", "refund", "fail", "refund", "refunded"], "refunded"),
        (["paid", "call_back"], "called_back"),
        (["expire"], "expired"),
        # Money that comes after all is held like any other.
        (["expire", "paid", "verify", "refund"], "refund_pending"),
        (["expire", "reopen", "paid"], "held"),
    ],
)
def test_what_becomes_of_a_deposit(events: list[str], state: str) -> None:
    found = "awaiting_payment"
    for event in events:
        found = move(DEPOSIT, found, event)
    assert found == state


@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("awaiting_payment", "verify"), ("awaiting_payment", "reject"), ("held", "paid"), ("held", "forfeit"),
        ("held", "refund"), ("refund_pending", "verify"), ("refund_pending", "refund"), ("refund_pending", "forfeit"),
        ("refunded", "refunded"), ("refunded", "fail"), ("kept", "refund"), ("forfeited", "paid"),
        ("forfeited", "refund"), ("called_back", "paid"),
    ],
)  # fmt: skip
def test_no_deposit_is_given_back_twice_unpaid_or_undecided(state: str, event: str) -> None:
    with pytest.raises(Refused) as refused:
        move(DEPOSIT, state, event)
    assert refused.value.code == "invalid_transition"


@pytest.mark.parametrize(
    ("amount", "percent", "fixed", "places", "back"),
    [
        ("25.00", 100, None, 2, "25.00"),
        ("25.00", 0, None, 2, "0.00"),
        ("25.55", 33, None, 2, "8.43"),  # 8.4315: never more than was promised
        ("2500", 33, None, 0, "825"),
        ("25.00", 100, "20.00", 2, "20.00"),
        ("25.00", 10, "30.00", 2, "25.00"),
        ("25.00", 100, "0", 2, "0"),
    ],
)
def test_how_much_comes_back(amount: str, percent: int, fixed: str | None, places: int, back: str) -> None:
    found = comes_back(Decimal(amount), percent, None if fixed is None else Decimal(fixed), places)
    assert str(found) == back


@pytest.mark.parametrize(
    ("left", "back", "mode", "rest", "parts"),
    [
        ("25", "25", "gateway", "wallet", ("25", "0", "0")),
        ("25", "20", "gateway", "wallet", ("20", "5", "0")),
        ("25", "20", "gateway", "fee", ("20", "0", "5")),
        ("25", "20", "wallet", "fee", ("0", "20", "5")),
        ("25", "20", "wallet", "wallet", ("0", "25", "0")),
        ("25", "0", "gateway", "fee", ("0", "0", "25")),
        # A part of it was called back: what is left goes back first.
        ("15", "20", "gateway", "fee", ("15", "0", "0")),
    ],
)
def test_where_a_verified_deposit_goes(left: str, back: str, mode: str, rest: str, parts: tuple[str, ...]) -> None:
    found = verified(Decimal(left), Decimal(back), Mode(mode), Rest(rest))
    assert (str(found.to_gateway), str(found.to_wallet), str(found.kept)) == parts
    assert found.to_gateway + found.to_wallet + found.kept == Decimal(left)
