"""The body of POST /usage: one event, or a batch of them, read fast where nothing is wrong with it.

The fast way accepts less than `parse_events` and never something else: whatever it does not take, for any reason, goes
the slow way, which tells every problem.
"""

import re
from collections.abc import Mapping
from typing import Annotated

import msgspec

from tollbook.api.bodies import parse
from tollbook.kernel.errors import Invalid, Problem, TollbookError, shown
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.times import parse_instant
from tollbook.metering.rules import Draft, parse_events

BATCH = 1_000
BODY_LIMIT = 4 * 1024 * 1024
SOURCE = "api"
# Plain ASCII without escapes holds none of the characters that text fields refuse, save blanks at their ends.
_PLAIN = re.compile(rb"[\x09\x0a\x0d\x20-\x5b\x5d-\x7e]*")
_NO_BLANKS = r"^(?! )(.*[^ ])?$"


def _text(most: int, least: int = 1) -> msgspec.Meta:
    return msgspec.Meta(min_length=least, max_length=most, pattern=_NO_BLANKS)


class _Event(msgspec.Struct, forbid_unknown_fields=True):
    id: Annotated[str, _text(120)]
    meter: Annotated[str, _text(120)]
    quantity: str | int
    at: str
    source: Annotated[str, _text(80)] = SOURCE
    customer: Annotated[str, _text(200)] = ""
    subscription: Annotated[str, _text(40)] = ""
    resource: Annotated[str, _text(500)] = ""
    dimensions: dict[Annotated[str, _text(60)], Annotated[str, _text(200)]] = {}


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    events: Annotated[list[_Event], msgspec.Meta(min_length=1, max_length=BATCH)]


_DECODER = msgspec.json.Decoder(_Batch)


def read_events(raw: bytes) -> list[Draft]:
    """The events of the body `{"events": [...]}` (1 to 1,000) or of one event alone.

    Raises Invalid with every problem of every event, or what `api.bodies.parse` raises of a body that is not JSON.
    """
    fast = _fast(raw)
    return _slow(parse(raw)) if fast is None else fast


def _fast(raw: bytes) -> list[Draft] | None:
    if not _PLAIN.fullmatch(raw):
        return None
    try:
        batch = _DECODER.decode(raw)
        return [
            Draft(
                event.source,
                event.id,
                event.customer,
                event.meter,
                event.subscription,
                parse_decimal(event.quantity, "quantity", negative=True),
                parse_instant(event.at, "at"),
                event.dimensions,
                event.resource,
            )
            for event in batch.events
        ]
    except (msgspec.MsgspecError, RecursionError, TollbookError):
        return None


def _slow(body: object) -> list[Draft]:
    if not isinstance(body, Mapping):
        reason = 'send an event, or a batch: {"events": [...]}'
        raise Invalid([Problem(None, "body", shown(body), "not_an_object", reason)])
    given = _events_of(body)
    drafts, problems = parse_events(given, source=SOURCE)
    if problems:
        raise Invalid(problems)
    return drafts


def _events_of(body: Mapping[str, object]) -> list[object]:
    if "events" not in body:
        return [body]
    problems = [
        Problem(None, shown(name), "", "unknown_field", f"a batch has no field {shown(name)}")
        for name in body
        if name != "events"
    ]
    given = body["events"]
    if not isinstance(given, list):
        problems.append(Problem(None, "events", shown(given), "not_a_list", "events is a list of events"))
    elif not 1 <= len(given) <= BATCH:
        code = "batch_too_large" if given else "batch_empty"
        reason = f"a batch has 1 to {BATCH:,} events, this one has {len(given):,}"
        problems.append(Problem(None, "events", str(len(given)), code, reason))
    if problems or not isinstance(given, list):
        raise Invalid(problems)
    return given
