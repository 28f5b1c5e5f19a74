"""Changing when a customer pays, over the API. Served by `api`."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Instant, example, one_of, text
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.charging import plans
from tollbook.customers.models import PlanChange
from tollbook.customers.reach import reached
from tollbook.customers.rules import BillingPlan
from tollbook.identity.models import StaffRole

routes = Routes("Customers")
KEEPERS = (StaffRole.BILLING, StaffRole.FINANCE)
_CHANGE = {
    "was": "POSTPAID",
    "becomes": "PREPAID",
    "starts_at": "2026-06-01T00:00:00Z",
    "reason": "agreed with the customer",
    "turned_at": None,
    "called_off_at": None,
    "created_at": "2026-05-20T08:00:00Z",
}


class PlanChangeIn(Body):
    """Another billing plan."""

    model_config = example({"becomes": "PREPAID", "starts_at": "2026-06-01T00:00:00Z", "reason": "agreed"})
    becomes: Annotated[str, one_of(*BillingPlan)] = Field(description="POSTPAID, PREPAID or FLEXIBLE.")
    starts_at: Instant | None = Field(
        None, description="From when; now, if left out. To come, it is on a full hour of the customer's zone."
    )
    reason: Annotated[str, text(200, required=False)] = Field("", description="Why, for the audit trail.")


class PlanChangeOut(BaseModel):
    """A change of the billing plan."""

    model_config = example(_CHANGE)
    was: str = Field(description="The plan before.")
    becomes: str = Field(description="The plan from then on.")
    starts_at: datetime = Field(description="From when.")
    reason: str = Field(description="Why.")
    turned_at: datetime | None = Field(description="When it came into force; null while it is planned.")
    called_off_at: datetime | None = Field(description="When it was called off.")
    created_at: datetime = Field(description="When it was made.")


def _out(found: PlanChange) -> PlanChangeOut:
    return PlanChangeOut(**{name: getattr(found, name) for name in PlanChangeOut.model_fields})


@routes.reads("/customers/{customer_id}/plan-changes", "customers:read", answer=Page[PlanChangeOut])
def list_plan_changes(
    request: ApiRequest, customer_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[PlanChangeOut]:
    """Changes of a customer's billing plan, the first one first."""
    customer = reached(request, customer_id)
    return page(PlanChange.objects.filter(customer=customer), Order(names=("key",)), cursor, limit, _out)


@routes.adds("/customers/{customer_id}/plan-changes", "customers:write", answer=PlanChangeOut, roles=KEEPERS)
def change_plan(request: ApiRequest, customer_id: str, plan_change: PlanChangeIn) -> PlanChangeOut:
    """Give a customer another billing plan, once for each Idempotency-Key.

    Use up to it is charged under the old plan. Refused with `in_the_past`, `not_on_the_hour`, `plan_change_planned`,
    `same_billing_plan`, `no_wallet`.
    """
    customer = reached(request, customer_id)
    made = plans.switch(
        customer.public_id, BillingPlan(plan_change.becomes), key=effect_key(request), at=plan_change.starts_at,
        reason=plan_change.reason, actor=request.principal.actor, door="api",
    )  # fmt: skip
    return _out(made)
