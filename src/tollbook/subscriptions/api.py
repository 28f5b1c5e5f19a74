"""Subscriptions over the API."""

from datetime import datetime
from typing import Annotated

from django.db.models import QuerySet
from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Instant, example, id_of, one_of
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.catalog.models import Plan
from tollbook.catalog.queries import version_at
from tollbook.customers.queries import by_public_id
from tollbook.customers.reach import chosen, own
from tollbook.identity.audit import record
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import NotFound
from tollbook.subscriptions.actions import start
from tollbook.subscriptions.models import Subscription

routes = Routes("Subscriptions")
ROUTERS = [("", routes)]


class SubscriptionIn(Body):
    """A subscription to be."""

    model_config = example(
        {
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "plan": "pln_aaaaaaaaaaaaaaaaaaaaaaaa",
            "at": "2026-05-12T00:00:00+02:00",
            "months": 1,
            "alignment": "calendar",
        }
    )
    customer: Annotated[str, id_of("cus")] = Field(description="Who subscribes.")
    plan: Annotated[str, id_of("pln")] = Field(description="To what; in the version that is sold at that instant.")
    at: Instant | None = Field(None, description="When it begins; now, if left out.")
    months: int = Field(1, ge=1, le=120, strict=True, description="Length of a period in months.")
    alignment: Annotated[str, one_of(*Subscription.Alignment.values)] = Field(
        Subscription.Alignment.CALENDAR.value,
        description="calendar: periods are calendar months, the first and last are prorated. anchor: they turn on the "
        "day it began.",
    )


class SubscriptionOut(BaseModel):
    """A customer's agreement to a plan."""

    model_config = example(
        {
            "id": "sub_aaaaaaaaaaaaaaaaaaaaaaaa",
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "product": "prd_aaaaaaaaaaaaaaaaaaaaaaaa",
            "plan": "pln_aaaaaaaaaaaaaaaaaaaaaaaa",
            "plan_version": "plv_aaaaaaaaaaaaaaaaaaaaaaaa",
            "name": "Messages: Standard",
            "state": "active",
            "currency": "EUR",
            "prepaid": False,
            "alignment": "calendar",
            "months": 1,
            "started_at": "2026-05-11T22:00:00Z",
            "ended_at": None,
            "charged_until": "2026-05-31T22:00:00Z",
        }
    )
    id: str = Field(description="Its id.")
    customer: str = Field(description="Who subscribes.")
    product: str = Field(description="The product.")
    plan: str = Field(description="The plan.")
    plan_version: str = Field(description="The version whose prices count.")
    name: str = Field(description="Product and plan by name.")
    state: str = Field(description="pending, active, suspended or ended.")
    currency: str = Field(description="What it is charged in.")
    prepaid: bool = Field(description="Whether use draws on a wallet as it happens.")
    alignment: str = Field(description="calendar or anchor.")
    months: int = Field(description="Length of a period in months.")
    started_at: datetime = Field(description="When it began.")
    ended_at: datetime | None = Field(description="When it ended or will end.")
    charged_until: datetime | None = Field(description="Up to when everything that fell due is charged.")


def subscription_out(found: Subscription) -> SubscriptionOut:
    """A subscription with its customer, book and plan loaded, as the API shows it."""
    plan = found.version.plan
    return SubscriptionOut(
        id=found.public_id,
        customer=found.customer.public_id,
        product=plan.product.public_id,
        plan=plan.public_id,
        plan_version=found.version.public_id,
        name=f"{plan.product.name}: {plan.name}",
        state=found.state,
        currency=found.book.currency,
        prepaid=found.prepaid,
        alignment=found.alignment,
        months=found.months,
        started_at=found.started_at,
        ended_at=found.ended_at,
        charged_until=found.closed_until,
    )


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


@routes.adds(
    "/subscriptions",
    "subscriptions:write",
    answer=SubscriptionOut,
    roles=(StaffRole.BILLING, StaffRole.SUPPORT),
)
def add_subscription(request: ApiRequest, subscription: SubscriptionIn) -> SubscriptionOut:
    """Subscribe a customer to a plan.

    Refused with `other_brand` where the customer's brand does not sell the plan; `no_plan_version` and
    `no_price_book` where it is not sold at that instant, or not in the customer's currency.
    """
    customer = by_public_id(subscription.customer)
    plan = Plan.objects.select_related("product").filter(public_id=subscription.plan).first()
    if plan is None:
        raise NotFound("plan_not_found", f"there is no plan {subscription.plan}", param="plan")
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
