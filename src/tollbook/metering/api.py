"""Usage over the API: sending events, and reading what was counted."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.http import HttpResponse
from pydantic import BaseModel, Field

from tollbook.api.fields import Instant, example
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, bad_cursor, decode, encode, page
from tollbook.api.policy import ApiRequest, KeyRule
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.customers.reach import chosen, own
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import Invalid, Problem, Refused
from tollbook.kernel.money import plain
from tollbook.kernel.times import parse_instant
from tollbook.metering.actions import record
from tollbook.metering.bodies import BODY_LIMIT, read_corrections, read_events
from tollbook.metering.corrections import correct
from tollbook.metering.hours import Hour, Place, hours
from tollbook.metering.models import Meter
from tollbook.metering.rules import Corrected, Draft, Outcome

routes = Routes("Usage")
ROUTERS = [("", routes)]

SPAN = timedelta(days=31)
LONGEST = timedelta(days=400)
_EVENT = {
    "id": "msg-000123",
    "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
    "meter": "sms.part",
    "quantity": "2",
    "at": "2026-05-12T09:30:00Z",
    "dimensions": {"country": "DE"},
}


class ResultOut(BaseModel):
    """What became of one event."""

    model_config = example({"source": "api", "id": "msg-000123", "result": "accepted"})
    source: str = Field(description="The source that names the event.")
    id: str = Field(description="The event's id in its source.")
    result: str = Field(
        description="accepted: counted now. repeated: was counted before with the same body. conflict: was counted "
        "before with another body; this one is kept apart and counted nowhere."
    )


class RecordedOut(BaseModel):
    """What became of the events; a 2xx is sent after all of it is stored for good."""

    model_config = example(
        {
            "accepted": 1,
            "repeated": 0,
            "conflicting": 0,
            "results": [{"source": "api", "id": "msg-000123", "result": "accepted"}],
        }
    )
    accepted: int = Field(description="How many were counted now.")
    repeated: int = Field(description="How many had been counted before.")
    conflicting: int = Field(description="How many contradict an event that was counted before.")
    results: list[ResultOut] = Field(description="One for each event, in the order sent.")


class CorrectionResultOut(BaseModel):
    """What became of one correction."""

    model_config = example({"source": "api", "id": "msg-000123", "result": "corrected"})
    source: str = Field(description="The source that names the event.")
    id: str = Field(description="The event's id in its source.")
    result: str = Field(
        description="corrected: counts no more, from now on. repeated: the same was asked before. conflict: it was "
        "corrected before in another way, and that stands."
    )


class CorrectedOut(BaseModel):
    """What became of the corrections; a 2xx is sent after all of it is stored for good."""

    model_config = example(
        {
            "corrected": 1,
            "repeated": 0,
            "conflicting": 0,
            "results": [{"source": "api", "id": "msg-000123", "result": "corrected"}],
        }
    )
    corrected: int = Field(description="How many events count no more, from now on.")
    repeated: int = Field(description="How many had been corrected before in the same way.")
    conflicting: int = Field(description="How many had been corrected before in another way.")
    results: list[CorrectionResultOut] = Field(description="One for each correction, in the order sent.")


class HourOut(BaseModel):
    """What a meter counted in one hour, for one combination of dimensions."""

    model_config = example(
        {
            "hour": "2026-05-12T09:00:00Z",
            "meter": "sms.part",
            "unit": "part",
            "aggregation": "sum",
            "subscription": None,
            "dimensions": {"country": "DE"},
            "events": 2,
            "quantity": "4",
        }
    )
    hour: datetime = Field(description="When it begins; local hours of the customer's zone.")
    meter: str = Field(description="Code of the meter.")
    unit: str = Field(description="What it counts.")
    aggregation: str = Field(description="sum, count, max or latest.")
    subscription: str | None = Field(description="The subscription whose use it is; null: the customer's at large.")
    dimensions: dict[str, str] = Field(description="The meter's dimensions.")
    events: int = Field(description="How many events there were.")
    quantity: str = Field(description="What they come to, by the meter's aggregation; decimal text.")


class MeterOut(BaseModel):
    """What is counted, and how."""

    model_config = example(
        {
            "id": "mtr_aaaaaaaaaaaaaaaaaaaaaaaa",
            "code": "sms.part",
            "name": "Message parts",
            "unit": "part",
            "aggregation": "sum",
            "dimensions": ["country"],
            "allow_negative": False,
            "carries": False,
            "round_to": None,
            "round_mode": "half_up",
        }
    )
    id: str = Field(description="Its id.")
    code: str = Field(description="Its code; events name it.")
    name: str = Field(description="Its name.")
    unit: str = Field(description="What it counts.")
    aggregation: str = Field(description="How events of an hour or a period come to one quantity.")
    dimensions: list[str] = Field(description="The dimensions of events by which readings are split.")
    allow_negative: bool = Field(description="Whether an event may take quantity back.")
    carries: bool = Field(description="Whether what is there when a period ends is there when the next one begins.")
    round_to: int | None = Field(description="Places to which a reading is rounded; negative: tens, hundreds.")
    round_mode: str = Field(description="How it is rounded: half_up, up, down, ceil or floor.")


_EVENT_SCHEMA: dict[str, Any] = {
    "title": "UsageEvent",
    "description": "One fact of use. Known by customer, source and id for ever: sent twice, it is counted once.",
    "type": "object",
    "required": ["id", "meter", "quantity", "at"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 120, "description": "Your id of the event."},
        "source": {"type": "string", "minLength": 1, "maxLength": 80, "default": "api", "description": "Who names it."},
        "customer": {"type": "string", "maxLength": 200, "description": "The customer; left out with its own key."},
        "meter": {"type": "string", "minLength": 1, "maxLength": 120, "description": "Code of the meter."},
        "subscription": {"type": "string", "maxLength": 40, "description": "The subscription, where it matters which."},
        "quantity": {
            "type": ["string", "integer"],
            "description": "Decimal as text, at most 16 digits before the point and 12 after it.",
        },
        "at": {"type": "string", "format": "date-time", "description": "When it happened, with offset."},
        "dimensions": {
            "type": "object",
            "additionalProperties": {"type": "string", "maxLength": 200},
            "description": "What readings may be split by.",
        },
        "resource": {"type": "string", "maxLength": 500, "description": "What was used: a server, a number."},
    },
    "examples": [_EVENT],
}
_BATCH_SCHEMA: dict[str, Any] = {
    "title": "UsageBatch",
    "description": "Up to 1,000 events: stored all, or none if one of them is wrong.",
    "type": "object",
    "required": ["events"],
    "additionalProperties": False,
    "properties": {"events": {"type": "array", "minItems": 1, "maxItems": 1000, "items": _EVENT_SCHEMA}},
    "examples": [{"events": [_EVENT]}],
}
_USAGE_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"oneOf": [_EVENT_SCHEMA, _BATCH_SCHEMA]}}},
    }
}


@routes.adds(
    "/usage",
    "usage:write",
    answer=RecordedOut,
    status=200,
    key=KeyRule.OPTIONAL,
    body_limit=BODY_LIMIT,
    reads_raw=True,
    openapi_extra=_USAGE_BODY,
)
def send_usage(request: ApiRequest) -> HttpResponse:
    """Send one usage event, or a batch of up to 1,000.

    Invalid data refuse the whole batch, with every problem told; a repeated event is counted once; one that contradicts
    an earlier event of the same id is reported as a conflict and counted nowhere. Events name themselves, so an
    Idempotency-Key is not needed here.
    """
    drafts = read_events(request.raw)
    mine = own(request)
    if mine is not None:
        _check_customers_own(drafts)
    found = record(drafts, door="api", actor=request.principal.actor, customer=mine)
    body = {
        "accepted": found.count(Outcome.ACCEPTED),
        "repeated": found.count(Outcome.REPEATED),
        "conflicting": found.count(Outcome.CONFLICT),
        "results": [
            {"source": draft.source, "id": draft.event_id, "result": outcome.value}
            for draft, outcome in zip(drafts, found.outcomes, strict=True)
        ],
    }
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")


def _check_customers_own(drafts: list[Draft]) -> None:
    """A customer may report its use, but not take it back."""
    reason = "only the operator may send negative quantities"
    problems = [
        Problem(row, "quantity", plain(draft.quantity), "negative_refused", reason)
        for row, draft in enumerate(drafts, 1)
        if draft.quantity < 0
    ]
    if problems:
        raise Invalid(problems)


_REPLACEMENT = {
    name: value for name, value in _EVENT_SCHEMA["properties"].items() if name not in {"customer", "source"}
}
_CORRECTIONS_SCHEMA: dict[str, Any] = {
    "title": "UsageCorrections",
    "description": "Up to 1,000 corrections: done all, or none if one of them is wrong.",
    "type": "object",
    "required": ["corrections"],
    "additionalProperties": False,
    "properties": {
        "corrections": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1000,
            "items": {
                "title": "UsageCorrection",
                "type": "object",
                "required": ["customer", "id", "reason"],
                "additionalProperties": False,
                "properties": {
                    "customer": {"type": "string", "maxLength": 200, "description": "Whose event it is."},
                    "source": _EVENT_SCHEMA["properties"]["source"],
                    "id": {"type": "string", "minLength": 1, "maxLength": 120, "description": "The event's id."},
                    "reason": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 160,
                        "description": "Why; the customer reads it beside what is charged back.",
                    },
                    "replacement": {
                        "type": "object",
                        "required": ["id", "meter", "quantity", "at"],
                        "additionalProperties": False,
                        "properties": _REPLACEMENT,
                        "description": "The event that counts instead, with a new id; left out, none does.",
                    },
                },
            },
        }
    },
    "examples": [
        {"corrections": [{"customer": _EVENT["customer"], "id": "msg-000123", "reason": "sent by a test system"}]}
    ],
}


@routes.adds(
    "/usage/corrections",
    "usage:write",
    answer=CorrectedOut,
    status=200,
    roles=(StaffRole.BILLING, StaffRole.FINANCE),
    key=KeyRule.OPTIONAL,
    body_limit=BODY_LIMIT,
    reads_raw=True,
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _CORRECTIONS_SCHEMA}}}},
)
def correct_usage(request: ApiRequest) -> CorrectedOut:
    """Cancel usage events, or change them: a new event counts instead.

    An event never changes and is corrected once; what it was charged for is charged back with the next charges. Invalid
    data refuse the whole batch, with every problem told; a correction sent again changes nothing, and one that
    contradicts an earlier one is reported as a conflict.
    """
    corrections = read_corrections(request.raw)
    outcomes = correct(corrections, door="api", actor=request.principal.actor)
    return CorrectedOut(
        corrected=outcomes.count(Corrected.CORRECTED),
        repeated=outcomes.count(Corrected.REPEATED),
        conflicting=outcomes.count(Corrected.CONFLICT),
        results=[
            CorrectionResultOut(source=c.source, id=c.event_id, result=outcome.value)
            for c, outcome in zip(corrections, outcomes, strict=True)
        ],
    )


@routes.reads("/usage", "usage:read", answer=Page[HourOut])
def list_usage(
    request: ApiRequest,
    *,
    customer: str = "",
    meter: str = "",
    subscription: str = "",
    start: Instant | None = None,
    end: Instant | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[HourOut]:
    """Hours of use of one customer, the earliest first.

    From `start` to `end`, exclusive: the last 31 days if left out, 400 days at most. A staff key names the customer.
    """
    whose = chosen(request, customer)
    if whose is None:
        reason = "customer: name the customer whose use it is"
        raise Invalid([Problem(None, "customer", "", "required", reason)])
    until = end or clock.now() + timedelta(hours=1)
    since = start or until - SPAN
    if not since < until <= since + LONGEST:
        reason = f"start {since.isoformat()}: give a span of up to {LONGEST.days} days that begins before it ends"
        raise Invalid([Problem(None, "start", since.isoformat(), "span_wrong", reason)])
    after = _place(cursor) if cursor else None
    found = hours(whose, since, until, meter=meter, subscription=subscription, after=after, limit=limit + 1)
    more = found[limit - 1] if len(found) > limit else None
    return Page(data=[_hour_out(hour) for hour in found[:limit]], next=None if more is None else _cursor(more.place))


def _hour_out(hour: Hour) -> HourOut:
    return HourOut(
        hour=hour.place.hour,
        meter=hour.place.meter,
        unit=hour.unit,
        aggregation=hour.aggregation,
        subscription=hour.place.subscription or None,
        dimensions=hour.dimensions,
        events=hour.events,
        quantity=plain(hour.quantity),
    )


def _cursor(place: Place) -> str:
    return encode([place.hour.isoformat(), *place[1:]])


def _place(cursor: str) -> Place:
    hour, meter, subscription, dims = decode(cursor, len(Place._fields))
    try:
        return Place(parse_instant(hour, "cursor"), meter, subscription, dims)
    except Refused:
        raise bad_cursor(cursor) from None


@routes.reads("/meters", "usage:read", answer=Page[MeterOut])
def list_meters(request: ApiRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[MeterOut]:
    """Meters: what can be counted."""
    return page(Meter.objects.all(), Order(), cursor, limit, _meter_out)


def _meter_out(meter: Meter) -> MeterOut:
    return MeterOut(
        id=meter.public_id,
        code=meter.code,
        name=meter.name,
        unit=meter.unit,
        aggregation=meter.aggregation,
        dimensions=meter.dimensions,
        allow_negative=meter.allow_negative,
        carries=meter.carries,
        round_to=meter.round_to,
        round_mode=meter.round_mode,
    )
