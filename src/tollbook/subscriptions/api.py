"""Subscriptions over the API."""

from datetime import datetime

from django.db.models import QuerySet

from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.catalog.models import Plan, PlanVersion
from tollbook.catalog.queries import check_sold, version_at
from tollbook.customers.queries import by_public_id
from tollbook.customers.reach import chosen, own
from tollbook.identity.audit import record
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import NotFound
from tollbook.subscriptions.actions import end, keep_on, start
from tollbook.subscriptions.changes import change
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import history
from tollbook.subscriptions.shapes import (
    ChangeIn,
    EndIn,
    KeepOnIn,
    PhaseOut,
    SubscriptionIn,
    SubscriptionOut,
    phase_out,
    subscription_out,
)

routes = Routes("Subscriptions")
ROUTERS = [("", routes)]


def _rows() -> QuerySet[Subscription]:
    return Subscription.objects.select_related("customer", "book", "version__plan__product")


@routes.reads("/subscriptions", "subscriptions:read", answer=Page[SubscriptionOut])
def list_subscriptions(
    request: ApiRequest,
    customer: str = "",
    state: str = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[SubscriptionOut]:
    """Subscriptions, in the order in which they were made; of one customer, in one state, if named."""
    whose = chosen(request, customer)
    rows = _rows().filter(customer=whose) if whose else _rows()
    rows = rows.filter(state=state) if state else rows
    return page(rows, Order(), cursor, limit, subscription_out)


@routes.reads("/subscriptions/{subscription_id}", "subscriptions:read", answer=SubscriptionOut)
def get_subscription(request: ApiRequest, subscription_id: str) -> SubscriptionOut:
    """A subscription."""
    mine = own(request)
    rows = _rows().filter(customer=mine) if mine else _rows()
    found = rows.filter(public_id=subscription_id).first()
    if found is None:
        message = f"there is no subscription {subscription_id}"
        raise NotFound("subscription_not_found", message, param="subscription")
    return subscription_out(found)


@routes.reads("/subscriptions/{subscription_id}/phases", "subscriptions:read", answer=list[PhaseOut])
def list_phases(request: ApiRequest, subscription_id: str) -> list[PhaseOut]:
    """Which plan counts when, the earliest first; planned changes too."""
    mine = own(request)
    rows = _rows().filter(customer=mine) if mine else _rows()
    found = rows.filter(public_id=subscription_id).first()
    if found is None:
        message = f"there is no subscription {subscription_id}"
        raise NotFound("subscription_not_found", message, param="subscription")
    return [phase_out(*each) for each in history(found)]


def version_for(plan_id: str, at: datetime) -> PlanVersion:
    """The version of a plan that a change at `at` leads to: the one sold then, or now, if that is later; NotFound
    "plan_not_found", "no_plan_version".
    """
    plan = Plan.objects.select_related("product").filter(public_id=plan_id).first()
    if plan is None:
        raise NotFound("plan_not_found", f"there is no plan {plan_id}", param="plan")
    check_sold(plan)
    return version_at(plan, max(at, clock.now()))


def _recorded(request: ApiRequest, verb: str, subscription: Subscription, detail: dict[str, str]) -> SubscriptionOut:
    record(
        f"subscription.{verb}",
        subscription.public_id,
        actor=request.principal.actor,
        door="api",
        customer_id=subscription.customer_id,
        detail=detail,
    )
    return subscription_out(_rows().get(pk=subscription.pk))


@routes.adds(
    "/subscriptions/{subscription_id}/change",
    "subscriptions:write",
    answer=SubscriptionOut,
    status=200,
    roles=(StaffRole.BILLING, StaffRole.SUPPORT),
)
def change_subscription(request: ApiRequest, subscription_id: str, wanted: ChangeIn) -> SubscriptionOut:
    """Change the plan from an instant on, in the future or the past.

    What was planned for later no longer counts. Unused time of the old plan is credited where its price says so.
    Refused with `changes_before_start`, `changes_after_end`, `subscription_ended`, `other_brand`, `no_prices`,
    `same_plan`, and `change_key_conflict`.
    """
    at = wanted.at or clock.now()
    version = version_for(wanted.plan, at)
    changed = change(subscription_id, version, at, key=effect_key(request))
    return _recorded(request, "change", changed, {"plan": wanted.plan, "at": at.isoformat()})


@routes.adds(
    "/subscriptions/{subscription_id}/end",
    "subscriptions:write",
    answer=SubscriptionOut,
    status=200,
    roles=(StaffRole.BILLING, StaffRole.SUPPORT),
)
def end_subscription(request: ApiRequest, subscription_id: str, wanted: EndIn) -> SubscriptionOut:
    """End a subscription at an instant, in the future or the past.

    Unused time is credited where the price says so, use after the end is charged back. Refused with
    `ends_before_started`, and `invalid_transition` where an end is said already.
    """
    at = wanted.at or clock.now()
    return _recorded(request, "end", end(subscription_id, at), {"at": at.isoformat()})


@routes.adds(
    "/subscriptions/{subscription_id}/keep-on",
    "subscriptions:write",
    answer=SubscriptionOut,
    status=200,
    roles=(StaffRole.BILLING, StaffRole.SUPPORT),
)
def keep_subscription_on(request: ApiRequest, subscription_id: str, wanted: KeepOnIn) -> SubscriptionOut:
    """Take back an end that has not come yet.

    Refused with `no_end` and `already_ended`.
    """
    return _recorded(request, "keep_on", keep_on(subscription_id), {"reason": wanted.reason})


@routes.adds(
    "/subscriptions",
    "subscriptions:write",
    answer=SubscriptionOut,
    roles=(StaffRole.BILLING, StaffRole.SUPPORT),
)
def add_subscription(request: ApiRequest, subscription: SubscriptionIn) -> SubscriptionOut:
    """Subscribe a customer to a plan.

    Refused with `other_brand` where the customer's brand does not sell the plan, `plan_archived` where nobody does;
    `no_plan_version` and `no_price_book` where it is not sold at that instant, or not in the customer's currency.
    """
    customer = by_public_id(subscription.customer)
    plan = Plan.objects.select_related("product").filter(public_id=subscription.plan).first()
    if plan is None:
        raise NotFound("plan_not_found", f"there is no plan {subscription.plan}", param="plan")
    check_sold(plan)
    at = subscription.at or clock.now()
    made = start(
        customer,
        version_at(plan, at),
        key=effect_key(request),
        at=at,
        months=subscription.months,
        alignment=subscription.alignment,
    )
    record(
        "subscription.start",
        made.public_id,
        actor=request.principal.actor,
        door="api",
        customer_id=customer.pk,
        detail={"plan": plan.public_id, "at": at.isoformat()},
    )
    return subscription_out(_rows().get(pk=made.pk))
