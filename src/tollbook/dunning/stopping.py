"""Stopping a service and letting it run again. What somebody else has stopped is not touched, neither way.

A subscription whose services are provisioned is stopped through them, with dunning as the reason; one that is an
agreement only is suspended itself, unless somebody else has done so.
"""

from datetime import datetime

from tollbook.dunning.models import Stop
from tollbook.dunning.queries import OPEN_STOP, live_services
from tollbook.provisioning import actions as provisioning
from tollbook.provisioning.models import Service
from tollbook.provisioning.queries import open_operations, reasons
from tollbook.provisioning.rules import Reason, Verb
from tollbook.provisioning.rules import State as Provided
from tollbook.subscriptions.actions import end, locked, resume, suspend
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import State

_REASON = {Stop.Because.INVOICE: Reason.DUNNING, Stop.Because.WALLET: Reason.WALLET}


def stop(
    found: Subscription,
    because: Stop.Because,
    at: datetime,
    *,
    invoice_id: int | None = None,
    wallet_id: int | None = None,
) -> Stop | None:
    """Stop a service, and note that dunning did; None where it is stopped by somebody else or has ended."""
    services = live_services(found.pk)
    for service in services:
        note = Stop.Because(because).label
        provisioning.stop(service.public_id, reason=_REASON[because], at=at, note=str(note))
    if not services:
        subscription = locked(found.public_id)
        mine = Stop.objects.filter(OPEN_STOP, subscription=subscription)
        if subscription.state == State.ACTIVE:
            suspend(subscription.public_id)
        elif subscription.state != State.SUSPENDED or not mine.exists():
            return None
    return Stop.objects.create(
        customer_id=found.customer_id,
        subscription=found,
        because=because,
        invoice_id=invoice_id,
        wallet_id=wallet_id,
        stopped_at=at,
    )


def lift(found: Stop, at: datetime) -> bool:
    """Take this reason away; the service runs again where no other one is left. Whether that is confirmed by now."""
    first = found.lift_at is None
    if found.lift_at is None:
        found.lift_at = at
    services = live_services(found.subscription_id)
    if services:
        for service in services if first else ():
            provisioning.lift(service.public_id, reason=_reason(found), at=at)
        # Read again: what lifting found to be untouched runs already.
        confirmed = _run(live_services(found.subscription_id))
    else:
        subscription = locked(found.subscription.public_id)
        others = Stop.objects.filter(OPEN_STOP, subscription=subscription).exclude(pk=found.pk)
        if first and subscription.state == State.SUSPENDED and not others.exists():
            resume(subscription.public_id)
        confirmed = True
    found.lifted_at = at if confirmed else None
    found.save(update_fields=["lift_at", "lifted_at"])
    return confirmed


def _reason(found: Stop) -> Reason:
    return _REASON[Stop.Because(found.because)]


def _run(services: list[Service]) -> bool:
    """Whether each service runs, or is stopped for a reason that is left."""
    why = reasons(services)
    for service in services:
        on_its_way = open_operations(service).filter(verb__in=[Verb.SUSPEND, Verb.RESUME]).exists()
        if service.pk not in why and (service.state == Provided.SUSPENDED or on_its_way):
            return False
    return True


def is_confirmed(found: Stop) -> bool:
    """Whether what was to run again does."""
    return _run(live_services(found.subscription_id))


def notice_by_hand(found: Stop, at: datetime) -> bool:
    """Note that somebody let the service run although dunning has stopped it; whether so."""
    services = live_services(found.subscription_id)
    if services:
        why = reasons(services)
        stands = any(_reason(found) in why.get(service.pk, ()) for service in services)
    else:
        stands = locked(found.subscription.public_id).state != State.ACTIVE
    if stands:
        return False
    found.lift_at, found.lifted_at, found.by_hand = found.lift_at or at, at, True
    found.save(update_fields=["lift_at", "lifted_at", "by_hand"])
    return True


def terminate(found: Subscription, at: datetime) -> bool:
    """End a service for good; False where it has ended already."""
    services = live_services(found.pk)
    for service in services:
        provisioning.terminate(service.public_id, reason=Reason.DUNNING, at=at, note="unpaid")
    subscription = locked(found.public_id)
    if subscription.state == State.ENDED and not services:
        return False
    if subscription.state != State.ENDED:
        end(subscription.public_id, at)
    Stop.objects.filter(OPEN_STOP, subscription=subscription).update(ended_at=at)
    return True
