"""Group commit: holds that callers of this process wait for are decided together, in order, in one transaction.

A wallet's row lock lets one transaction at a time change it, so a hot wallet alone serves as many holds a second as the
disk commits. Here the callers' threads put their wishes into a queue. One of them leads: it takes all that wait and has
them decided by one statement, which locks their wallets, decides, writes and commits; then the next waiting caller
leads. A caller gets its answer after the commit. Processes need not know of each other: the row lock puts their groups
in turn.

Whatever a group cannot serve (a wallet with credit to expire, an error of the database) its callers do for themselves,
with `holds.hold`: the key makes sure that nothing happens twice.
"""

import json
import logging
import os
from _thread import allocate_lock
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from threading import Lock
from typing import Any

from django.db import Error, connection

from tollbook.base import clock
from tollbook.kernel.errors import TollbookError
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money
from tollbook.wallets import holds
from tollbook.wallets.rules import Verdict

logger = logging.getLogger(__name__)
# While one group is at the database, the callers of the one before ask again: with larger groups they would take turns.
MOST = 64
ZERO = Decimal(0)

_CALL = "SELECT number, verdict, amount FROM wallets_hold_together(%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Wish:
    """A hold that is asked for: `key` and `amount` are checked (`holds.wish`), the currency is not yet."""

    wallet_id: int
    key: str
    amount: Money
    expires_at: datetime | None = None


class Undecided(Enum):
    """What a group leaves to others: ask alone with `holds.hold`, or wait for the wallet, which somebody else has."""

    ALONE = 1
    BUSY = 2


# The public id of the new hold, or the error that `holds.hold` would raise.
Answer = str | TollbookError | Undecided


def hold_together(wishes: Sequence[Wish], *, at: datetime, waits: bool = True) -> list[Answer]:
    """Decide on all wishes in one statement, those for one wallet strictly in order; the answer to each.

    ALONE is left what only `holds.hold` can do: credit has to expire first, or the key has its hold already. Unless it
    `waits`, wishes for wallets that another transaction has (and for those that do not exist) are BUSY. The statement
    is a transaction of its own, or part of the caller's.
    """
    answers: list[Answer] = [Undecided.ALONE] * len(wishes)
    ids: dict[tuple[int, str], tuple[int, str]] = {}
    for number, wish in enumerate(wishes):
        ids.setdefault((wish.wallet_id, wish.key), (number, new_id("hld")))
    asked = [_row(number, public_id, wishes[number]) for number, public_id in ids.values()]
    with connection.cursor() as cursor:
        cursor.execute(_CALL, [json.dumps(asked), at, waits])
        decided = {number: (verdict, amount) for number, verdict, amount in cursor.fetchall()}
    for number, public_id in ids.values():
        wish = wishes[number]
        verdict, amount = decided.get(number, ("", ZERO))
        if verdict == Verdict.HELD:
            answers[number] = public_id
        elif verdict == Verdict.SHORT:
            answers[number] = holds.short(wish.amount.currency, amount, wish.amount.amount)
        elif verdict == Verdict.CONFLICT:
            answers[number] = holds.conflict(wish.key, amount)
        elif not verdict and not waits:
            answers[number] = Undecided.BUSY
        # What is left, a wallet of another currency or none at all, is rare: `holds.hold` says what is wrong.
    return answers


def _row(number: int, public_id: str, wish: Wish) -> dict[str, Any]:
    return {
        "n": number,
        "i": public_id,
        "w": wish.wallet_id,
        "k": wish.key,
        "a": str(wish.amount.amount),
        "c": wish.amount.currency,
        "u": wish.expires_at and wish.expires_at.isoformat(),
    }


class _Caller:
    """A caller that waits for its answer, or for its turn to lead: the common group, or the `group` it is given."""

    __slots__ = ("answer", "group", "leads", "turn", "wish")

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.answer: Answer = Undecided.ALONE
        self.leads = False
        self.group: list[_Caller] = []
        # The cheapest thing to wait for: released once, by whoever has an answer or a task for this caller.
        self.turn = allocate_lock()
        self.turn.acquire()


class _Queue:
    """Who waits in this process. At most one caller leads the common group at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[_Caller] = []
        self._led = False

    def ask(self, wish: Wish) -> Answer:
        """The answer to a wish, after the commit that made it true."""
        caller = _Caller(wish)
        with self._lock:
            self._waiting.append(caller)
            caller.leads, self._led = not self._led, True
        if not caller.leads:
            caller.turn.acquire()
        if caller.leads:
            self._lead(caller)
        if caller.group:
            _serve(caller.group, caller, waits=True)
        return caller.answer

    def _lead(self, leader: _Caller) -> None:
        with self._lock:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        # A wallet that another transaction has would keep the others waiting, and it perhaps waits for one of them:
        # such wallets are left out, and one of those who want them waits for the lock on behalf of all who do.
        alone = len({caller.wish.wallet_id for caller in group}) == 1
        _serve(group, leader, waits=alone, before_waking=self._pass_on)

    def _pass_on(self) -> None:
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._led = following is not None
        if following is not None:
            following.leads = True
            following.turn.release()


def _serve(
    group: Sequence[_Caller], leader: _Caller, *, waits: bool, before_waking: Callable[[], None] = lambda: None
) -> None:
    """Decide for a group that contains its leader, and wake the others, whatever happens."""
    try:
        answers = hold_together([caller.wish for caller in group], at=clock.now(), waits=waits)
        for caller, answer in zip(group, answers, strict=True):
            caller.answer = answer
    except Error:
        # A fault of one wish must not be the fault of all: each caller asks alone, and sees its own error.
        logger.warning("a group of %d holds failed; each is tried alone", len(group), exc_info=True)
    finally:
        before_waking()
        for caller in _with_leaders(group):
            if caller is not leader:
                caller.turn.release()


def _with_leaders(group: Sequence[_Caller]) -> list[_Caller]:
    """Who is to be woken: those who have their answer, and of those whose wallet is busy one, who leads the rest."""
    woken, first = [], dict[int, _Caller]()
    for caller in group:
        if caller.answer is Undecided.BUSY:
            leading = first.setdefault(caller.wish.wallet_id, caller)
            leading.group.append(caller)
            if leading is not caller:
                continue
        woken.append(caller)
    return woken


_queue = _Queue()


def _start_anew() -> None:
    """In a forked child: the threads that were waiting are not there."""
    global _queue  # the one queue of the process
    _queue = _Queue()


os.register_at_fork(after_in_child=_start_anew)


def hold(wallet_id: int, amount: Money, *, key: str, expires_at: datetime | None = None) -> str:
    """Reserve `amount`, once per `key`, together with whoever asks at the same time; the public id, after the commit.

    Otherwise as `holds.hold`, which it becomes within a transaction of the caller's: what is held then stands or falls
    with that.
    """
    key, value = holds.wish(amount, key)
    answer: Answer = Undecided.ALONE
    if not connection.in_atomic_block:
        answer = _queue.ask(Wish(wallet_id, key, Money(value, amount.currency), expires_at))
    if isinstance(answer, Undecided):
        answer = holds.hold(wallet_id, amount, key=key, expires_at=expires_at).public_id
    if isinstance(answer, TollbookError):
        raise answer
    return answer
