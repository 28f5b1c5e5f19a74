"""What becomes of an operation: it is claimed by one worker at a time, and each answer is written down and obeyed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.kernel.states import move
from tollbook.notifications.actions import tell
from tollbook.provisioning import queries, rules
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.models import Call, Operation, Service
from tollbook.provisioning.rules import OPEN, OPERATION, SERVICE, Progress, State, Verb
from tollbook.provisioning.secrets import sealed
from tollbook.provisioning.steering import locked, steer_locked

NOTE = 500
_NEWS = {
    Verb.PROVISION: "service.activated",
    Verb.SUSPEND: "service.suspended",
    Verb.RESUME: "service.resumed",
    Verb.TERMINATE: "service.terminated",
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call that one worker, and nobody else, is to make about an operation.

    `asks`: the thing is only observed, since an earlier call may have acted. `ref` is empty before it is made.
    """

    operation: str
    number: int
    verb: Verb
    asks: bool
    ref: str
    spec: Spec | None
    connection: str


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a call: `event` of `rules.OPERATION`, or "people" when no program can go on."""

    event: str
    detail: str = ""
    ref: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    wait_s: int = 0


@action
def claim(public_id: str) -> Claimed | None:
    """Take an operation whose turn has come, so that nobody else calls its connector meanwhile; None where there is
    nothing to call: it has ended, its turn is later, another stands in front, or somebody has it.
    """
    at = clock.now()
    service_id = queries.operation(public_id).service_id
    service = Service.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=service_id).first()
    if service is None:
        return None
    found = queries.heads().filter(public_id=public_id, next_at__lte=at).first()
    if found is None:
        return None
    asks = found.progress in rules.CALLED and bool(service.ref)
    if not asks:
        found.progress = Progress(move(OPERATION, found.progress, "send"))
    found.calls += 1
    found.tries += 1
    found.sent_at = found.sent_at or at
    # A process that dies now leaves the question what it did to whoever comes after the lease.
    found.next_at = at + rules.LEASE
    found.save(update_fields=["progress", "calls", "tries", "sent_at", "next_at"])
    return Claimed(
        public_id, found.calls, Verb(found.verb), asks, service.ref, found.spec, service.connection.public_id
    )


@action
def note(call: Claimed, told: Told) -> Operation:
    """Write down what came of a call, and do what follows. The answer to a call that was taken for lost is written
    down too, but obeyed no more: somebody has asked since.
    """
    at = clock.now()
    service = locked(queries.operation(call.operation).service.public_id)
    found = Operation.objects.select_for_update().get(public_id=call.operation)
    told = _checked(service, found, told)
    Call.objects.create(
        operation=found, number=call.number, asked=call.asks, at=at, event=told.event, detail=told.detail[:NOTE]
    )
    if found.calls != call.number or found.progress not in OPEN:
        return found
    if told.ref and not service.ref:
        service.ref = told.ref
        service.save(update_fields=["ref"])
    if told.event == "done":
        done_locked(service, found, at, told)
    else:
        _not_yet(found, at, told, asked=call.asks)
    steer_locked(service, at)
    return found


def _checked(service: Service, operation: Operation, told: Told) -> Told:
    """An answer that cannot be: people look at it."""
    if operation.verb == Verb.PROVISION and told.ref:
        taken = Service.objects.filter(connection_id=service.connection_id, ref=told.ref).exclude(pk=service.pk).first()
        if taken is not None:
            return Told("people", f"It was called {told.ref}, which is service {taken.public_id}")
    if told.ref and service.ref and told.ref != service.ref:
        return Told("people", f"It was called {told.ref}, but it is {service.ref}")
    return told


def done_locked(service: Service, operation: Operation, at: datetime, told: Told) -> None:
    """A locked operation is done: its service is what it leads to."""
    operation.note = told.detail[:NOTE]
    end_locked(operation, "done", at)
    changed = ["sure"]
    service.sure = True
    if operation.verb == Verb.CHANGE:
        service.kind, service.properties = operation.kind, operation.properties
        changed += ["kind", "properties"]
    else:
        service.state = State(move(SERVICE, service.state, operation.verb))
        changed.append("state")
    if told.secrets:
        service.secrets = sealed(service, told.secrets)
        changed.append("secrets")
    if operation.verb == Verb.TERMINATE:
        # What opened it opens nothing any more.
        service.ended_at, service.secrets = at, None
        changed += ["ended_at", "secrets"]
    service.save(update_fields=changed)
    if kind := _NEWS.get(Verb(operation.verb)):
        fields = {"subscription": service.subscription.public_id, "name": service.name, "kind": service.kind}
        tell(kind, service.customer_id, service.public_id, fields, at)


def _not_yet(operation: Operation, at: datetime, told: Told, *, asked: bool) -> None:
    event = told.event
    if event == "people":
        # Refused, it is as it was; only asked about, nobody knows.
        event = "lose" if asked else "wait"
    operation.progress = Progress(move(OPERATION, operation.progress, event))
    operation.note = told.detail[:NOTE]
    if told.event == "work":
        operation.tries = 0
        operation.next_at = at + rules.check_pause(timedelta(seconds=told.wait_s), operation.calls)
        if at - (operation.sent_at or at) >= rules.LONGEST_WORK:
            operation.next_at, operation.queued_at = None, operation.queued_at or at
    elif told.event == "people":
        operation.next_at, operation.queued_at = None, operation.queued_at or at
        if operation.verb == Verb.RESUME:
            operation.next_at = at + (rules.after(Verb.RESUME, rules.MOST_TRIES).pause or timedelta())
    else:
        follows = rules.after(Verb(operation.verb), operation.tries, told.wait_s)
        operation.next_at = None if follows.pause is None else at + follows.pause
        operation.queued_at = (operation.queued_at or at) if follows.people else operation.queued_at
    operation.save(update_fields=["progress", "tries", "note", "next_at", "queued_at"])


def end_locked(operation: Operation, event: str, at: datetime) -> None:
    """A locked operation ends by an event of `OPERATION`; its note is stored with it."""
    operation.progress = Progress(move(OPERATION, operation.progress, event))
    operation.ended_at = at
    operation.next_at = operation.queued_at = None
    operation.save(update_fields=["progress", "ended_at", "next_at", "queued_at", "note"])
