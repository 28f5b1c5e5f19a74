"""What requests and answers about orders look like. Served by `api`."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, example, id_of, text
from tollbook.kernel.money import minor_units, round_to
from tollbook.orders.models import Line, Order


class LineIn(Body):
    """A plan that is wanted."""

    model_config = example({"plan": "pln_aaaaaaaaaaaaaaaaaaaaaaaa", "quantity": 1, "options": {"hostname": "web1"}})
    plan: Annotated[str, id_of("pln")] = Field(description="The plan, in the version that is sold now.")
    quantity: int = Field(1, ge=1, le=20, strict=True, description="How many of it.")
    months: int = Field(1, ge=1, le=120, strict=True, description="Length of a period; other than 1: staff only.")
    code: Annotated[str, text(60, required=False)] = Field("", description="A promotion's code.")
    options: dict[str, str] = Field({}, max_length=60, description="What the plan asks for, by name.")


class OrderIn(Body):
    """An order to be drafted."""

    model_config = example(
        {
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "lines": [{"plan": "pln_aaaaaaaaaaaaaaaaaaaaaaaa", "quantity": 1, "options": {"hostname": "web1"}}],
        }
    )
    customer: Annotated[str, id_of("cus")] | None = Field(
        None, description="Who orders; a customer's key orders for its own."
    )
    lines: list[LineIn] = Field(min_length=1, max_length=20, description="What is ordered.")


class ReasonIn(Body):
    """Why."""

    model_config = example({"reason": "Ordered by mistake."})
    reason: Annotated[str, text(300)] = Field(description="For the customer and the audit trail.")


class GoIn(Body):
    """Nothing more is said."""

    model_config = example({})


class DueOut(BaseModel):
    """What is due of a line at once."""

    model_config = example({"name": "Set-up", "net": "100.00"})
    name: str = Field(description="The price.")
    net: str = Field(description="Rounded, without tax.")


class OrderLineOut(BaseModel):
    """One plan of an order."""

    model_config = example(
        {
            "plan": "pln_aaaaaaaaaaaaaaaaaaaaaaaa",
            "plan_version": "plv_aaaaaaaaaaaaaaaaaaaaaaaa",
            "name": "Server S",
            "months": 1,
            "code": "",
            "options": {"hostname": "web1"},
            "due": [{"name": "Set-up", "net": "100.00"}],
            "subscription": None,
            "service": None,
        }
    )
    plan: str = Field(description="The plan.")
    plan_version: str = Field(description="Its version.")
    name: str = Field(description="Its name.")
    months: int = Field(description="Length of a period.")
    code: str = Field(description="The promotion's code.")
    options: dict[str, str] = Field(description="What the plan asked for.")
    due: list[DueOut] = Field(description="What is due of it at once.")
    subscription: str | None = Field(description="The agreement, once the order is accepted.")
    service: str | None = Field(description="What is made, once it is provisioned.")


class OrderOut(BaseModel):
    """An order, with what it costs at once."""

    model_config = example(
        {
            "id": "ord_aaaaaaaaaaaaaaaaaaaaaaaa",
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "state": "accepted",
            "payment": "pay_first",
            "currency": "EUR",
            "net": "131.00",
            "tax": "30.13",
            "total": "161.13",
            "invoice": "inv_aaaaaaaaaaaaaaaaaaaaaaaa",
            "note": "",
            "created_at": "2026-05-01T09:12:00Z",
            "placed_at": "2026-05-01T09:14:00Z",
            "accepted_at": "2026-05-01T09:14:00Z",
            "pay_by": "2026-05-15T09:14:00Z",
            "ended_at": None,
            "lines": [],
        }
    )
    id: str = Field(description="Its id.")
    customer: str = Field(description="Who orders.")
    state: str = Field(description="draft, placed, accepted (waits for payment), provisioning, done or cancelled.")
    payment: str = Field(description="pay_first or on_account; empty before it is placed.")
    currency: str = Field(description="Of the amounts.")
    net: str = Field(description="What it costs at once, without tax.")
    tax: str = Field(description="The tax on it.")
    total: str = Field(description="Both.")
    invoice: str | None = Field(description="The invoice that is to be paid first.")
    note: str = Field(description="What keeps it from going on, or why it was cancelled.")
    created_at: datetime = Field(description="When it was drafted.")
    placed_at: datetime | None = Field(description="When the customer agreed to it.")
    accepted_at: datetime | None = Field(description="When its subscriptions began.")
    pay_by: datetime | None = Field(description="When it is cancelled if it is not paid; null: never.")
    ended_at: datetime | None = Field(description="When it was done or cancelled.")
    lines: list[OrderLineOut] = Field(description="What is ordered.")


def order_out(found: Order, lines: Sequence[Line]) -> OrderOut:
    """An order with its customer, invoice and lines, as the API shows it."""
    places = minor_units(found.currency)

    def shown(amount: Decimal) -> str:
        return f"{round_to(amount, places):f}"

    return OrderOut(
        id=found.public_id,
        customer=found.customer.public_id,
        state=found.state,
        payment=found.payment,
        currency=found.currency,
        net=shown(found.net),
        tax=shown(found.tax),
        total=shown(found.total),
        invoice=found.invoice.public_id if found.invoice else None,
        note=found.note,
        created_at=found.created_at,
        placed_at=found.placed_at,
        accepted_at=found.accepted_at,
        pay_by=found.pay_by,
        ended_at=found.ended_at,
        lines=[
            OrderLineOut(
                plan=line.version.plan.public_id,
                plan_version=line.version.public_id,
                name=line.version.plan.name,
                months=line.months,
                code=line.code,
                options=line.options,
                due=[DueOut(name=each["name"], net=shown(Decimal(each["net"]))) for each in line.due],
                subscription=line.subscription.public_id if line.subscription else None,
                service=line.service.public_id if line.service else None,
            )
            for line in lines
        ],
    )
