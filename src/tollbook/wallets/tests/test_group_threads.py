"""Holds that are decided together, asked for by many threads at once: never one too many, and nobody waits in vain."""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread, Timer
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tollbook.site.tests.world import World
from tollbook.wallets import group
from tollbook.wallets.group import hold_together
from tollbook.wallets.models import Hold, Wallet
from tollbook.wallets.tests.wishes import eur, filled, said, standing, wish


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fits", [0, 1, 17, 50])
def test_fifty_threads_get_exactly_as_many_holds_as_fit(
    world: World, at_once: Callable[..., list[Any]], fits: int
) -> None:
    wallet = filled(world, str(2 * fits + 1))
    answers = at_once(*(lambda n=n: group.hold(wallet.pk, eur("2"), key=f"h{n}") for n in range(50)))
    held = [a for a in answers if isinstance(a, str)]
    assert len(held) == len(set(held)) == fits
    assert [a.code for a in answers if not isinstance(a, str)] == ["wallet_short"] * (50 - fits)
    assert standing(wallet) == [str(2 * fits + 1), str(2 * fits)]
    assert sorted(wallet.holds.values_list("public_id", flat=True)) == sorted(held)


@pytest.mark.django_db(transaction=True)
def test_groups_of_several_processes_take_turns(world: World, at_once: Callable[..., list[Any]]) -> None:
    """Each thread sends groups of its own, as another process would: the row lock alone keeps them apart.

    Tried with `FOR NO KEY UPDATE` taken out of the statement: more holds were made than fit.
    """
    wallet = filled(world, "30")

    def send(number: int) -> list[group.Answer]:
        wishes = [wish(wallet, f"{number}-{i}", "1") for i in range(5)]
        return hold_together(wishes, at=world.now)

    answers = [answer for sent in at_once(*(lambda n=n: send(n) for n in range(20))) for answer in sent]
    assert [said(answers).count(word) for word in ("held", "wallet_short")] == [30, 70]
    assert [standing(wallet), wallet.holds.count()] == [["30", "30"], 30]


@pytest.mark.django_db(transaction=True)
def test_one_key_of_many_threads_is_one_hold(world: World, at_once: Callable[..., list[Any]]) -> None:
    wallet = filled(world, "5")
    answers = at_once(*20 * [lambda: group.hold(wallet.pk, eur("2"), key="same")])
    assert [len(set(answers)), wallet.holds.count(), standing(wallet)] == [1, 1, ["5", "2"]]


@pytest.mark.django_db(transaction=True)
def test_a_wallet_that_does_not_exist_is_said_so_at_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    wallet = filled(world, "5")
    answers = at_once(*(lambda n=n: group.hold(n * wallet.pk, eur("1"), key="a") for n in (0, 1, -1)))
    assert [getattr(a, "code", "held") for a in answers] == ["wallet_not_found", "held", "wallet_not_found"]


@pytest.mark.django_db(transaction=True)
def test_an_answer_comes_after_the_commit(world: World) -> None:
    wallet = filled(world, "5")
    made = group.hold(wallet.pk, eur("2"), key="a")
    seen: list[bool] = []

    def look() -> None:
        try:
            seen.append(Hold.objects.filter(public_id=made).exists())
        finally:
            connection.close()

    other = Thread(target=look)
    other.start()
    other.join()
    assert seen == [True]


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_a_hold_stands_or_falls_with_it(world: World) -> None:
    wallet = filled(world, "5")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        group.hold(wallet.pk, eur("2"), key="a")
        raise ZeroDivisionError
    assert [standing(wallet), Hold.objects.count()] == [["5", "0"], 0]


@pytest.mark.django_db(transaction=True)
def test_a_wallet_that_somebody_has_keeps_no_other_waiting(world: World) -> None:
    """Fails when the statement waits for every lock: the holds on the free wallet then wait for the busy one."""
    busy, free = filled(world, "50"), filled(world, "50", "bolt")
    answers: dict[str, str] = {}
    all_free = Event()

    def ask(wallet: Wallet, key: str) -> None:
        try:
            answers[key] = group.hold(wallet.pk, eur("1"), key=key)
            if sum(name.startswith("f") for name in answers) == 10:
                all_free.set()
        finally:
            connection.close()

    with transaction.atomic():
        Wallet.objects.select_for_update().get(pk=busy.pk)
        first = Thread(target=ask, args=(busy, "b-first"))
        first.start()
        threads = [Thread(target=ask, args=(w, f"{n}{i}")) for i in range(10) for n, w in (("b", busy), ("f", free))]
        # A lone wish waits for its wallet; to be served at once the others must not be behind it.
        for thread in threads:
            thread.start()
        served = all_free.wait(20)
        assert [key for key in answers if key.startswith("b")] == []
    for thread in (first, *threads):
        thread.join()
    assert served
    assert [standing(busy), standing(free), len(answers)] == [["50", "11"], ["50", "10"], 21]


@pytest.mark.django_db(transaction=True)
def test_where_a_group_fails_each_is_tried_alone(
    world: World, at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wallet = filled(world, "20")

    def fails(*_: Any, **__: Any) -> list[group.Answer]:
        raise DatabaseError("the server went away")

    monkeypatch.setattr(group, "hold_together", fails)
    answers = at_once(*(lambda n=n: group.hold(wallet.pk, eur("2"), key=f"h{n}") for n in range(12)))
    assert [sum(isinstance(a, str) for a in answers), standing(wallet)] == [10, ["20", "20"]]
    assert "holds failed; each is tried alone" in caplog.text


def test_every_caller_is_woken_once_for_each_time_that_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that is released twice wakes its caller before there is an answer, or ends the loop that wakes the others.

    Fails when who is woken is read after the lock is given back.
    """
    callers: list[group._Caller] = []

    def serve(served: Sequence[group._Caller], *, waits: bool) -> None:
        callers.extend(served)
        time.sleep(len(callers) % 7 / 50_000)
        for caller in served:
            busy = not waits and sum(map(ord, caller.wish.key)) % 2
            caller.answer = group.Undecided.BUSY if busy else caller.wish.key

    monkeypatch.setattr(group, "_serve", serve)
    queue, wrong = group._Queue(), []

    def ask(number: int) -> None:
        for turn in range(500):
            wanted = group.Wish(turn % 4, f"{number}-{turn}", eur("1"))
            answer = queue.ask(wanted)
            if answer != wanted.key:
                wrong.append((wanted.key, answer))

    threads = [Thread(target=ask, args=(n,), daemon=True) for n in range(24)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        sys.setswitchinterval(interval)
    assert [thread for thread in threads if thread.is_alive()] == wrong == []
    assert {caller.turn.locked() for caller in callers} == {True}


def start(*threads: Thread) -> None:
    for thread in threads:
        thread.start()


def test_who_is_interrupted_while_it_waits_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal in the main thread ends its call after the answer, and the callers that it had to wake are woken.

    Fails (callers stay asleep) when the interruption is raised at once.
    """
    leads, go_on = Event(), Event()

    def serve(served: Sequence[group._Caller], *, waits: bool) -> None:
        leads.set()
        assert go_on.wait(30)
        for caller in served:
            caller.answer = caller.wish.key

    def interrupt(number: int, frame: object) -> None:
        go_on.set()
        raise InterruptedError("a signal")

    monkeypatch.setattr(group, "_serve", serve)
    queue = group._Queue()
    answers: list[group.Answer] = []
    keys = [f"h{number}" for number in range(20)]
    threads = [
        Thread(target=lambda k=k: answers.append(queue.ask(group.Wish(1, k, eur("1")))), daemon=True) for k in keys
    ]
    threads[0].start()
    assert leads.wait(20)
    late = Timer(0.2, start, threads[1:])
    late.start()
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(InterruptedError):
            # The first of its group: all others are woken by it, or by those whom it wakes.
            queue.ask(group.Wish(1, "main", eur("1")))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        go_on.set()
    late.join(20)
    deadline = time.monotonic() + 20
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    assert sorted(map(str, answers)) == sorted(keys)
