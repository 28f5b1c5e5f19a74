"""What the routes about limits and held units take and answer, as the API's document tells it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Instant, example, id_of, number, text
from tollbook.customers.models import Customer
from tollbook.kernel.money import plain
from tollbook.metering.holds import state_at
from tollbook.metering.limits import Measured
from tollbook.metering.models import Meter, UsageHold
from tollbook.subscriptions.models import Subscription

Units = Annotated[Decimal, number()]


class LimitOut(BaseModel):
    """What a running period includes of a meter, and has left, under one price."""

    model_config = example(
        {
            "price": "pri_aaaaaaaaaaaaaaaaaaaaaaaa",
            "name": "Message part",
            "meter": "sms.part",
            "unit": "part",
            "included": "1000",
            "limit": "1000",
            "used": "940",
            "held": "10",
            "left": "50",
            "at_limit": "refuse",
            "period_start": "2026-05-01T00:00:00Z",
            "period_end": "2026-06-01T00:00:00Z",
        }
    )
    price: str = Field(description="The price that includes or limits it.")
    name: str = Field(description="What the invoice line says.")
    meter: str = Field(description="Code of the meter that counts it.")
    unit: str = Field(description="What is counted.")
    included: str = Field(description="Units that cost nothing; decimal text.")
    limit: str | None = Field(description="Units that the period may have; null: what is used above is charged.")
    used: str = Field(description="Units used so far.")
    held: str = Field(description="Units reserved and not used yet.")
    left: str = Field(description="Units that are left until use is refused or charged.")
    at_limit: str = Field(description="refuse: what would go above the limit is refused. charge: it is charged.")
    period_start: datetime = Field(description="When the period began.")
    period_end: datetime = Field(description="When it ends, and counting begins anew.")


class LimitsOut(BaseModel):
    """What the running period of a subscription includes and has left; empty where nothing is included or limited."""

    model_config = example({"data": []})
    data: list[LimitOut] = Field(description="One for each price with included units or a limit, by name.")


class UsageHoldIn(Body):
    """Units to be reserved."""

    model_config = example(
        {
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "meter": "sms.part",
            "quantity": "2",
            "dimensions": {"country": "DE"},
            "expires_at": "2026-05-12T09:35:00Z",
        }
    )
    customer: Annotated[str, id_of("cus")] = Field(description="Who will use them.")
    meter: Annotated[str, text(120)] = Field(description="Code of the meter.")
    quantity: Units = Field(description="How many, as decimal text; more than zero.")
    subscription: Annotated[str, text(40, required=False)] = Field("", description="Where it matters which.")
    dimensions: dict[str, str] = Field({}, max_length=60, description="What readings may be split by.")
    at: Instant | None = Field(None, description="When they will count as used; now, if left out.")
    expires_at: Instant | None = Field(None, description="When they are freed by themselves; null: never.")


class UsageCaptureIn(Body):
    """What was used of a hold."""

    model_config = example({"quantity": "1"})
    quantity: Units | None = Field(None, description="Up to what is held; the rest is freed. Null: all, 0: nothing.")


class UsageReleaseIn(Body):
    """Why held units are freed."""

    model_config = example({"reason": "The message was not sent"})
    reason: Annotated[str, text(300, required=False)] = Field("", description="For the audit trail.")


class UsageHoldOut(BaseModel):
    """Units reserved and not yet used."""

    model_config = example(
        {
            "id": "uho_aaaaaaaaaaaaaaaaaaaaaaaa",
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "subscription": None,
            "meter": "sms.part",
            "state": "open",
            "quantity": "2",
            "captured": "0",
            "at": "2026-05-12T09:30:00Z",
            "expires_at": "2026-05-12T09:35:00Z",
            "created_at": "2026-05-12T09:30:00Z",
            "closed_at": None,
        }
    )
    id: str = Field(description="Its id; the event that it becomes has the source usage-hold and this id.")
    customer: str = Field(description="Who will use them.")
    subscription: str | None = Field(description="The subscription named; null: the customer's at large.")
    meter: str = Field(description="Code of the meter.")
    state: str = Field(description="open, captured, released or expired.")
    quantity: str = Field(description="How many were reserved; decimal text.")
    captured: str = Field(description="How many were used.")
    at: datetime = Field(description="When they count as used.")
    expires_at: datetime | None = Field(description="When they are freed by themselves.")
    created_at: datetime = Field(description="When they were reserved.")
    closed_at: datetime | None = Field(description="When it was captured or released.")


def limit_out(found: Measured) -> LimitOut:
    """A price over the running period, as the API shows it."""
    return LimitOut(
        price=found.price.public_id,
        name=found.price.name,
        meter=found.meter.code,
        unit=found.meter.unit,
        included=plain(found.included or Decimal(0)),
        limit=plain(found.gauge.limit) if found.is_limited else None,
        used=plain(found.gauge.total),
        held=plain(found.gauge.held),
        left=plain(found.left),
        at_limit="refuse" if found.is_limited else "charge",
        period_start=found.part.start,
        period_end=found.part.end,
    )


def usage_hold_out(found: UsageHold, now: datetime) -> UsageHoldOut:
    """A hold as it stands at `now`, as the API shows it."""
    subscription = Subscription.objects.filter(pk=found.subscription_id).values_list("public_id", flat=True).first()
    return UsageHoldOut(
        id=found.public_id,
        customer=Customer.objects.values_list("public_id", flat=True).get(pk=found.customer_id),
        subscription=subscription,
        meter=Meter.objects.values_list("code", flat=True).get(pk=found.meter_id),
        state=state_at(found, now),
        quantity=plain(found.quantity),
        captured=plain(found.captured),
        at=found.at,
        expires_at=found.expires_at,
        created_at=found.created_at,
        closed_at=found.closed_at,
    )
