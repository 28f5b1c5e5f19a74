"""Ingestion: one statement takes a batch, drops repeats, reports conflicts, stores events and adds to
roll-ups.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from tollbook.base import clock
from tollbook.base.bulk import next_ids
from tollbook.base.tasks import action
from tollbook.customers.models import Customer
from tollbook.kernel.errors import Invalid, Problem, Refused
from tollbook.metering.limits import refusals
from tollbook.metering.models import Aggregation, Meter, UsageBatch
from tollbook.metering.rules import Draft, Event, Outcome, canonical_dims, payload_hash, zone_shift
from tollbook.metering.statements import ALONE, BORDERS, KNOWN, SHARE, SPECIAL, STAGE, STORE_PLAIN, STORE_THINGS
from tollbook.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: an outcome for each event, in order, the batch's row id, and reasons of refusals."""

    outcomes: tuple[Outcome, ...]
    batch_id: int
    #: Why, by the place of the event, what was refused was refused.
    refusals: Mapping[int, Refused] = field(default_factory=dict)

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
    limited: bool = True,
) -> Recorded:
    """Store a batch of events; the same call for the API, an import and the demo.

    An event is known by (customer, source, id) for ever. Repeated with the same body it changes nothing; with
    another body it is a conflict: kept apart, counted nowhere, reported. With `customer`, events may name no
    other (their `customer` field may be left out). Raises Invalid, and stores nothing, when an event names an
    unknown customer, meter or subscription, or has a negative quantity where the meter allows none.

    An event that would bring its period above the limit of its price is refused and not stored; the others are taken.
    Unless `limited`: what has happened and is paid for upstream, or was reserved before, is stored whatever the limit.
    """
    events = resolve(drafts, customer)
    return store(events, door=door, actor=actor, at=at, bodies=drafts, limited=limited)


@action
def store(
    events: Sequence[Event],
    *,
    door: str,
    actor: str = "",
    at: datetime | None = None,
    bodies: Sequence[Draft] = (),
    limited: bool = True,
) -> Recorded:
    """Store events whose names are already resolved; see `record`. `bodies` are kept with conflicts, if
    given.
    """
    received = at or clock.now()
    (batch_id,) = next_ids("usage_batch", 1)
    outcomes = [Outcome.ACCEPTED] * len(events)
    unique, with_limit = _special_meters({event.meter_id for event in events})
    refused: dict[int, Refused] = {}
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        cursor.execute("TRUNCATE usage_stage")
        with cursor.copy("COPY usage_stage FROM STDIN") as copy:
            for row, event in enumerate(events):
                copy.write_row((row, *event))
        customer_ids = {event.customer_id for event in events}
        if with_limit and limited:
            # Alone, so that what is counted below is all there is, until the end of the transaction.
            take_borders(cursor, customer_ids, ALONE)
            refused = refusals(events, with_limit, received)
            for row in refused:
                outcomes[row] = Outcome.REFUSED
            cursor.execute("DELETE FROM usage_stage WHERE row = ANY(%s)", [list(refused)])
        else:
            take_borders(cursor, customer_ids, SHARE)
        cursor.execute(STORE_THINGS if unique else STORE_PLAIN, {"batch": batch_id, "unique": unique})
        accepted = cursor.fetchone()[0]
        if accepted < len(events) - len(refused):
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
        refused=len(refused),
    ).save(force_insert=True)
    return Recorded(tuple(outcomes), batch_id, refused)


def _special_meters(meter_ids: set[int]) -> tuple[list[int], set[int]]:
    """Of these meters, those that count different resources, and those whose units some price limits: one question,
    whatever the size of the batch.
    """
    with connection.cursor() as cursor:
        cursor.execute(SPECIAL, [list(meter_ids)])
        found = cursor.fetchall()
    return [pk for pk, is_unique, _ in found if is_unique], {pk for pk, _, has_limit in found if has_limit}


def take_borders(cursor: Any, customer_ids: set[int], statement: str) -> None:
    """Hold the customers' borders until the end of the transaction: not beside charging; beside other senders (SHARE)
    or not (ALONE).
    """
    wanted = sorted(customer_ids)
    cursor.execute(statement, [wanted])
    if len(cursor.fetchall()) < len(wanted):
        cursor.execute(BORDERS, [wanted])
        cursor.execute(statement, [wanted])


def _mark_repeats(cursor: Any, events: Sequence[Event], outcomes: list[Outcome], accepted: int, batch_id: int) -> None:
    """Of each id the first event in the batch counts, unless another batch had stored it before."""
    first: dict[tuple[int, str, str], bytes] = {}
    for row, event in enumerate(events):
        key = event[:3]
        if outcomes[row] is Outcome.REFUSED:
            continue
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
