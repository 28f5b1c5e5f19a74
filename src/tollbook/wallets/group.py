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
# So many of those who have an answer are woken at once; each wakes the next.
CHAINS = 2
ZERO = Decimal(0)

_CALL = "SELECT number, verdict, amount FROM wallets_hold_together(%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Wish:
    """A hold that is asked for. Before it is decided, `key` and `amount` are checked (`holds.wish`)."""

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
    first: dict[tuple[int, str], int] = {}
    for number, wish in enumerate(wishes):
        first.setdefault((wish.wallet_id, wish.key), number)
    ids = [(number, new_id("hld")) for number in first.values()]
    asked = [_row(number, public_id, wishes[number]) for number, public_id in ids]
    with connection.cursor() as cursor:
        cursor.execute(_CALL, [json.dumps(asked), at, waits])
        decided = {number: (verdict, amount) for number, verdict, amount in cursor.fetchall()}
    for number, public_id in ids:
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

    __slots__ = ("after", "answer", "interrupted", "lane", "leads", "turn", "wish")

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.answer: Answer = Undecided.ALONE
        self.lane: int | None = COMMON
        self.leads = False
        # Whom this caller wakes when it is woken itself.
        self.after: _Caller | None = None
        self.interrupted: BaseException | None = None
        # The cheapest thing to wait for; released by whoever has an answer or a task for this caller.
        self.turn = allocate_lock()
        self.turn.acquire()

    def wait(self) -> None:
        """Wait for an answer or a task, and wake the one who waits behind.

        Released exactly once for each time that it is taken. What interrupts the wait (a signal in the main thread) is
        kept until it is over: others may wait for this caller.
        """
        while True:
            try:
                self.turn.acquire()
                break
            except BaseException as error:
                self.interrupted = error
        after, self.after = self.after, None
        if after is not None:
            after.turn.release()


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
            caller.wait()
            if not caller.leads:
                if caller.interrupted is not None:
                    raise caller.interrupted
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
            _wake(awake)


def _wake(callers: Sequence[_Caller]) -> None:
    """Wake all of them, the first ones first, each by the one CHAINS before it.

    Woken all at once, 64 threads stand in line for the interpreter, and the next leader, back from the database, behind
    them; so a few at a time do, which takes half the processor's time for each.
    """
    for caller, after in zip(callers, callers[CHAINS:], strict=False):
        caller.after = after
    for caller in callers[:CHAINS]:
        caller.turn.release()


def _serve(group: Sequence[_Caller], *, waits: bool) -> None:
    """Give everybody of a group its answer; who has none after an error asks alone."""
    answers = decided([caller.wish for caller in group], waits=waits)
    for caller, answer in zip(group, answers, strict=True):
        caller.answer = answer


def decided(wishes: Sequence[Wish], *, waits: bool) -> list[Answer]:
    """The answers of `hold_together`, now; all ALONE after an error of the database."""
    try:
        return hold_together(wishes, at=clock.now(), waits=waits)
    except Error:
        # A fault of one wish must not be the fault of all: alone, each caller sees its own error.
        logger.warning("a group of %d holds failed; each is tried alone", len(wishes), exc_info=True)
        return [Undecided.ALONE] * len(wishes)


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
