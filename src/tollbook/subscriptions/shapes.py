"""What the subscription routes take and answer, as the API's document tells it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Instant, example, id_of, one_of, text
from tollbook.subscriptions.models import Phase, Subscription
from tollbook.subscriptions.rules import Stage


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


class ChangeIn(Body):
    """A change of plan."""

    model_config = example({"plan": "pln_aaaaaaaaaaaaaaaaaaaaaaaa", "at": "2026-06-16T00:00:00+02:00"})
    plan: Annotated[str, id_of("pln")] = Field(
        description="To which plan; in the version that is sold at that instant, or now, if it lies in the past."
    )
    at: Instant | None = Field(None, description="From when on, in the future or the past; now, if left out.")


class EndIn(Body):
    """The end of a subscription."""

    model_config = example({"at": "2026-06-16T00:00:00+02:00"})
    at: Instant | None = Field(None, description="When it ends, in the future or the past; now, if left out.")


class KeepOnIn(Body):
    """Why an end is taken back."""

    model_config = example({"reason": "The customer stays."})
    reason: Annotated[str, text(200, required=False)] = Field("", description="For the audit trail.")


class PhaseOut(BaseModel):
    """A time in which one plan version counts."""

    model_config = example(
        {
            "plan": "pln_aaaaaaaaaaaaaaaaaaaaaaaa",
            "plan_version": "plv_aaaaaaaaaaaaaaaaaaaaaaaa",
            "name": "Messages: Standard",
            "starts_at": "2026-05-11T22:00:00Z",
            "ends_at": None,
            "said_at": "2026-05-11T09:12:00Z",
        }
    )
    plan: str = Field(description="The plan.")
    plan_version: str = Field(description="The version whose prices count.")
    name: str = Field(description="Product and plan by name.")
    starts_at: datetime = Field(description="From when on it counts.")
    ends_at: datetime | None = Field(description="When another plan, or nothing, counts; null while it goes on.")
    said_at: datetime = Field(description="When the change was made or planned.")


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


def phase_out(stage: Stage, phase: Phase) -> PhaseOut:
    """A phase and the time in which it counts, as the API shows it."""
    plan = phase.version.plan
    return PhaseOut(
        plan=plan.public_id,
        plan_version=phase.version.public_id,
        name=f"{plan.product.name}: {plan.name}",
        starts_at=stage.start,
        ends_at=stage.end,
        said_at=phase.created_at,
    )
