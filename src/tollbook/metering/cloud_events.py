"""Usage events as CloudEvents 1.0 (JSON): one in structured mode, or a batch of them.

`type` is the meter's code, `subject` the customer, `time` the instant; `data` holds the quantity (1 if left out) and
what else our own events have. Attributes of extensions (`traceparent`) are about the transport and are not stored.
"""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from tollbook.api.bodies import JSON, parse
from tollbook.kernel.errors import Invalid, Problem, shown
from tollbook.metering.rules import Draft, parse_events
from tollbook.metering.shapes import EVENT_SCHEMA

ONE = "application/cloudevents+json"
SEVERAL = "application/cloudevents-batch+json"
BATCH = 1_000
VERSION = "1.0"
EVENT: dict[str, Any] = EVENT_SCHEMA["properties"]
_OURS = {"id": "id", "source": "source", "type": "meter", "time": "at", "subject": "customer"}
_THEIRS = {ours: theirs for theirs, ours in _OURS.items()}
_DATA = frozenset({"quantity", "subscription", "resource", "dimensions"})
_ATTRIBUTES = frozenset({*_OURS, "specversion", "datacontenttype", "dataschema", "data"})
_EXTENSION = re.compile(r"[a-z0-9]{1,40}")


def read_cloud_events(raw: bytes, kind: str) -> list[Draft]:
    """The usage events of a body of the content type `kind`, ONE or SEVERAL.

    Raises Invalid with every problem of every event, in the words of CloudEvents, or what `api.bodies.parse` raises.
    """
    body = parse(raw)
    if kind == ONE:
        given: list[object] = [body]
    elif isinstance(body, list):
        given = body
    else:
        raise Invalid([Problem(None, "body", shown(body), "not_a_list", "a batch of CloudEvents is a JSON array")])
    if not 1 <= len(given) <= BATCH:
        code = "batch_too_large" if given else "batch_empty"
        reason = f"a batch has 1 to {BATCH:,} events, this one has {len(given):,}"
        raise Invalid([Problem(None, "body", str(len(given)), code, reason)])
    problems = [problem for row, event in enumerate(given, 1) for problem in _faults(row, event)]
    drafts, found = parse_events([_ours(event) for event in given])
    problems += [_theirs(problem) for problem in found]
    if problems:
        raise Invalid(sorted(problems, key=lambda problem: problem.row or 0))
    return drafts


def _faults(row: int, event: object) -> list[Problem]:
    """What is wrong with the envelope; the fields of the event are checked as ours are."""
    if not isinstance(event, Mapping):
        return []
    problems = []
    if event.get("specversion") != VERSION:
        reason = f"give {VERSION!r}: that is the version of CloudEvents read here"
        problems.append(Problem(row, "specversion", shown(event.get("specversion")), "version_unknown", reason))
    if event.get("datacontenttype", JSON) != JSON:
        reason = f"data is {JSON}: leave it out or say so"
        problems.append(Problem(row, "datacontenttype", shown(event["datacontenttype"]), "not_json", reason))
    if "source" not in event:
        problems.append(Problem(row, "source", "", "required", "source: is required: it names who counts"))
    problems += [
        Problem(row, shown(name), "", "unknown_field", f"a CloudEvent has no attribute {shown(name)}")
        for name in event
        if name not in _ATTRIBUTES and not _EXTENSION.fullmatch(name)
    ]
    data = event.get("data")
    if data is not None and not isinstance(data, Mapping):
        reason = "data is an object with the quantity"
        problems.append(Problem(row, "data", shown(data), "not_an_object", reason))
    return problems


def _ours(event: object) -> object:
    if not isinstance(event, Mapping):
        return event
    data = event.get("data")
    said: dict[str, Any] = {"quantity": 1, **(data if isinstance(data, Mapping) else {})}
    # Names of the envelope cannot come from within `data`: they stay unknown fields there.
    said = {name if name in _DATA else f"data.{name}": value for name, value in said.items()}
    return {**said, **{ours: event[theirs] for theirs, ours in _OURS.items() if theirs in event}}


def retold(refused: Invalid) -> Invalid:
    """What is wrong with our own events, in the words of the CloudEvents that they came as."""
    return Invalid([_theirs(problem) for problem in refused.problems])


def _theirs(problem: Problem) -> Problem:
    field = problem.field
    head = field.partition(".")[0]
    name = _THEIRS.get(field, f"data.{field}" if head in _DATA else field)
    reason = name + problem.reason.removeprefix(field) if problem.reason.startswith(field) else problem.reason
    return dataclasses.replace(problem, field=name, reason=reason)


_EXAMPLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "msg-000123",
    "source": "sms-gateway",
    "type": "sms.part",
    "subject": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
    "time": "2026-05-12T09:30:00Z",
    "data": {"quantity": "2", "dimensions": {"country": "DE"}},
}
_EVENT: dict[str, Any] = {
    "title": "UsageCloudEvent",
    "description": "A usage event as a CloudEvent. Attributes of extensions are taken and not stored.",
    "type": "object",
    "required": ["specversion", "id", "source", "type", "time"],
    "additionalProperties": True,
    "properties": {
        "specversion": {"type": "string", "enum": [VERSION], "description": "The version of CloudEvents."},
        "id": {**EVENT["id"], "description": "Your id of the event, once in its source."},
        "source": {"type": "string", "minLength": 1, "maxLength": 80, "description": "Who names it."},
        "type": {**EVENT["meter"], "description": "Code of the meter."},
        "subject": {**EVENT["customer"], "description": "Id of the customer; left out with its own key."},
        "time": EVENT["at"],
        "datacontenttype": {"type": "string", "enum": [JSON], "description": "What `data` is."},
        "dataschema": {"type": "string", "description": "Taken and not read."},
        "data": {
            "title": "UsageCloudEventData",
            "type": "object",
            "additionalProperties": False,
            "properties": {name: EVENT[name] for name in sorted(_DATA)},
            "description": "What was used; `quantity` is 1 if left out.",
            "examples": [_EXAMPLE["data"]],
        },
    },
    "examples": [_EXAMPLE],
}
_EVENTS: dict[str, Any] = {
    "title": "UsageCloudEvents",
    "description": "Up to 1,000 CloudEvents: stored all, or none if one of them is wrong.",
    "type": "array",
    "minItems": 1,
    "maxItems": BATCH,
    "items": _EVENT,
    "examples": [[_EXAMPLE]],
}
CONTENT = {ONE: {"schema": _EVENT}, SEVERAL: {"schema": _EVENTS}}
