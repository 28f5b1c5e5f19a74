"""What the acts on a service share: its lock, its queue of operations, and its subscription kept in step with it."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from tollbook.kernel.errors import NotFound
from tollbook.kernel.states import move
from tollbook.provisioning import queries
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.connectors.written import stored
from tollbook.provisioning.models import Operation, Service
from tollbook.provisioning.rules import OPERATION, SERVICE, Progress, Queued, State, Verb, steer, wanted
from tollbook.subscriptions import actions as agreements
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import State as Agreed


def locked(service_id: str) -> Service:
    """The service, locked until the transaction ends; NotFound "service_not_found"."""
    found = Service.objects.select_for_update().filter(public_id=service_id).first()
    if found is None:
        raise NotFound("service_not_found", f"there is no service {service_id}", param="service")
    return found


def add_operation(service: Service, verb: Verb, at: datetime, *, key: str = "", spec: Spec | None = None) -> Operation:
    """Write down what is to be done to a locked service, behind what is to be done already."""
    number = (service.operations.aggregate(last=Max("number"))["last"] or 0) + 1
    return Operation.objects.create(
        service=service, number=number, key=key or f"{verb}:{number}", verb=verb, kind=spec.kind if spec else "",
        properties=stored(spec) if spec else {}, created_at=at, next_at=at,
    )  # fmt: skip


def cancel(operation: Operation, at: datetime, why: str) -> None:
    """An operation of a locked service is not to be done any more."""
    operation.progress = move(OPERATION, operation.progress, "cancel")
    operation.next_at = operation.queued_at = None
    operation.ended_at, operation.note = at, why
    operation.save(update_fields=["progress", "next_at", "queued_at", "ended_at", "note"])


def steer_locked(service: Service, at: datetime) -> None:
    """Make the operations of a locked service lead to what it is to be."""
    found = {each.pk: each for each in queries.open_operations(service)}
    queue = [
        Queued(each.pk, Verb(each.verb), Progress(each.progress), each.calls, each.queued_at is not None)
        for each in found.values()
    ]
    goal = wanted(ending=service.ending_at is not None, stopped=queries.stopped(service))
    steps = steer(State(service.state), goal, queue, sure=service.sure, made=bool(service.ref))
    for each in steps.cancel:
        cancel(found[each], at, f"it is to be {goal}")
    if steps.unsure:
        service.sure = False
    if steps.over:
        service.state, service.ended_at = State(move(SERVICE, service.state, "terminate")), at
    if steps.unsure or steps.over:
        service.save(update_fields=["sure", "state", "ended_at"])
    if steps.add is not None:
        add_operation(service, steps.add, at)


def keep_in_step(subscription_id: int) -> None:
    """A subscription is suspended while all its services are stopped, and goes on as soon as one is not.

    One whose end is said keeps its state, which is what the end can be taken back to.
    """
    found = Subscription.objects.only("public_id").get(pk=subscription_id)
    subscription = agreements.locked(found.public_id)
    services = list(queries.live(Service.objects.filter(subscription=subscription)))
    if not services:
        return
    goal = Agreed.SUSPENDED if _all_stopped(services) else Agreed.ACTIVE
    if subscription.state == Agreed.ENDED:
        if subscription.state_before_end in (Agreed.ACTIVE, Agreed.SUSPENDED):
            Subscription.objects.filter(pk=subscription.pk).update(state_before_end=goal)
    elif goal == Agreed.SUSPENDED and subscription.state == Agreed.ACTIVE:
        agreements.suspend(subscription.public_id)
    elif goal == Agreed.ACTIVE and subscription.state == Agreed.SUSPENDED:
        agreements.resume(subscription.public_id)


def _all_stopped(services: Sequence[Service]) -> bool:
    why = queries.reasons(services)
    return all(each.pk in why for each in services)
