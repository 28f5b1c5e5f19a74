"""Limits of included units, and holds of units, over the API."""

from tollbook.api.once import effect_key
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.customers.queries import by_public_id
from tollbook.customers.reach import own
from tollbook.identity.audit import record as audit
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import NotFound
from tollbook.metering.holds import capture, hold, release
from tollbook.metering.limit_shapes import (
    LimitsOut,
    UsageCaptureIn,
    UsageHoldIn,
    UsageHoldOut,
    UsageReleaseIn,
    limit_out,
    usage_hold_out,
)
from tollbook.metering.limits import standing
from tollbook.metering.models import UsageHold
from tollbook.subscriptions.models import Subscription

routes = Routes("Usage")
SENDERS = (StaffRole.BILLING, StaffRole.FINANCE)


@routes.reads("/subscriptions/{subscription_id}/limits", "usage:read", answer=LimitsOut)
def get_limits(request: ApiRequest, subscription_id: str) -> LimitsOut:
    """What the running period of a subscription includes, has used and has left, and what happens then."""
    mine = own(request)
    rows = Subscription.objects.select_related("customer").filter(public_id=subscription_id)
    found = (rows.filter(customer=mine) if mine else rows).first()
    if found is None:
        raise NotFound("subscription_not_found", f"there is no subscription {subscription_id}", param="subscription")
    return LimitsOut(data=[limit_out(each) for each in standing(found, clock.now())])


@routes.adds("/usage/holds", "usage:write", answer=UsageHoldOut, roles=SENDERS)
def hold_units(request: ApiRequest, hold_in: UsageHoldIn) -> UsageHoldOut:
    """Reserve units of a meter before they are used, once for each Idempotency-Key.

    Refused with `limit_reached` where they would go above the limit of their price, and with `quantity_not_positive`,
    `meter_not_counted` or `already_expired`.
    """
    made = hold(
        by_public_id(hold_in.customer), hold_in.meter, hold_in.quantity, key=effect_key(request),
        subscription=hold_in.subscription, dimensions=hold_in.dimensions, at=hold_in.at,
        expires_at=hold_in.expires_at,
    )  # fmt: skip
    return usage_hold_out(made, clock.now())


@routes.reads("/usage/holds/{usage_hold_id}", "usage:read", answer=UsageHoldOut)
def get_usage_hold(request: ApiRequest, usage_hold_id: str) -> UsageHoldOut:
    """Units that are or were reserved."""
    return usage_hold_out(_usage_hold(request, usage_hold_id), clock.now())


def _usage_hold(request: ApiRequest, public_id: str) -> UsageHold:
    mine = own(request)
    rows = UsageHold.objects.filter(public_id=public_id)
    found = (rows.filter(customer_id=mine.pk) if mine else rows).first()
    if found is None:
        raise NotFound("hold_not_found", f"there is no hold {public_id}", param="hold")
    return found


@routes.adds("/usage/holds/{usage_hold_id}/capture", "usage:write", answer=UsageHoldOut, status=200, roles=SENDERS)
def capture_units(request: ApiRequest, usage_hold_id: str, capture_in: UsageCaptureIn) -> UsageHoldOut:
    """Count what was used of a hold as an event and free the rest, once for each Idempotency-Key.

    Refused with `hold_closed` when it was captured or released before, or has expired, and with `more_than_held`.
    """
    found = _usage_hold(request, usage_hold_id)
    actor = request.principal.actor
    done = capture(found.public_id, capture_in.quantity, door="api", actor=actor, repeats=False)
    return usage_hold_out(done, clock.now())


@routes.adds("/usage/holds/{usage_hold_id}/release", "usage:write", answer=UsageHoldOut, status=200, roles=SENDERS)
def release_units(request: ApiRequest, usage_hold_id: str, release_in: UsageReleaseIn) -> UsageHoldOut:
    """Free what is held, once for each Idempotency-Key; refused with `hold_closed` when it has ended already."""
    found = release(_usage_hold(request, usage_hold_id).public_id, repeats=False)
    audit(
        "usage_hold.release", found.public_id, actor=request.principal.actor, door="api",
        customer_id=found.customer_id, detail={"reason": release_in.reason},
    )  # fmt: skip
    return usage_hold_out(found, clock.now())
