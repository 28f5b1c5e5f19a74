"""Ingestion: one statement takes a batch, drops repeats, reports conflicts, stores events and adds to
roll-ups.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from tollbook.base import clock
from tollbook.base.bulk import next_ids
from tollbook.base.tasks import action
from tollbook.customers.models import Customer
from tollbook.kernel.errors import Invalid, Problem
from tollbook.metering.models import Aggregation, Meter, UsageBatch
from tollbook.metering.rules import Draft, Event, Outcome, canonical_dims, payload_hash, zone_shift
from tollbook.metering.statements import BORDERS, KNOWN, SHARE, STAGE, STORE_PLAIN, STORE_THINGS
from tollbook.subscriptions.models import Subscription


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
    events = resolve(drafts, customer)
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
    (batch_id,) = next_ids("usage_batch", 1)
    outcomes = [Outcome.ACCEPTED] * len(events)
    unique = _unique_meters({event.meter_id for event in events})
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        cursor.execute("TRUNCATE usage_stage")
        with cursor.copy("COPY usage_stage FROM STDIN") as copy:
            for row, event in enumerate(events):
                copy.write_row((row, *event))
        _share_borders(cursor, {event.customer_id for event in events})
        cursor.execute(STORE_THINGS if unique else STORE_PLAIN, {"batch": batch_id, "unique": unique})
        accepted = cursor.fetchone()[0]
        if accepted < len(events):
            _mark_repeats(cursor, events, outcomes, accepted, batch_id)
            _keep_conflicts(events, outcomes, bodies, received)
    UsageBatch(
        pk=batch_id,
        received_at=received,
        door=door,
        actor=actor,
        accepted=accepted,
        repeated=outcomes.count(Outcome.REPEATED),
        conflicting=outcomes.count(Outcome.CONFLICT),
    ).save(force_insert=True)
    return Recorded(tuple(outcomes), batch_id)


def _unique_meters(meter_ids: set[int]) -> list[int]:
    found = Meter.objects.filter(pk__in=meter_ids, aggregation=Aggregation.UNIQUE)
    return list(found.values_list("pk", flat=True))


def _share_borders(cursor: Any, customer_ids: set[int]) -> None:
    """Hold the customers' borders until the end of the transaction: beside other senders, not beside charging."""
    wanted = sorted(customer_ids)
    cursor.execute(SHARE, [wanted])
    if len(cursor.fetchall()) < len(wanted):
        cursor.execute(BORDERS, [wanted])
        cursor.execute(SHARE, [wanted])


def _mark_repeats(cursor: Any, events: Sequence[Event], outcomes: list[Outcome], accepted: int, batch_id: int) -> None:
    """Of each id the first event in the batch counts, unless another batch had stored it before."""
    first: dict[tuple[int, str, str], bytes] = {}
    for row, event in enumerate(events):
        key = event[:3]
        if key in first:
            outcomes[row] = Outcome.REPEATED if first[key] == event.payload_hash else Outcome.CONFLICT
        else:
            first[key] = event.payload_hash
    if accepted < len(first):
        cursor.execute(KNOWN, {"batch": batch_id})
        for row, differs in cursor.fetchall():
            outcomes[row] = Outcome.CONFLICT if differs else Outcome.REPEATED


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


def resolve(drafts: Sequence[Draft], owner: Customer | None = None) -> list[Event]:
    """Names to row ids, in three look-ups whatever the size of the batch; with `owner`, all are the owner's. Invalid
    lists every name that is unknown and every quantity that its meter does not take.
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
    elif meter.aggregation == Aggregation.UNIQUE:
        problems += _faults_of_thing(row, draft)
    elif draft.quantity < 0 and not meter.allow_negative and meter.aggregation != Aggregation.WEIGHTED:
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


def _faults_of_thing(row: int, draft: Draft) -> list[Problem]:
    problems = []
    if not draft.resource:
        reason = "this meter counts different resources: name the one that is added or taken away"
        problems.append(Problem(row, "resource", "", "resource_required", reason))
    if draft.quantity not in (1, -1):
        reason = "this meter counts different resources: 1 adds the event's resource, -1 takes it away"
        problems.append(Problem(row, "quantity", str(draft.quantity), "one_or_minus_one", reason))
    return problems
