"""What provisioning decides: states, what a service is to be, what is to be done next, when it is tried again; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Reason(StrEnum):
    """Why a service is stopped or ended. A stop for one reason is lifted only for that reason."""

    CUSTOMER = "customer"
    DUNNING = "dunning"
    WALLET = "wallet"
    STAFF = "staff"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(each.value, each.value) for each in cls]


class State(StrEnum):
    """Of a service: what its connector last confirmed, or people did."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    FAILED = "failed"
    TERMINATED = "terminated"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(each.value, each.value) for each in cls]


#: Of these there is, or will be, something that runs.
LIVE = (State.PENDING, State.ACTIVE, State.SUSPENDED)

SERVICE: dict[str, dict[str, str]] = {
    State.PENDING: {"provision": State.ACTIVE, "fail": State.FAILED, "terminate": State.TERMINATED},
    State.ACTIVE: {"suspend": State.SUSPENDED, "resume": State.ACTIVE, "terminate": State.TERMINATED},
    State.SUSPENDED: {"suspend": State.SUSPENDED, "resume": State.ACTIVE, "terminate": State.TERMINATED},
    State.FAILED: {"again": State.PENDING, "terminate": State.TERMINATED},
    State.TERMINATED: {},
}


class Verb(StrEnum):
    """What an operation asks of a connector."""

    PROVISION = "provision"
    CHANGE = "change"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(each.value, each.value) for each in cls]


#: What a service is once the operation is done; a change leaves it what it was.
LEADS_TO = {
    Verb.PROVISION: State.ACTIVE,
    Verb.SUSPEND: State.SUSPENDED,
    Verb.RESUME: State.ACTIVE,
    Verb.TERMINATE: State.TERMINATED,
}


class Progress(StrEnum):
    """Of an operation. `sent`: a call is under way, or its process died; `unknown`: nobody knows what it did."""

    WAITING = "waiting"
    SENT = "sent"
    WORKING = "working"
    UNKNOWN = "unknown"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(each.value, each.value) for each in cls]


OPEN = (Progress.WAITING, Progress.SENT, Progress.WORKING, Progress.UNKNOWN)
#: The connector may have acted, so it is asked before anything is repeated.
CALLED = (Progress.SENT, Progress.WORKING, Progress.UNKNOWN)

_ANSWERS: dict[str, str] = {
    "wait": Progress.WAITING,
    "work": Progress.WORKING,
    "lose": Progress.UNKNOWN,
    "done": Progress.DONE,
    "fail": Progress.FAILED,
    "cancel": Progress.CANCELLED,
}
OPERATION: dict[str, dict[str, str]] = {
    Progress.WAITING: {"send": Progress.SENT, **_ANSWERS},
    # A call whose process died is asked about; where nothing can be asked about it is sent again under its key.
    Progress.SENT: {"send": Progress.SENT, **_ANSWERS},
    Progress.WORKING: {"send": Progress.SENT, **_ANSWERS},
    Progress.UNKNOWN: {"send": Progress.SENT, **_ANSWERS},
    Progress.DONE: {},
    Progress.FAILED: {},
    Progress.CANCELLED: {},
}

_PAUSES = (30, 120, 600, 1_800, 3_600, 7_200, 14_400)
#: After so many tries without success people must look.
MOST_TRIES = len(_PAUSES) + 1
#: A call that has not come back for so long counts as lost; connectors give up earlier.
LEASE = timedelta(minutes=5)
#: How long another system may be at work before people must look.
LONGEST_WORK = timedelta(hours=24)
LEAST_CHECK, MOST_CHECK = timedelta(seconds=5), timedelta(hours=1)
_LATER = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Next:
    """When to try again (None: not by itself), and whether people are asked to look."""

    pause: timedelta | None
    people: bool


def after(verb: Verb, tries: int, wait_s: int = 0) -> Next:
    """What follows the try of that number, counted from 1, when it brought nothing: pauses of 30 s, 2 min, 10 min,
    30 min, 1 h, 2 h and 4 h (longer where the other system asks for `wait_s` seconds), then people.

    A resume is never given up: whoever has paid is switched on, so it goes on every 4 h while people look.
    """
    if tries < MOST_TRIES:
        return Next(max(timedelta(seconds=_PAUSES[tries - 1]), min(timedelta(seconds=wait_s), _LATER)), False)
    return Next(_LATER if verb is Verb.RESUME else None, True)


def check_pause(asked: timedelta, tries: int) -> timedelta:
    """When to ask a system that is at work: after what it said, or the pause of that try if longer."""
    grown = timedelta(seconds=_PAUSES[min(tries, len(_PAUSES)) - 1]) if tries > 1 else LEAST_CHECK
    return min(max(asked, grown, LEAST_CHECK), MOST_CHECK)


def wanted(*, ending: bool, stopped: bool) -> State:
    """What a service is to be."""
    if ending:
        return State.TERMINATED
    return State.SUSPENDED if stopped else State.ACTIVE


@dataclass(frozen=True, slots=True)
class Queued:
    """An operation that is open, as `steer` sees it; `calls` counts how often its connector was called, `people` says
    that it waits for people to look.
    """

    id: int
    verb: Verb
    progress: Progress
    calls: int = 0
    people: bool = False


@dataclass(frozen=True, slots=True)
class Steering:
    """What makes a service's queue lead to what it is to be: operations to cancel (ids), one to add, or `over`: there
    is nothing that a connector could end. `unsure`: a cancelled one may have acted.
    """

    cancel: tuple[int, ...] = ()
    add: Verb | None = None
    over: bool = False
    unsure: bool = False


def steer(state: State, goal: State, queue: Sequence[Queued], *, sure: bool, made: bool) -> Steering:
    """What is to be done so that a service in `state` becomes `goal`, given its open operations, the first one first.

    `sure`: whether the connector confirmed the state; `made`: whether there is a thing that it knows by a ref. A call
    that is under way is never cancelled. One that is not, or that nobody knows of, gives way to its opposite.
    """
    if state is State.TERMINATED:
        return Steering()
    if goal is State.TERMINATED:
        return _steer_to_end(queue, made=made)
    if state is State.FAILED:
        return Steering(cancel=tuple(each.id for each in queue))
    verb = Verb.SUSPEND if goal is State.SUSPENDED else Verb.RESUME
    against = Verb.RESUME if verb is Verb.SUSPEND else Verb.SUSPEND
    idle = (Progress.WAITING, Progress.UNKNOWN)
    cancelled = [each for each in queue if each.verb is against and (each.progress in idle or each.people)]
    kept = [each for each in queue if each not in cancelled]
    unsure = any(each.calls for each in cancelled)
    targets = [LEADS_TO[each.verb] for each in kept if each.verb in LEADS_TO]
    agrees = targets[-1] is goal if targets else state is goal and sure and not unsure
    ids = tuple(each.id for each in cancelled)
    return Steering(ids, None if agrees else verb, unsure=unsure)


def _steer_to_end(queue: Sequence[Queued], *, made: bool) -> Steering:
    """Everything gives way to an end, but calls under way and things that may have been made: what is not known to us
    could not be ended.
    """
    kept = [
        each
        for each in queue
        if each.verb is Verb.TERMINATE
        or (each.progress in (Progress.SENT, Progress.WORKING) and not each.people)
        or (each.verb is Verb.PROVISION and each.calls)
    ]
    if not made and not any(each.verb is Verb.PROVISION for each in kept):
        return Steering(tuple(each.id for each in queue), over=True)
    cancel = tuple(each.id for each in queue if each not in kept)
    ends = bool(kept) and kept[-1].verb is Verb.TERMINATE
    return Steering(cancel, None if ends else Verb.TERMINATE)
