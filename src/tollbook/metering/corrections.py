"""Events that count no more: cancelled, or changed into another event. The event stays as it came; a correction names
it once, for ever, and its hour is rolled up again from the events that are left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.models import Customer
from tollbook.identity.audit import record as audit
from tollbook.kernel.errors import Invalid, NotFound, Problem, Refused
from tollbook.metering.actions import resolve, store
from tollbook.metering.models import UsageCorrection
from tollbook.metering.queries import hold_borders
from tollbook.metering.rules import Corrected, Correction, Draft, Event, Key, Outcome

_KEYS = "unnest(%(customers)s::bigint[], %(sources)s::text[], %(ids)s::text[]) AS k (customer_id, source, event_id)"
_EVENTS = f"SELECT customer_id, source, event_id, payload_hash FROM {_KEYS} JOIN usage_event USING (customer_id, source, event_id)"  # noqa: E501, S608  # constant text
_CORRECTIONS = f"""
    SELECT customer_id, source, event_id, replaced_by, reason
    FROM {_KEYS} JOIN usage_correction USING (customer_id, source, event_id)
"""  # noqa: S608  # constant text
_HIT = f"""
    SELECT DISTINCT customer_id, subscription_id, meter_id, dims, bucket
    FROM {_KEYS} JOIN usage_event USING (customer_id, source, event_id)
"""  # noqa: S608  # constant text
_LEFT = """
    usage_event e ON e.customer_id = hit.customer_id AND e.subscription_id = hit.subscription_id
        AND e.meter_id = hit.meter_id AND e.dims = hit.dims AND e.bucket = hit.bucket
        AND NOT EXISTS (SELECT FROM usage_correction c
                        WHERE c.customer_id = e.customer_id AND c.source = e.source AND c.event_id = e.event_id)
"""
# To be run in a statement of its own after the borders are held: it must see what was waited for.
_HOURS = f"""
    UPDATE usage_hour h SET events = a.events, total = a.total, moment = a.moment, peak = a.peak, low = a.low,
        last = a.last, last_at = a.last_at, pending = h.pending OR coalesce(h.hour < b.read_until, false)
    FROM (
        SELECT hit.customer_id, hit.subscription_id, hit.meter_id, hit.dims, hit.bucket, count(e.event_id) AS events,
            coalesce(sum(e.quantity), 0) AS total,
            coalesce(sum(e.quantity * extract(epoch FROM e.bucket + interval '1 hour' - e.at)), 0) AS moment,
            max(e.quantity) AS peak, min(e.quantity) AS low,
            (array_agg(e.quantity ORDER BY e.at DESC, e.quantity DESC))[1] AS last, max(e.at) AS last_at
        FROM ({_HIT}) hit LEFT JOIN {_LEFT} GROUP BY 1, 2, 3, 4, 5
    ) a JOIN usage_border b ON b.customer_id = a.customer_id
    WHERE h.customer_id = a.customer_id AND h.subscription_id = a.subscription_id AND h.meter_id = a.meter_id
      AND h.dims = a.dims AND h.hour = a.bucket
"""  # noqa: S608  # constant text
_NO_THINGS = f"""
    DELETE FROM usage_thing t USING ({_HIT}) hit
    WHERE t.customer_id = hit.customer_id AND t.subscription_id = hit.subscription_id AND t.meter_id = hit.meter_id
      AND t.dims = hit.dims AND t.hour = hit.bucket
"""  # noqa: S608  # constant text
_THINGS = f"""
    INSERT INTO usage_thing (customer_id, subscription_id, meter_id, dims, resource, hour, added, removed, first,
                             first_at, last, last_at)
    SELECT e.customer_id, e.subscription_id, e.meter_id, e.dims, e.resource, e.bucket,
        count(*) FILTER (WHERE e.quantity > 0), count(*) FILTER (WHERE e.quantity < 0),
        (array_agg(sign(e.quantity) ORDER BY e.at, e.quantity DESC))[1], min(e.at),
        (array_agg(sign(e.quantity) ORDER BY e.at DESC, e.quantity DESC))[1], max(e.at)
    FROM ({_HIT}) hit JOIN metering_meter m ON m.id = hit.meter_id AND m.aggregation = 'unique' JOIN {_LEFT}
    GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608  # constant text


@action
def cancel(customer: Customer, source: str, event_id: str, *, reason: str, door: str, actor: str = "") -> bool:
    """Count an event no more, because of `reason`; False when it was cancelled before for the same reason.

    What it was charged for is charged back by the next run. Raises NotFound "event_not_found", and Refused
    "already_corrected" when it was cancelled for another reason or changed.
    """
    return _one(Correction(customer.public_id, source, event_id, reason, None), door, actor)


@action
def change(
    customer: Customer, source: str, event_id: str, replacement: Draft, *, reason: str, door: str, actor: str = ""
) -> bool:
    """Count `replacement`, a new event of the same source, instead of an event; False when that was done before.

    Raises what `cancel` raises, Invalid when the replacement cannot be recorded, and Refused "replacement_taken" when
    its id is that of another event.
    """
    return _one(Correction(customer.public_id, source, event_id, reason, replacement), door, actor)


def _one(correction: Correction, door: str, actor: str) -> bool:
    try:
        (outcome,) = correct([correction], door=door, actor=actor)
    except Invalid as invalid:
        for each in invalid.problems:
            if each.code == "event_not_found":
                raise NotFound(each.code, each.reason, param="id") from None
        raise
    if outcome is Corrected.CONFLICT:
        message = f"event {correction.event_id} of {correction.source} was corrected before in another way"
        raise Refused("already_corrected", message, param="id")
    return outcome is Corrected.CORRECTED


@action
def correct(corrections: Sequence[Correction], *, door: str, actor: str = "") -> tuple[Corrected, ...]:
    """Cancel and change events: what became of each, in order.

    Repeated, a correction changes nothing; another one of the same event is a conflict and changes nothing either.
    Raises Invalid, and corrects nothing, when one names an unknown customer or event, or a replacement that cannot be
    recorded; Refused "replacement_taken" when a replacement's id is that of another event.
    """
    customers = {c.public_id: c for c in Customer.objects.filter(public_id__in={c.customer for c in corrections})}
    # From here on no event of these customers comes in: what is rolled up again below is all there is.
    hold_borders([c.pk for c in customers.values()])
    at = clock.now()
    events = _replacements(corrections)
    # No customer has the row id 0: what names an unknown one is among the faults.
    pks = {public_id: customer.pk for public_id, customer in customers.items()}
    keys = [Key(pks.get(c.customer, 0), c.source, c.event_id) for c in corrections]
    wanted = {*keys, *(Key(*event[:3]) for event in events.values())}
    stored, before = _stored(wanted), _before(wanted)
    gone = {*before, *keys}
    problems = [
        problem
        for row, correction in enumerate(corrections)
        for problem in _faults(row + 1, correction, keys[row], events.get(row), stored)
    ]
    problems += [
        problem
        for row, event in events.items()
        if keys[row] not in before
        for problem in _faults_of_replacement(row + 1, keys[row], event, gone)
    ]
    if problems:
        raise Invalid(problems)
    outcomes: list[Corrected] = []
    made: dict[Key, UsageCorrection] = {}
    for row, (key, correction) in enumerate(zip(keys, corrections, strict=True)):
        if key not in before:
            outcomes.append(Corrected.CORRECTED)
            made[key] = _row(key, correction, actor, at)
            before[key] = _said(correction)
            if row in events:
                stored.setdefault(Key(*events[row][:3]), events[row].payload_hash)
        elif before[key] == _said(correction) and (
            row not in events or stored.get(Key(*events[row][:3])) == events[row].payload_hash
        ):
            outcomes.append(Corrected.REPEATED)
        else:
            outcomes.append(Corrected.CONFLICT)
    rows = [row for row, outcome in enumerate(outcomes) if outcome is Corrected.CORRECTED]
    _replace([(events[row], corrections[row].replacement) for row in rows if row in events], door, actor, at)
    UsageCorrection.objects.bulk_create(made.values())
    _roll_up_again(made)
    _note(made.values(), customers.values(), door, actor, at)
    return tuple(outcomes)


def _replacements(corrections: Sequence[Correction]) -> dict[int, Event]:
    """The events that shall count instead, by the row of the correction (from 0)."""
    drafts = [(row, c.replacement) for row, c in enumerate(corrections) if c.replacement is not None]
    try:
        events = resolve([draft for _, draft in drafts])
    except Invalid as invalid:
        problems = [
            replace(p, row=drafts[p.row - 1][0] + 1, field=f"replacement.{p.field}") if p.row else p
            for p in invalid.problems
        ]
        raise Invalid(problems) from None
    return {row: event for (row, _), event in zip(drafts, events, strict=True)}


def _parameters(keys: Iterable[Key]) -> dict[str, list[object]]:
    listed = sorted(keys)
    return {
        "customers": [k.customer_id for k in listed],
        "sources": [k.source for k in listed],
        "ids": [k.event_id for k in listed],
    }


def _stored(keys: Iterable[Key]) -> dict[Key, bytes]:
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, _parameters(keys))
        return {Key(*row[:3]): bytes(row[3]) for row in cursor.fetchall()}


def _before(keys: Iterable[Key]) -> dict[Key, tuple[str, str]]:
    """What was said of these events before: the id of what replaced each, and why."""
    with connection.cursor() as cursor:
        cursor.execute(_CORRECTIONS, _parameters(keys))
        return {Key(*row[:3]): (row[3], row[4]) for row in cursor.fetchall()}


def _said(correction: Correction) -> tuple[str, str]:
    return (correction.replacement.event_id if correction.replacement else "", correction.reason)


def _faults(
    row: int, correction: Correction, key: Key, event: Event | None, stored: Mapping[Key, bytes]
) -> Iterable[Problem]:
    if not key.customer_id:
        reason = "no such customer; give a customer's id (cus_...)"
        yield Problem(row, "customer", correction.customer, "customer_not_found", reason)
    elif key not in stored:
        reason = f"the customer has no event {correction.event_id} of {correction.source}"
        yield Problem(row, "id", correction.event_id, "event_not_found", reason)
    if event is not None and event[:2] != key[:2]:
        reason = "a replacement is an event of the same customer and source"
        yield Problem(row, "replacement", event.source, "replacement_elsewhere", reason)


def _faults_of_replacement(row: int, key: Key, event: Event, gone: set[Key]) -> Iterable[Problem]:
    new = Key(*event[:3])
    if new == key:
        reason = "a replacement is a new event with an id of its own"
        yield Problem(row, "replacement.id", event.event_id, "replacement_same", reason)
    elif new in gone:
        reason = "this event is cancelled or changed itself and counts no more: give a new one"
        yield Problem(row, "replacement.id", event.event_id, "replacement_corrected", reason)


def _row(key: Key, correction: Correction, actor: str, at: datetime) -> UsageCorrection:
    replaced_by, reason = _said(correction)
    kind = UsageCorrection.Kind.CHANGED if replaced_by else UsageCorrection.Kind.CANCELLED
    return UsageCorrection(
        customer_id=key.customer_id,
        source=key.source,
        event_id=key.event_id,
        kind=kind,
        replaced_by=replaced_by,
        reason=reason,
        actor=actor[:200],
        at=at,
    )


def _replace(events: Sequence[tuple[Event, Draft | None]], door: str, actor: str, at: datetime) -> None:
    if not events:
        return
    bodies = [draft for _, draft in events if draft is not None]
    # Whoever corrects says what has happened: that is charged, also where it is above a limit.
    done = store([event for event, _ in events], door=door, actor=actor, at=at, bodies=bodies, limited=False)
    for (event, _), outcome in zip(events, done.outcomes, strict=True):
        if outcome is Outcome.CONFLICT:
            message = f"replacement.id {event.event_id} of {event.source}: another event has it; give a new id"
            raise Refused("replacement_taken", message, param="replacement.id")


def _roll_up_again(keys: Iterable[Key]) -> None:
    """Make the roll-ups of the hours of these events again from the events that count; wait for charging where it has
    read them.
    """
    parameters = _parameters(keys)
    with connection.cursor() as cursor:
        for statement in (_HOURS, _NO_THINGS, _THINGS):
            cursor.execute(statement, parameters)


def _note(made: Iterable[UsageCorrection], customers: Iterable[Customer], door: str, actor: str, at: datetime) -> None:
    """One entry of the audit trail for each customer; each event's own reason stands in its correction."""
    rows = list(made)
    for customer in customers:
        mine = [c for c in rows if c.customer_id == customer.pk]
        if mine:
            audit(
                "usage.correct",
                customer.public_id,
                actor=actor or "system",
                door=door,
                customer_id=customer.pk,
                detail={"events": len(mine), "first": f"{mine[0].source}/{mine[0].event_id}", "reason": mine[0].reason},
                at=at,
            )
