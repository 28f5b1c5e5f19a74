"""Errors keep their facts across process borders; a state machine is a table."""

import pickle
from enum import StrEnum

import pytest

from tollbook.kernel.errors import (
    Invalid,
    NotFound,
    Permanent,
    Problem,
    Refused,
    Retryable,
    TollbookError,
    problem,
    shown,
)
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.states import move

WRONG = Problem(3, "quantity", "'x'", "not_a_number", "quantity 'x': give a decimal number")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("wallet_short", "5 EUR are missing", param="amount", missing="5"), 409),
        (NotFound("no_invoice", "no such invoice"), 404),
        (Retryable("busy", "the peer is busy", after_s=30), 503),
        (Permanent("rejected", "the peer said no"), 502),
        (Invalid([WRONG, WRONG]), 422),
    ],
)
def test_errors_survive_pickling(error: TollbookError, status: int) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  - our own bytes
    assert type(again) is type(error)
    assert again.__dict__ == error.__dict__
    assert (str(again), again.data()) == (str(error), error.data())
    assert again.status == status


def test_data() -> None:
    error = Refused("wallet_short", "5 EUR are missing", param="amount", missing="5")
    assert error.data() == {
        "code": "wallet_short",
        "message": "5 EUR are missing",
        "param": "amount",
        "details": {"missing": "5"},
    }
    assert Invalid([WRONG]).data() == {
        "code": "invalid",
        "message": "row 3, quantity: quantity 'x': give a decimal number",
        "param": "quantity",
        "problems": [WRONG.data()],
    }
    assert str(Invalid([WRONG, WRONG, WRONG])).endswith("(and 2 more)")


def test_invalid_needs_a_problem() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Invalid([])


def test_a_refusal_becomes_a_problem() -> None:
    with pytest.raises(Refused) as refused:
        parse_decimal("x", "quantity")
    assert problem(refused.value, row=7) == Problem(
        7, "quantity", "'x'", "not_a_number", "quantity 'x': give a decimal number such as '12.50'"
    )


@pytest.mark.parametrize("value", ["x" * 10**6, 10**5000, ["y"] * 1000, "\u202e\0"], ids=range(4))
def test_shown_values_are_short_and_printable(value: object) -> None:
    text = shown(value)
    assert len(text) <= 60
    assert text.isprintable()
    assert text.isascii()


class State(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


TABLE = {
    State.PENDING: {"activate": State.ACTIVE, "end": State.ENDED},
    State.ACTIVE: {"end": State.ENDED},
}


def test_move() -> None:
    assert move(TABLE, State.PENDING, "activate") is State.ACTIVE
    assert move(TABLE, State.ACTIVE, "end") is State.ENDED


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (State.ACTIVE, "cannot activate while active: possible is end"),
        (State.ENDED, "cannot activate while ended: possible is nothing: it is final"),
    ],
)
def test_wrong_moves_are_refused(state: State, message: str) -> None:
    with pytest.raises(Refused) as refused:
        move(TABLE, state, "activate")
    assert (refused.value.code, refused.value.message) == ("invalid_transition", message)
