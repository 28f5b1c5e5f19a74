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
from collections.abc import Sequence
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


COMMON = None


class _Caller:
    """A caller that waits for its answer, or for its turn to lead its lane."""

    __slots__ = ("answer", "lane", "leads", "turn", "wish")

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.answer: Answer = Undecided.ALONE
        self.lane: int | None = COMMON
        self.leads = False
        # The cheapest thing to wait for; released by whoever has an answer or a task for this caller.
        self.turn = allocate_lock()
        self.turn.acquire()


class _Queue:
    """Who waits in this process, in lanes; a lane exists while one of its callers leads it.

    The common lane never waits for a wallet: one that another transaction has would keep all others waiting, and it
    perhaps waits for one of them. Those who want such a wallet go over to a lane of its own, which waits for the lock.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._lanes: dict[int | None, list[_Caller]] = {}

    def ask(self, wish: Wish) -> Answer:
        """The answer to a wish, after the commit that made it true."""
        caller = _Caller(wish)
        with self._lock:
            self._join(wish.wallet_id if wish.wallet_id in self._lanes else COMMON, caller)
            if caller.leads:
                caller.turn.release()
        while True:
            # Released exactly once for each time that it is taken: with an answer, or with a lane to lead.
            caller.turn.acquire()
            if not caller.leads:
                return caller.answer
            caller.leads = False
            self._lead(caller)

    def _join(self, lane: int | None, caller: _Caller) -> None:
        """Under the lock: queue up in a lane; who finds none opens it and leads it."""
        caller.lane = lane
        caller.leads = lane not in self._lanes
        self._lanes.setdefault(lane, []).append(caller)

    def _lead(self, leader: _Caller) -> None:
        """Serve those who wait in the leader's lane, make the next one its leader, and wake all whose turn it is."""
        lane = leader.lane
        with self._lock:
            group = self._lanes[lane][:MOST]
            del self._lanes[lane][:MOST]
        try:
            _serve(group, waits=lane is not COMMON)
        finally:
            with self._lock:
                for caller in group:
                    if caller.answer is Undecided.BUSY:
                        self._join(caller.wish.wallet_id, caller)
                following = self._lanes[lane][:1]
                if not following:
                    del self._lanes[lane]
                for caller in following:
                    caller.leads = True
                # Told under the lock: outside it, the leader of another lane may serve and wake who went over to it,
                # and both would wake the same caller.
                awake = following + [c for c in group if c.leads or c.answer is not Undecided.BUSY]
            for caller in awake:
                caller.turn.release()


def _serve(group: Sequence[_Caller], *, waits: bool) -> None:
    """Give everybody of a group its answer; who has none after an error asks alone."""
    try:
        answers = hold_together([caller.wish for caller in group], at=clock.now(), waits=waits)
    except Error:
        # A fault of one wish must not be the fault of all: alone, each caller sees its own error.
        logger.warning("a group of %d holds failed; each is tried alone", len(group), exc_info=True)
        answers = [Undecided.ALONE] * len(group)
    for caller, answer in zip(group, answers, strict=True):
        caller.answer = answer


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
    if isinstance(answer, TollbookError):
        raise answer
    if isinstance(answer, str):
        return answer
    alone: str = holds.hold(wallet_id, amount, key=key, expires_at=expires_at).public_id
    return alone
