"""Ingestion: one statement takes a batch, drops repeats, reports conflicts, stores events and adds to
roll-ups.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.models import Customer
from tollbook.kernel.errors import Invalid, Problem
from tollbook.metering.models import Aggregation, Meter, UsageBatch
from tollbook.metering.rules import Draft, Event, Outcome, canonical_dims, payload_hash, zone_shift
from tollbook.subscriptions.models import Subscription

_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS usage_stage (
        row integer, customer_id bigint, source text, event_id text, payload_hash bytea, meter_id bigint,
        subscription_id bigint, quantity numeric, at timestamptz, shift_min integer, dims text, resource text
    ) ON COMMIT DELETE ROWS
"""
_STORE = """
    WITH fresh AS (
        INSERT INTO usage_event (customer_id, source, event_id, payload_hash, meter_id, subscription_id, quantity, at,
                                 bucket, dims, resource, batch_id)
        SELECT customer_id, source, event_id, payload_hash, meter_id, subscription_id, quantity, at,
               date_bin('1 hour', at, timestamptz '1970-01-01 00:00+00' + make_interval(mins => shift_min)),
               dims, resource, %(batch)s
        FROM usage_stage ORDER BY customer_id, source, event_id, row
        ON CONFLICT (customer_id, source, event_id) DO NOTHING
        RETURNING customer_id, subscription_id, meter_id, dims, bucket, quantity, at
    ), border AS (
        SELECT customer_id, read_until FROM usage_border
        WHERE customer_id IN (SELECT customer_id FROM usage_stage) ORDER BY customer_id FOR SHARE
    ), rolled AS (
        INSERT INTO usage_hour AS h (customer_id, subscription_id, meter_id, dims, hour, events, total, peak, last,
                                     last_at, pending)
        SELECT customer_id, subscription_id, meter_id, dims, bucket, count(*), sum(quantity), max(quantity),
               (array_agg(quantity ORDER BY at DESC, quantity DESC))[1], max(at),
               coalesce(bucket < max(read_until), false)
        FROM fresh JOIN border USING (customer_id) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (customer_id, subscription_id, meter_id, dims, hour) DO UPDATE SET
            events = h.events + excluded.events, total = h.total + excluded.total,
            peak = greatest(h.peak, excluded.peak),
            -- Of two readings of one instant the larger counts, whichever came first.
            last = CASE WHEN excluded.last_at > h.last_at THEN excluded.last
                        WHEN excluded.last_at = h.last_at THEN greatest(h.last, excluded.last) ELSE h.last END,
            last_at = greatest(h.last_at, excluded.last_at), pending = h.pending OR excluded.pending
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM rolled)
"""
# Everybody whose use comes in has a border, so that there is a row to share with charging.
_BORDERS = """
    INSERT INTO usage_border (customer_id) SELECT DISTINCT customer_id FROM usage_stage ORDER BY 1
    ON CONFLICT (customer_id) DO NOTHING
"""
# A stage row is a repeat when its key was stored by another batch, or by an earlier row of this one; it is a
# conflict when, besides, the bodies differ.
_REPEATS = """
    SELECT s.row, e.payload_hash IS DISTINCT FROM s.payload_hash
    FROM (SELECT *, row_number() OVER (PARTITION BY customer_id, source, event_id ORDER BY row) AS nth
          FROM usage_stage) s
    JOIN usage_event e USING (customer_id, source, event_id)
    WHERE e.batch_id <> %(batch)s OR s.nth > 1
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: an outcome for each event, in order, and the batch's row id."""

    outcomes: tuple[Outcome, ...]
    batch_id: int

    def count(self, outcome: Outcome) -> int:
        """How many events had that outcome."""
        return self.outcomes.count(outcome)


@action
def record(
    drafts: Sequence[Draft],
    *,
    door: str,
    actor: str = "",
    customer: Customer | None = None,
    at: datetime | None = None,
) -> Recorded:
    """Store a batch of events; the same call for the API, an import and the demo.

    An event is known by (customer, source, id) for ever. Repeated with the same body it changes nothing; with
    another body it is a conflict: kept apart, counted nowhere, reported. With `customer`, events may name no
    other (their `customer` field may be left out). Raises Invalid, and stores nothing, when an event names an
    unknown customer, meter or subscription, or has a negative quantity where the meter allows none.
    """
    events = _resolve(drafts, customer)
    return store(events, door=door, actor=actor, at=at, bodies=drafts)


@action
def store(
    events: Sequence[Event],
    *,
    door: str,
    actor: str = "",
    at: datetime | None = None,
    bodies: Sequence[Draft] = (),
) -> Recorded:
    """Store events whose names are already resolved; see `record`. `bodies` are kept with conflicts, if
    given.
    """
    received = at or clock.now()
    batch = UsageBatch.objects.create(received_at=received, door=door, actor=actor)
    outcomes = [Outcome.ACCEPTED] * len(events)
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.execute("TRUNCATE usage_stage")
        with cursor.copy("COPY usage_stage FROM STDIN") as copy:
            for row, event in enumerate(events):
                copy.write_row((row, *event))
        cursor.execute(_BORDERS)
        cursor.execute(_STORE, {"batch": batch.pk})
        accepted = cursor.fetchone()[0]
        if accepted < len(events):
            cursor.execute(_REPEATS, {"batch": batch.pk})
            for row, differs in cursor.fetchall():
                outcomes[row] = Outcome.CONFLICT if differs else Outcome.REPEATED
            _keep_conflicts(events, outcomes, bodies, received)
    batch.accepted = accepted
    batch.repeated = outcomes.count(Outcome.REPEATED)
    batch.conflicting = outcomes.count(Outcome.CONFLICT)
    batch.save(update_fields=["accepted", "repeated", "conflicting"])
    return Recorded(tuple(outcomes), batch.pk)


def _keep_conflicts(
    events: Sequence[Event], outcomes: Sequence[Outcome], bodies: Sequence[Draft], received: datetime
) -> None:
    rows = [
        (
            event.customer_id,
            event.source,
            event.event_id,
            event.payload_hash,
            json.dumps(_body(event, bodies[row] if bodies else None)),
            received,
        )
        for row, event in enumerate(events)
        if outcomes[row] is Outcome.CONFLICT
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO usage_conflict (customer_id, source, event_id, payload_hash, body, received_at) "
                "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                rows,
            )


def _body(event: Event, draft: Draft | None) -> dict[str, object]:
    body: dict[str, object] = {
        "quantity": str(event.quantity),
        "at": event.at.isoformat(),
        "resource": event.resource,
    }
    body["dimensions"] = dict(draft.dimensions) if draft else (json.loads(event.dims) if event.dims else {})
    return body


def _resolve(drafts: Sequence[Draft], owner: Customer | None) -> list[Event]:
    """Names to row ids, in three look-ups whatever the size of the batch; Invalid lists every name that is
    unknown.
    """
    meters = {m.code: m for m in Meter.objects.filter(code__in={d.meter for d in drafts})}
    customers = _customers(drafts, owner)
    names = {d.subscription for d in drafts if d.subscription}
    subscriptions = {
        s.public_id: s for s in Subscription.objects.filter(public_id__in=names).only("public_id", "customer_id")
    }
    problems: list[Problem] = []
    events: list[Event] = []
    shifts: dict[tuple[str, float], int] = {}
    for row, draft in enumerate(drafts, 1):
        meter, customer = meters.get(draft.meter), customers.get(draft.customer)
        subscription = subscriptions.get(draft.subscription) if draft.subscription else None
        found = _faults(row, draft, meter, customer, subscription)
        if found or meter is None or customer is None:
            problems += found
            continue
        # No zone changes its clocks within a quarter of an hour.
        quarter = (customer.zone, draft.at.timestamp() // 900)
        if quarter not in shifts:
            shifts[quarter] = zone_shift(customer.zone, draft.at)
        events.append(
            Event(
                customer.pk,
                draft.source,
                draft.event_id,
                payload_hash(draft),
                meter.pk,
                subscription.pk if subscription else 0,
                draft.quantity,
                draft.at,
                shifts[quarter],
                canonical_dims(meter.dimensions, draft.dimensions),
                draft.resource,
            )
        )
    if problems:
        raise Invalid(problems)
    return events


def _customers(drafts: Sequence[Draft], owner: Customer | None) -> dict[str, Customer]:
    if owner is not None:
        return {"": owner, owner.public_id: owner}
    names = {d.customer for d in drafts}
    return {c.public_id: c for c in Customer.objects.filter(public_id__in=names).only("public_id", "zone")}


def _faults(
    row: int, draft: Draft, meter: Meter | None, customer: Customer | None, subscription: Subscription | None
) -> list[Problem]:
    problems = []
    if customer is None:
        reason = "no such customer; give a customer's id (cus_...)"
        problems.append(Problem(row, "customer", draft.customer, "customer_not_found", reason))
    if meter is None:
        problems.append(Problem(row, "meter", draft.meter, "meter_not_found", "no meter has this code"))
    elif draft.quantity < 0 and not meter.allow_negative:
        reason = "this meter takes no negative quantities; send a correction instead"
        problems.append(Problem(row, "quantity", str(draft.quantity), "negative_refused", reason))
    elif meter.aggregation == Aggregation.COUNT and draft.quantity != 1:
        reason = "an event of a counting meter has quantity 1"
        problems.append(Problem(row, "quantity", str(draft.quantity), "count_is_one", reason))
    if draft.subscription and (
        subscription is None or (customer is not None and subscription.customer_id != customer.pk)
    ):
        reason = "the customer has no such subscription"
        problems.append(Problem(row, "subscription", draft.subscription, "subscription_not_found", reason))
    return problems
