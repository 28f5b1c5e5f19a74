"""What the usage routes take and answer, as the API's document tells it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from tollbook.api.fields import example

_EVENT: dict[str, Any] = {
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
        "before with another body; this one is kept apart and counted nowhere. refused: see code; nothing of it is "
        "stored, and the id may be used again."
    )
    code: str | None = Field(
        None, description="Of what was refused only. limit_reached: it would go above the limit of its price."
    )
    message: str | None = Field(None, description="Why, for people: the limit, what is left, when the period ends.")


class RecordedOut(BaseModel):
    """What became of the events; a 2xx is sent after all of it is stored for good."""

    model_config = example(
        {
            "accepted": 1,
            "repeated": 0,
            "conflicting": 0,
            "refused": 0,
            "results": [{"source": "api", "id": "msg-000123", "result": "accepted"}],
        }
    )
    accepted: int = Field(description="How many were counted now.")
    repeated: int = Field(description="How many had been counted before.")
    conflicting: int = Field(description="How many contradict an event that was counted before.")
    refused: int = Field(description="How many would have gone above a limit.")
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


EVENT_SCHEMA: dict[str, Any] = {
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
            "title": "UsageDimensions",
            "description": "What readings may be split by.",
            "examples": [{"country": "DE"}],
        },
        "resource": {"type": "string", "maxLength": 500, "description": "What was used: a server, a number."},
    },
    "examples": [_EVENT],
}
BATCH_SCHEMA: dict[str, Any] = {
    "title": "UsageBatch",
    "description": "Up to 1,000 events: stored all, or none if one of them is wrong.",
    "type": "object",
    "required": ["events"],
    "additionalProperties": False,
    "properties": {
        "events": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1000,
            "items": EVENT_SCHEMA,
            "description": "The events.",
        }
    },
    "examples": [{"events": [_EVENT]}],
}
USAGE_SCHEMA: dict[str, Any] = {"oneOf": [EVENT_SCHEMA, BATCH_SCHEMA]}
_REPLACEMENT = {name: value for name, value in EVENT_SCHEMA["properties"].items() if name not in {"customer", "source"}}
_CORRECTION = {"customer": _EVENT["customer"], "id": "msg-000123", "reason": "sent by a test system"}
CORRECTIONS_SCHEMA: dict[str, Any] = {
    "title": "UsageCorrections",
    "description": "Up to 1,000 corrections: done all, or none if one of them is wrong.",
    "type": "object",
    "required": ["corrections"],
    "additionalProperties": False,
    "properties": {
        "corrections": {
            "description": "The corrections.",
            "type": "array",
            "minItems": 1,
            "maxItems": 1000,
            "items": {
                "title": "UsageCorrection",
                "description": "That an event counts no more, or that another counts instead.",
                "type": "object",
                "required": ["customer", "id", "reason"],
                "additionalProperties": False,
                "properties": {
                    "customer": {"type": "string", "maxLength": 200, "description": "Whose event it is."},
                    "source": EVENT_SCHEMA["properties"]["source"],
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
                        "title": "UsageReplacement",
                        "description": "The event that counts instead, with a new id; left out, none does.",
                        "examples": [{name: _EVENT[name] for name in ("id", "meter", "quantity", "at")}],
                    },
                },
                "examples": [_CORRECTION],
            },
        }
    },
    "examples": [{"corrections": [_CORRECTION]}],
}
