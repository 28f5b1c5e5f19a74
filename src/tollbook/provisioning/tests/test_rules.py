"""What provisioning decides, as tables."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tollbook.kernel.errors import Invalid, Refused
from tollbook.provisioning.connectors.base import Condition, Observed, Spec
from tollbook.provisioning.connectors.written import spec_from, stored
from tollbook.provisioning.judging import judge
from tollbook.provisioning.rules import (
    MOST_TRIES,
    Next,
    Progress,
    Queued,
    State,
    Steering,
    Verb,
    after,
    check_pause,
    steer,
    wanted,
)
from tollbook.provisioning.specs import read_spec, typed

A, S, T, P, F = State.ACTIVE, State.SUSPENDED, State.TERMINATED, State.PENDING, State.FAILED
WAITING, SENT, WORKING, UNKNOWN = Progress.WAITING, Progress.SENT, Progress.WORKING, Progress.UNKNOWN
PROVISION, CHANGE, SUSPEND, RESUME, TERMINATE = (
    Verb.PROVISION, Verb.CHANGE, Verb.SUSPEND, Verb.RESUME, Verb.TERMINATE,
)  # fmt: skip


def q(verb: Verb, progress: Progress = WAITING, calls: int = 0, id: int = 1, people: bool = False) -> Queued:
    return Queued(id, verb, progress, calls, people)


@pytest.mark.parametrize(
    ("state", "goal", "queue", "expected"),
    [
        (A, A, [], Steering()),
        (A, S, [], Steering(add=SUSPEND)),
        (S, A, [], Steering(add=RESUME)),
        (S, S, [], Steering()),
        (P, A, [q(PROVISION)], Steering()),
        (P, S, [q(PROVISION)], Steering(add=SUSPEND)),
        (A, S, [q(SUSPEND)], Steering()),
        (A, A, [q(SUSPEND)], Steering((1,))),
        (A, A, [q(SUSPEND, UNKNOWN, 1)], Steering((1,), RESUME, unsure=True)),
        (A, A, [q(SUSPEND, WAITING, 1)], Steering((1,), RESUME, unsure=True)),
        # A call that is under way is never cancelled: its opposite stands behind it.
        (A, A, [q(SUSPEND, SENT, 1)], Steering(add=RESUME)),
        (A, A, [q(SUSPEND, WORKING, 1)], Steering(add=RESUME)),
        (A, A, [q(SUSPEND, WORKING, 1, people=True)], Steering((1,), RESUME, unsure=True)),
        (A, A, [q(SUSPEND, SENT, 1), q(RESUME, id=2)], Steering()),
        (A, S, [q(SUSPEND, SENT, 1), q(RESUME, id=2)], Steering((2,))),
        (A, S, [q(CHANGE)], Steering(add=SUSPEND)),
        # To the end.
        (A, T, [], Steering(add=TERMINATE)),
        (A, T, [q(TERMINATE, UNKNOWN, 1)], Steering()),
        (A, T, [q(CHANGE), q(SUSPEND, id=2)], Steering((1, 2), TERMINATE)),
        (A, T, [q(SUSPEND, SENT, 1)], Steering(add=TERMINATE)),
        (A, T, [q(SUSPEND, WORKING, 1, people=True)], Steering((1,), TERMINATE)),
        (T, T, [], Steering()),
        (F, A, [q(SUSPEND)], Steering((1,))),
        (F, A, [], Steering()),
    ],
)
def test_steering_what_is_made(state: State, goal: State, queue: list[Queued], expected: Steering) -> None:
    assert steer(state, goal, queue, sure=True, made=True) == expected


@pytest.mark.parametrize(
    ("queue", "expected"),
    [
        ([], Steering(over=True)),
        ([q(PROVISION)], Steering((1,), over=True)),
        # It may have been made: only when that is known it can be ended.
        ([q(PROVISION, UNKNOWN, 1)], Steering(add=TERMINATE)),
        ([q(PROVISION, UNKNOWN, 1, people=True), q(TERMINATE, id=2)], Steering()),
        ([q(PROVISION, WAITING, 3)], Steering(add=TERMINATE)),
        ([q(TERMINATE)], Steering((1,), over=True)),
    ],
)
def test_ending_what_has_no_ref(queue: list[Queued], expected: Steering) -> None:
    assert steer(P, T, queue, sure=True, made=False) == expected


def test_a_state_that_is_not_sure_is_confirmed() -> None:
    assert steer(A, A, [], sure=False, made=True) == Steering(add=RESUME)
    assert steer(A, A, [q(RESUME)], sure=False, made=True) == Steering()


@pytest.mark.parametrize(
    ("ending", "stopped", "goal"), [(False, False, A), (False, True, S), (True, False, T), (True, True, T)]
)
def test_what_it_is_to_be(ending: bool, stopped: bool, goal: State) -> None:
    assert wanted(ending=ending, stopped=stopped) is goal


def test_when_it_is_tried_again() -> None:
    pauses = [after(SUSPEND, tries).pause for tries in range(1, MOST_TRIES)]
    assert [int(each.total_seconds()) for each in pauses if each] == [30, 120, 600, 1800, 3600, 7200, 14400]
    assert after(SUSPEND, MOST_TRIES) == Next(None, True)
    assert after(RESUME, MOST_TRIES) == after(RESUME, 500) == Next(timedelta(hours=4), True)
    assert after(SUSPEND, 1, wait_s=90).pause == timedelta(seconds=90)
    assert after(SUSPEND, 1, wait_s=10**9).pause == timedelta(hours=4)


def test_when_a_system_at_work_is_asked() -> None:
    assert check_pause(timedelta(0), 1) == timedelta(seconds=5)
    assert check_pause(timedelta(seconds=40), 1) == timedelta(seconds=40)
    assert check_pause(timedelta(0), 3) == timedelta(minutes=10)
    assert check_pause(timedelta(days=9), 1) == check_pause(timedelta(0), 900) == timedelta(hours=1)


SPEC = Spec("server", {"cores": 2})


@pytest.mark.parametrize(
    ("verb", "condition", "event"),
    [
        (PROVISION, Condition.ACTIVE, "done"),
        (PROVISION, Condition.SUSPENDED, "done"),
        (PROVISION, Condition.FAILED, "people"),
        (PROVISION, Condition.GONE, "people"),
        (SUSPEND, Condition.SUSPENDED, "done"),
        (SUSPEND, Condition.ACTIVE, "wait"),
        (SUSPEND, Condition.GONE, "people"),
        (RESUME, Condition.ACTIVE, "done"),
        (RESUME, Condition.SUSPENDED, "wait"),
        (TERMINATE, Condition.GONE, "done"),
        (TERMINATE, Condition.ACTIVE, "wait"),
        (TERMINATE, Condition.FAILED, "wait"),
        (CHANGE, Condition.ACTIVE, "done"),
        (CHANGE, Condition.GONE, "people"),
        *((verb, Condition.WORKING, "work") for verb in Verb),
    ],
)
def test_what_an_observation_means(verb: Verb, condition: Condition, event: str) -> None:
    assert judge(verb, Observed(condition, SPEC), SPEC).event == event


def test_a_change_that_is_not_seen_was_not_made() -> None:
    assert judge(CHANGE, Observed(Condition.ACTIVE, SPEC), Spec("server", {"cores": 8})).event == "wait"


def test_a_spec_as_people_type_it() -> None:
    found = read_spec("server", "cores = 2\nratio=1.50\n\nbackup = yes\nname = web = 1\nid = 007\nlow = -3")
    assert dict(found.properties) == {
        "cores": 2, "ratio": Decimal("1.5"), "backup": True, "name": "web = 1", "id": "007", "low": -3,
    }  # fmt: skip
    assert read_spec("server", "\n".join(typed(found))) == found
    assert spec_from("server", stored(found)) == found


@pytest.mark.parametrize("line", ["cores", "= 2", "a = 1\na = 2", "a = \x07", f"{'n' * 61} = 1", f"a = {'v' * 501}"])
def test_a_wrong_line_is_told(line: str) -> None:
    with pytest.raises(Invalid) as wrong:
        read_spec("server", line)
    assert wrong.value.problems[0].code == "property_wrong"


def test_too_many_lines() -> None:
    with pytest.raises(Invalid, match="61 properties are more than 60"):
        read_spec("server", "\n".join(f"p{n} = 1" for n in range(61)))
    with pytest.raises(Refused):
        read_spec("", "a = 1")
