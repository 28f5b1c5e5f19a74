"""Usage over the API: sending events, and reading what was counted."""

from datetime import timedelta
from typing import Any

import msgspec
from django.http import HttpResponse

from tollbook.api.bodies import JSON
from tollbook.api.fields import Instant
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, bad_cursor, decode, encode, page
from tollbook.api.policy import ApiRequest, KeyRule
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.customers.reach import chosen, own
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import Invalid, Problem, Refused
from tollbook.kernel.money import plain
from tollbook.kernel.times import parse_instant
from tollbook.metering import limit_api
from tollbook.metering.actions import Recorded, record
from tollbook.metering.bodies import BODY_LIMIT, is_batch, read_corrections, read_events
from tollbook.metering.cloud_events import CONTENT, ONE, SEVERAL, read_cloud_events, retold
from tollbook.metering.corrections import correct
from tollbook.metering.hours import Hour, Place, hours
from tollbook.metering.models import Meter
from tollbook.metering.rules import Corrected, Draft, Outcome
from tollbook.metering.shapes import (
    CORRECTIONS_SCHEMA,
    USAGE_SCHEMA,
    CorrectedOut,
    CorrectionResultOut,
    HourOut,
    MeterOut,
    RecordedOut,
)

routes = Routes("Usage")
ROUTERS = [("", routes), ("", limit_api.routes)]

SENDERS = (StaffRole.BILLING, StaffRole.FINANCE)
SPAN = timedelta(days=31)
LONGEST = timedelta(days=400)


@routes.adds(
    "/usage",
    "usage:write",
    answer=RecordedOut,
    status=200,
    key=KeyRule.OPTIONAL,
    body_limit=BODY_LIMIT,
    reads_raw=True,
    body_kinds=(JSON, ONE, SEVERAL),
    openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": USAGE_SCHEMA}, **CONTENT}}},
)
def send_usage(request: ApiRequest) -> HttpResponse:
    """Send one usage event, or a batch of up to 1,000.

    Invalid data refuse the whole batch, with every problem told; a repeated event is counted once; one that contradicts
    an earlier event of the same id is reported as a conflict and counted nowhere. What would go above the limit of its
    price is refused (`limit_reached`) and not stored; the other events of a batch are taken. Events name themselves, so
    an Idempotency-Key is not needed here.

    CloudEvents 1.0 are taken too, one (`application/cloudevents+json`) or a batch of up to 1,000
    (`application/cloudevents-batch+json`): `type` is the meter's code, `subject` the customer, `data.quantity`
    how much.
    """
    if request.content_type == JSON:
        drafts = read_events(request.raw)
        found = _recorded(request, drafts)
    else:
        drafts = read_cloud_events(request.raw, request.content_type or "")
        try:
            found = _recorded(request, drafts)
        except Invalid as wrong:
            raise retold(wrong) from None
    if found.refusals and _is_one(request):
        raise found.refusals[0]
    body: dict[str, Any] = {
        "accepted": found.count(Outcome.ACCEPTED),
        "repeated": found.count(Outcome.REPEATED),
        "conflicting": found.count(Outcome.CONFLICT),
        "refused": len(found.refusals),
        "results": [
            {"source": draft.source, "id": draft.event_id, "result": outcome.value}
            for draft, outcome in zip(drafts, found.outcomes, strict=True)
        ],
    }
    for row, refused in found.refusals.items():
        body["results"][row].update(code=refused.code, message=refused.message)
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")


def _is_one(request: ApiRequest) -> bool:
    """Whether one event was sent alone, and not as a batch of one."""
    return request.content_type == ONE or (request.content_type == JSON and not is_batch(request.raw))


def _recorded(request: ApiRequest, drafts: list[Draft]) -> Recorded:
    mine = own(request)
    if mine is not None:
        _check_customers_own(drafts)
    return record(drafts, door="api", actor=request.principal.actor, customer=mine)


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


@routes.adds(
    "/usage/corrections",
    "usage:write",
    answer=CorrectedOut,
    status=200,
    roles=SENDERS,
    key=KeyRule.OPTIONAL,
    body_limit=BODY_LIMIT,
    reads_raw=True,
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": CORRECTIONS_SCHEMA}}}},
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
