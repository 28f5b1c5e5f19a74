"""What happens to a service: provided, changed, stopped, lifted, terminated. Each act writes down what its connector is
to do, in its own transaction; `running` does it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tollbook.base import clock
from tollbook.base.tasks import action, later
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import Refused
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.provisioning import queries, running
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.connectors.written import stored
from tollbook.provisioning.models import Operation, Service, Stop
from tollbook.provisioning.rules import SERVICE, Reason, State, Verb
from tollbook.provisioning.steering import add_operation, cancel, keep_in_step, locked, steer_locked
from tollbook.subscriptions import actions as agreements
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import State as Agreed

NOTE_LIMIT, KEY_LIMIT = 300, 120
_TICK = timedelta(microseconds=1)


@action
def provide(
    subscription: Subscription,
    *,
    key: str,
    at: datetime,
    options: Mapping[str, str] | None = None,
    actor: str = SYSTEM,
    door: str = SYSTEM,
) -> Service:
    """Have made what the subscription's plan delivers, with the `options` that it asks for, once per customer and
    `key`.

    Refused "nothing_delivered" (the plan is an agreement only), "connection_retired", "subscription_ended",
    "service_key_conflict" (the key made the service of another subscription), and as `Delivery.spec_with`.
    """
    subscription = agreements.locked(subscription.public_id)
    key = clean_text(key, "key", KEY_LIMIT)
    earlier = Service.objects.filter(customer_id=subscription.customer_id, key=key).first()
    if earlier is not None:
        if earlier.subscription_id != subscription.pk:
            message = f"key: {key} made service {earlier.public_id} of another subscription"
            raise Refused("service_key_conflict", message, param="key")
        return earlier
    if subscription.ended_at is not None and subscription.ended_at <= at:
        message = f"subscription: {subscription.public_id} ended at {subscription.ended_at.isoformat()}"
        raise Refused("subscription_ended", message, param="subscription")
    plan = subscription.version.plan
    delivery = queries.delivery_of(plan)
    if delivery is None:
        raise Refused("nothing_delivered", f"plan {plan.name} delivers nothing: it is an agreement only", param="plan")
    if delivery.connection.retired_at is not None:
        message = f"connection {delivery.connection} provisions nothing new: give the plan another one"
        raise Refused("connection_retired", message, param="connection")
    spec = delivery.spec_with(options or {})
    service = Service.objects.create(
        customer_id=subscription.customer_id, subscription=subscription, connection=delivery.connection, key=key,
        plan=plan, name=plan.name, kind=spec.kind, properties=stored(spec), customer_stops=delivery.customer_stops,
        created_at=at,
    )  # fmt: skip
    add_operation(service, Verb.PROVISION, at, key="provision", spec=spec)
    _audit("service.provide", service, actor, door, {"plan": plan.public_id, "subscription": subscription.public_id})
    if subscription.state == Agreed.SUSPENDED:
        # An agreement that is suspended runs nothing; staff lift it.
        _stop(service, Reason.STAFF, at, "its subscription is suspended")
    steer_locked(service, at)
    wake(service)
    return service


@action
def stop(
    service_id: str, *, reason: Reason, at: datetime, note: str = "", actor: str = SYSTEM, door: str = SYSTEM
) -> Service:
    """Stop a service (public id) for a reason, in addition to those for which it is stopped already.

    Once per reason at a time: again changes nothing, and neither does it where the service ends or is over. Its
    subscription is suspended when all its services are stopped. NotFound "service_not_found".
    """
    service = locked(service_id)
    if _over(service) or Stop.objects.filter(service=service, reason=reason, lifted_at__isnull=True).exists():
        return service
    _stop(service, reason, at, clean_text(note, "note", NOTE_LIMIT, required=False))
    _audit("service.stop", service, actor, door, {"reason": reason.value, "note": note})
    steer_locked(service, at)
    wake(service)
    keep_in_step(service.subscription_id)
    return service


@action
def lift(service_id: str, *, reason: Reason, at: datetime, actor: str = SYSTEM, door: str = SYSTEM) -> Service:
    """Take back a reason for which a service (public id) is stopped; it runs again only when none is left.

    What is not stopped for that reason stays what it is. NotFound "service_not_found".
    """
    service = locked(service_id)
    stops = Stop.objects.filter(service=service, reason=reason, lifted_at__isnull=True)
    if _over(service) or not stops.update(lifted_at=at):
        return service
    _audit("service.lift", service, actor, door, {"reason": reason.value})
    steer_locked(service, at)
    wake(service)
    keep_in_step(service.subscription_id)
    return service


@action
def stop_by_customer(service_id: str, customer_id: int, *, at: datetime, actor: str, door: str) -> Service:
    """A customer (row id) stops a service of its own, where the plan allows that. NotFound "service_not_found" for
    another's; Refused "stop_by_people", "service_over".
    """
    service = queries.by_public_id(service_id, customer_id)
    if not service.customer_stops:
        raise Refused("stop_by_people", "service: it cannot be stopped by yourself; ask us to", param="service")
    if _over(service) or service.state == State.FAILED:
        raise Refused("service_over", "service: it ends or is over, and cannot be stopped", param="service")
    return stop(service_id, reason=Reason.CUSTOMER, at=at, actor=actor, door=door)


@action
def lift_by_customer(service_id: str, customer_id: int, *, at: datetime, actor: str, door: str) -> Service:
    """A customer (row id) lets a service of its own go on that it stopped itself; what stops it for another reason is
    not the customer's to lift. NotFound "service_not_found" for another's; Refused "stopped_by_others" where the
    customer has stopped nothing.
    """
    service = queries.by_public_id(service_id, customer_id)
    found = queries.reasons([service]).get(service.pk, [])
    if found and Reason.CUSTOMER not in found:
        raise Refused("stopped_by_others", f"service: it is stopped for: {', '.join(found)}", param="service")
    return lift(service_id, reason=Reason.CUSTOMER, at=at, actor=actor, door=door)


@action
def terminate(
    service_id: str, *, reason: Reason, at: datetime, note: str = "", actor: str = SYSTEM, door: str = SYSTEM
) -> Service:
    """End a service (public id) for good at `at`, which is not in the future, once: again changes nothing.

    Its subscription ends with the last of its services, unless an end of it is said already. Refused "not_yet" for a
    later instant: end the subscription then, its services follow. NotFound "service_not_found".
    """
    service = locked(service_id)
    if service.ending_at is not None:
        return service
    if at > clock.now():
        message = f"at: {at.isoformat()} is in the future: end the subscription then, and its services end with it"
        raise Refused("not_yet", message, param="at")
    service.ending_at, service.ending_reason = at, reason
    service.save(update_fields=["ending_at", "ending_reason"])
    detail = {"reason": reason.value, "note": clean_text(note, "note", NOTE_LIMIT, required=False)}
    _audit("service.terminate", service, actor, door, detail)
    steer_locked(service, at)
    wake(service)
    _end_agreement(service, at)
    keep_in_step(service.subscription_id)
    return service


@action
def change(service_id: str, spec: Spec, *, key: str, at: datetime, actor: str = SYSTEM, door: str = SYSTEM) -> Service:
    """Make a service (public id) what `spec` says, once per service and `key`; a change that no connector has heard of
    gives way to it.

    Refused "service_over", "change_key_conflict" (the key made another change). NotFound "service_not_found".
    """
    service = locked(service_id)
    key = f"change:{clean_text(key, 'key', KEY_LIMIT)}"
    earlier = Operation.objects.filter(service=service, key=key).first()
    if earlier is not None:
        if earlier.spec != spec:
            message = f"key: {key.removeprefix('change:')} changed the service to something else"
            raise Refused("change_key_conflict", message, param="key")
        return service
    if _over(service) or service.state == State.FAILED:
        message = f"service: {service_id} is {service.state} or ends, and is not changed"
        raise Refused("service_over", message, param="service")
    for each in queries.open_operations(service).filter(verb=Verb.CHANGE, calls=0):
        cancel(each, at, "a later change took its place")
    add_operation(service, Verb.CHANGE, at, key=key, spec=spec)
    _audit("service.change", service, actor, door, {"key": key})
    wake(service)
    return service


@action
def provide_again(service_id: str, *, at: datetime, actor: str = SYSTEM, door: str = SYSTEM) -> Service:
    """Try to make a service (public id) once more whose making failed for good, as a new intent.

    Refused "invalid_transition" unless it failed, "service_over" when it is to end, "made_already" where the other
    system has named something.
    """
    service = locked(service_id)
    if _over(service):
        raise Refused("service_over", f"service: {service_id} ends, and is not made again", param="service")
    if service.ref:
        message = f"service: {service_id} is known as {service.ref} already: terminate it and provide another"
        raise Refused("made_already", message, param="service")
    service.state = State(move(SERVICE, service.state, "again"))
    service.save(update_fields=["state"])
    add_operation(service, Verb.PROVISION, at, spec=service.spec)
    _audit("service.again", service, actor, door, {})
    steer_locked(service, at)
    wake(service)
    keep_in_step(service.subscription_id)
    return service


def follow(at: datetime, limit: int = 500) -> int:
    """Terminate services whose subscription has ended at `at`; how many. Each is a transaction of its own."""
    found = list(queries.outlived(at)[:limit])
    for each in found:
        ended_at = each.subscription.ended_at or at
        terminate(each.public_id, reason=Reason.STAFF, at=ended_at, note="its subscription ended")
    return len(found)


def wake(service: Service) -> None:
    """Have a worker do the service's first operation if its turn has come, once this transaction commits."""
    for public_id in (
        queries.heads().filter(service=service, next_at__lte=clock.now()).values_list("public_id", flat=True)
    ):
        later(running.run, key=f"operation:{public_id}", public_id=public_id)


def _end_agreement(service: Service, at: datetime) -> None:
    others = Service.objects.filter(subscription_id=service.subscription_id, ending_at__isnull=True)
    if others.exclude(state=State.TERMINATED).exists():
        return
    subscription = agreements.locked(service.subscription.public_id)
    if subscription.state != Agreed.ENDED:
        agreements.end(subscription.public_id, max(at, subscription.started_at + _TICK))


def _over(service: Service) -> bool:
    return service.ending_at is not None or service.state == State.TERMINATED


def _stop(service: Service, reason: Reason, at: datetime, note: str) -> None:
    Stop.objects.create(service=service, reason=reason, note=note, since=at)


def _audit(verb: str, service: Service, actor: str, door: str, detail: dict[str, str]) -> None:
    record(verb, service.public_id, actor=actor, door=door, customer_id=service.customer_id, detail=detail)
