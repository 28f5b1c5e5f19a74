"""Starting, suspending, resuming and ending subscriptions."""

from datetime import datetime

from tollbook.base.tasks import action
from tollbook.catalog.models import PlanVersion, Price
from tollbook.catalog.queries import book_for
from tollbook.customers.models import Customer
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.states import move
from tollbook.kernel.times import zone_info
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import TABLE, State


@action
def start(
    customer: Customer,
    version: PlanVersion,
    *,
    key: str,
    at: datetime,
    months: int = 1,
    alignment: str = Subscription.Alignment.CALENDAR,
) -> Subscription:
    """Subscribe the customer to a plan version from `at` on, once per `key`.

    By calendar, the first period is the rest of the calendar period; by anchor, periods turn on the day it
    began. Refused "other_brand" for a plan of another brand, "subscription_key_conflict" for a key used with
    another plan.
    """
    if version.plan.product.brand_id != customer.brand_id:
        raise Refused("other_brand", "the plan belongs to another brand than the customer", param="plan")
    earlier = Subscription.objects.filter(customer=customer, key=key).first()
    if earlier is not None:
        if earlier.version.plan_id != version.plan_id or earlier.started_at != at:
            message = f"key: {key} is another subscription ({earlier.public_id})"
            raise Refused("subscription_key_conflict", message, param="key")
        return earlier
    book = book_for(customer)
    return Subscription.objects.create(
        customer=customer,
        version=version,
        book=book,
        prepaid=version.prices.filter(book=book, mode=Price.Mode.PREPAID).exists(),
        key=key,
        alignment=alignment,
        months=months,
        anchor=at.astimezone(zone_info(customer.zone)).date(),
        started_at=at,
        due_at=at,
    )


@action
def suspend(public_id: str) -> Subscription:
    """Stop the service for a while; Refused "invalid_transition" unless it is active."""
    return _move(public_id, "suspend")


@action
def resume(public_id: str) -> Subscription:
    """Go on after a suspension; Refused "invalid_transition" unless it is suspended."""
    return _move(public_id, "resume")


@action
def end(public_id: str, at: datetime) -> Subscription:
    """End for good at `at`; what falls due up to then is still charged. Refused "ends_before_charged",
    "invalid_transition".
    """
    subscription = _locked(public_id)
    if subscription.closed_until and at < subscription.closed_until:
        message = f"at: {at.isoformat()} is before {subscription.closed_until.isoformat()}, up to which it is charged"
        raise Refused("ends_before_charged", message, param="at")
    if at <= subscription.started_at:
        message = f"at: {at.isoformat()} is not after {subscription.started_at.isoformat()}, when it began"
        raise Refused("ends_before_started", message, param="at")
    subscription.state = move(TABLE, subscription.state, "end")
    subscription.ended_at = at
    subscription.due_at = min(filter(None, (subscription.due_at, at)))
    subscription.save(update_fields=["state", "ended_at", "due_at"])
    return subscription


def _locked(public_id: str) -> Subscription:
    found = Subscription.objects.select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("subscription_not_found", f"there is no subscription {public_id}", param="subscription")
    return found


def _move(public_id: str, event: str) -> Subscription:
    subscription = _locked(public_id)
    subscription.state = State(move(TABLE, subscription.state, event))
    subscription.save(update_fields=["state"])
    return subscription
