"""Stopping a service and letting it run again. What somebody else has stopped is not touched, neither way."""

from datetime import datetime

from tollbook.dunning.models import Stop
from tollbook.dunning.queries import OPEN_STOP
from tollbook.subscriptions.actions import end, locked, resume, suspend
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import State


def stop(
    found: Subscription,
    because: Stop.Because,
    at: datetime,
    *,
    invoice_id: int | None = None,
    wallet_id: int | None = None,
) -> Stop | None:
    """Stop a service, and note that dunning did; None where it is stopped by somebody else or has ended."""
    subscription = locked(found.public_id)
    mine = Stop.objects.filter(OPEN_STOP, subscription=subscription)
    if subscription.state == State.ACTIVE:
        suspend(subscription.public_id)
    elif subscription.state != State.SUSPENDED or not mine.exists():
        return None
    return Stop.objects.create(
        customer_id=subscription.customer_id,
        subscription=subscription,
        because=because,
        invoice_id=invoice_id,
        wallet_id=wallet_id,
        stopped_at=at,
    )


def lift(found: Stop, at: datetime) -> bool:
    """Take this reason away; the service runs again where no other one is left. Whether that is confirmed by now."""
    subscription = locked(found.subscription.public_id)
    if found.lift_at is None:
        found.lift_at = at
    others = Stop.objects.filter(OPEN_STOP, subscription=subscription).exclude(pk=found.pk)
    if subscription.state == State.SUSPENDED and not others.exists():
        resume(subscription.public_id)
    found.lifted_at = at
    found.save(update_fields=["lift_at", "lifted_at"])
    return True


def notice_by_hand(found: Stop, at: datetime) -> bool:
    """Note that somebody let the service run although dunning has stopped it; whether so."""
    subscription = locked(found.subscription.public_id)
    if subscription.state != State.ACTIVE:
        return False
    found.lift_at, found.lifted_at, found.by_hand = found.lift_at or at, at, True
    found.save(update_fields=["lift_at", "lifted_at", "by_hand"])
    return True


def terminate(found: Subscription, at: datetime) -> bool:
    """End a service for good; False where it has ended already."""
    subscription = locked(found.public_id)
    if subscription.state == State.ENDED:
        return False
    end(subscription.public_id, at)
    Stop.objects.filter(OPEN_STOP, subscription=subscription).update(ended_at=at)
    return True
