"""What people do with an operation that programs could not end: try it again, say that it is done, or give it up."""

from datetime import datetime

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.identity.audit import record
from tollbook.kernel.errors import Refused
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.provisioning import queries
from tollbook.provisioning.actions import wake
from tollbook.provisioning.models import Operation, Service
from tollbook.provisioning.outcomes import NOTE, Told, done_locked, end_locked
from tollbook.provisioning.rules import OPEN, SERVICE, Progress, State, Verb
from tollbook.provisioning.steering import keep_in_step, locked, steer_locked


@action
def retry(public_id: str, *, reason: str = "", actor: str, door: str) -> Operation:
    """People say that an operation is to be tried again, with all its tries; what may have acted is asked about first.

    Refused "operation_ended", "operation_under_way" (a call is out).
    """
    service, found, at = _by_people(public_id)
    found.tries, found.next_at, found.queued_at = 0, at, None
    found.save(update_fields=["tries", "next_at", "queued_at"])
    _audit("retry", service, found, actor, door, clean_text(reason, "reason", NOTE, required=False))
    wake(service)
    return found


@action
def complete(public_id: str, *, ref: str = "", reason: str, actor: str, door: str) -> Operation:
    """People have done by hand what an operation asks for, or have seen that it is done. `ref` is how the other system
    calls what was made; needed for a provision.

    Refused "operation_ended", "operation_under_way", "ref_needed", "ref_taken", and as `clean_text` a reason that is
    none.
    """
    service, found, at = _by_people(public_id)
    reason = clean_text(reason, "reason", NOTE)
    if found.verb == Verb.PROVISION:
        ref = clean_text(ref or service.ref, "ref", 200, required=False)
        if not ref:
            raise Refused("ref_needed", "ref: give the name by which the other system knows what was made", param="ref")
        if Service.objects.filter(connection_id=service.connection_id, ref=ref).exclude(pk=service.pk).exists():
            raise Refused("ref_taken", f"ref: {ref} is another service of the connection", param="ref")
        if service.ref and service.ref != ref:
            raise Refused("ref_taken", f"ref: the service is known as {service.ref} already", param="ref")
        service.ref = ref
        service.save(update_fields=["ref"])
    _audit("complete", service, found, actor, door, reason)
    done_locked(service, found, at, Told("done", f"By hand: {reason}"))
    steer_locked(service, at)
    wake(service)
    return found


@action
def fail(public_id: str, *, reason: str, actor: str, door: str) -> Operation:
    """People say that an operation will not be done: a service whose making fails has failed, another stays what it
    was. It is not tried again by itself.

    Refused "must_end" for a termination, "operation_ended", "operation_under_way", and as `clean_text` a reason that is
    none.
    """
    service, found, at = _by_people(public_id)
    reason = clean_text(reason, "reason", NOTE)
    if found.verb == Verb.TERMINATE:
        message = "operation: what is to end must end: try it again, or end it by hand and say so"
        raise Refused("must_end", message, param="operation")
    found.note = reason
    called = found.calls > 0
    end_locked(found, "fail", at)
    _audit("fail", service, found, actor, door, reason)
    if found.verb == Verb.PROVISION:
        service.state = State(move(SERVICE, service.state, "fail"))
        service.save(update_fields=["state"])
        steer_locked(service, at)
        keep_in_step(service.subscription_id)
    elif called:
        service.sure = False
        service.save(update_fields=["sure"])
    wake(service)
    return found


def _by_people(public_id: str) -> tuple[Service, Operation, datetime]:
    at = clock.now()
    service = locked(queries.operation(public_id).service.public_id)
    found = Operation.objects.select_for_update().get(public_id=public_id)
    if found.progress not in OPEN:
        raise Refused("operation_ended", f"operation: it is {found.progress}, and stays so", param="operation")
    if found.progress == Progress.SENT and found.next_at is not None and found.next_at > at:
        message = f"operation: a call is under way; it counts as lost at {found.next_at.isoformat()}"
        raise Refused("operation_under_way", message, param="operation")
    return service, found, at


def _audit(verb: str, service: Service, operation: Operation, actor: str, door: str, reason: str) -> None:
    detail = {"operation": operation.public_id, "verb": operation.verb, "reason": reason}
    record(
        f"operation.{verb}", service.public_id, actor=actor, door=door, customer_id=service.customer_id, detail=detail
    )
