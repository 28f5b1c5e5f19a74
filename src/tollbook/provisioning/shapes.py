"""What requests and answers about services and operations look like. Served by `api`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, example, one_of, text
from tollbook.provisioning.models import Operation, Service
from tollbook.provisioning.rules import Reason

_SERVICE = {
    "id": "svc_aaaaaaaaaaaaaaaaaaaaaaaa",
    "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
    "subscription": "sub_aaaaaaaaaaaaaaaaaaaaaaaa",
    "name": "Server S",
    "kind": "server",
    "state": "suspended",
    "stopped_for": ["dunning"],
    "created_at": "2026-05-11T22:00:00Z",
    "ends_at": None,
    "ended_at": None,
}


class StopIn(Body):
    """Why a service is stopped or goes on."""

    model_config = example({"reason": "staff", "note": "Abuse report 4711"})
    reason: Annotated[str, one_of(*(each.value for each in Reason))] | None = Field(
        None, description="customer, dunning, wallet or staff; a customer's key acts for customer, and names no other."
    )
    note: Annotated[str, text(300, required=False)] = Field("", description="For staff.")


class TerminateIn(Body):
    """Why a service ends."""

    model_config = example({"note": "The customer left."})
    note: Annotated[str, text(300, required=False)] = Field("", description="For the audit trail.")


class RetryIn(Body):
    """Why an operation is tried again."""

    model_config = example({"note": "The cluster is back."})
    note: Annotated[str, text(300, required=False)] = Field("", description="For the audit trail.")


class ByHandIn(Body):
    """What people did about an operation."""

    model_config = example({"reason": "Made in the panel.", "ref": "vm-104"})
    reason: Annotated[str, text(500)] = Field(description="What was done, or why it is not.")
    ref: Annotated[str, text(200, required=False)] = Field(
        "", description="How the other system knows what was made; for a provision that is completed."
    )


class ServiceOut(BaseModel):
    """A thing that runs for a customer."""

    model_config = example(_SERVICE)
    id: str = Field(description="Its id.")
    customer: str = Field(description="Whose it is.")
    subscription: str = Field(description="The agreement that it is delivered under.")
    name: str = Field(description="The plan's name when it was ordered.")
    kind: str = Field(description="What it is.")
    state: str = Field(description="What is confirmed: pending, active, suspended, failed or terminated.")
    stopped_for: list[str] = Field(description="Why it is stopped; it goes on when none is left.")
    created_at: datetime = Field(description="When it was ordered.")
    ends_at: datetime | None = Field(description="From when on it is to be no more.")
    ended_at: datetime | None = Field(description="When it was confirmed to be no more.")


class OperationOut(BaseModel):
    """Something that another system is asked to do to a service."""

    model_config = example(
        {
            "id": "opn_aaaaaaaaaaaaaaaaaaaaaaaa",
            "service": "svc_aaaaaaaaaaaaaaaaaaaaaaaa",
            "verb": "suspend",
            "progress": "waiting",
            "calls": 8,
            "note": "No answer: TimeoutError",
            "created_at": "2026-05-11T22:00:00Z",
            "next_at": None,
            "for_people_since": "2026-05-12T06:00:00Z",
            "ended_at": None,
        }
    )
    id: str = Field(description="Its id, and the key by which the other system knows it.")
    service: str = Field(description="The service.")
    verb: str = Field(description="provision, change, suspend, resume or terminate.")
    progress: str = Field(description="waiting, sent, working, unknown, done, failed or cancelled.")
    calls: int = Field(description="How often the other system was called about it.")
    note: str = Field(description="What the last call brought.")
    created_at: datetime = Field(description="When it was written down.")
    next_at: datetime | None = Field(description="When it is tried or asked about next.")
    for_people_since: datetime | None = Field(description="Since when people have to look; null: they have not.")
    ended_at: datetime | None = Field(description="When it ended.")


def service_out(found: Service, reasons: Iterable[str]) -> ServiceOut:
    """A service with its customer and subscription, as the API shows it."""
    return ServiceOut(
        id=found.public_id,
        customer=found.customer.public_id,
        subscription=found.subscription.public_id,
        name=found.name,
        kind=found.kind,
        state=found.state,
        stopped_for=[str(reason) for reason in reasons],
        created_at=found.created_at,
        ends_at=found.ending_at,
        ended_at=found.ended_at,
    )


def operation_out(found: Operation) -> OperationOut:
    """An operation with its service, as the API shows it."""
    return OperationOut(
        id=found.public_id,
        service=found.service.public_id,
        verb=found.verb,
        progress=found.progress,
        calls=found.calls,
        note=found.note,
        created_at=found.created_at,
        next_at=found.next_at,
        for_people_since=found.queued_at,
        ended_at=found.ended_at,
    )
