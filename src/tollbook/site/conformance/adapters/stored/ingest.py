"""Usage events that come more than once."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tollbook.customers.models import Customer
from tollbook.kernel.errors import Invalid
from tollbook.kernel.ids import new_id
from tollbook.kernel.times import FIRST_YEAR, LAST_YEAR
from tollbook.metering import shown
from tollbook.metering.actions import record
from tollbook.metering.models import Aggregation, Meter
from tollbook.metering.rules import parse_events
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.trial import START, trial

_SOURCE = "source"
_EVER = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC))


@kind("ingest.dedup_sum")
def dedup_sum(given: Given) -> dict[str, Any]:
    given.word("keep", {"first": None}, "first")
    key = given.raw("key")
    if key is not None and not (isinstance(key, list) and all(isinstance(name, str) for name in key)):
        raise given.wrong("key", "give a list of field names, or null")
    with trial() as customer:
        meter = Meter.objects.create(
            code=new_id("mtr"), name="Trial", unit="", aggregation=Aggregation.SUM, allow_negative=True
        )
        raw = [_event(item, key, row, meter.code) for row, item in enumerate(given.items("events"))]
        drafts, problems = parse_events(raw)
        if problems:
            raise Invalid(problems)
        record(drafts, door="conformance", customer=customer, at=START)
        return {"sum": _sum(customer)}


def _event(item: Given, key: list[str] | None, row: int, meter: str) -> dict[str, Any]:
    """The event with an identity of (source, id) that is equal where the case's own key is."""
    fields = item.rest()
    source = fields.get(_SOURCE) if key and _SOURCE in key else None
    rest = [str(row)] if key is None else [str(fields.get(name)) for name in key if name != _SOURCE]
    at = item.instant("at") if item.has("at") else START
    return {
        "source": source or "conformance",
        "id": json.dumps(rest),
        "meter": meter,
        "quantity": item.raw("value"),
        "at": at.isoformat(),
    }


def _sum(customer: Customer) -> Decimal:
    """What the customer's one meter counted at any time; nothing where there was no event."""
    found = shown.used(customer.pk, *_EVER)
    return found[0].total if found else Decimal(0)
