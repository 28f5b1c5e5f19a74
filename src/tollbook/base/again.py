"""Transactions that the database ended because of another one are tried again."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

R = TypeVar("R")
#: A failed serialization, and a deadlock: PostgreSQL has undone all of it, and the other one goes on.
LOST = ("40001", "40P01")
TRIES = 4


def again(call: Callable[[], R], tries: int = TRIES) -> R:
    """What `call` returns, a transaction of its own: where the database ended it for another's sake, it is begun anew,
    at most `tries` times in all; then its error is raised. Within a transaction, which is not ours to repeat, it is
    called once.
    """
    for left in reversed(range(tries)):
        try:
            return call()
        except OperationalError as error:
            lost = getattr(error.__cause__, "sqlstate", None) in LOST
            if not lost or not left or connection.in_atomic_block:
                raise
    raise ValueError(f"tries: {tries} must be 1 or more")
