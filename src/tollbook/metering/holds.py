"""Units of a meter reserved before they are used: held, then captured as an event, released or lapsed.

The counterpart of a wallet's hold, for what a plan includes: whoever may send only what is allowed asks first. A hold
of a meter without a limit is always given, so that callers need not know which meters have one.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import connection

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.models import Customer
from tollbook.kernel.errors import Invalid, NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.kernel.text import clean_text
from tollbook.metering.actions import resolve, store, take_borders
from tollbook.metering.limits import hour_of, plans
from tollbook.metering.models import SUMMED, Aggregation, Meter, UsageHold
from tollbook.metering.rules import Draft, Event, Outcome, read_dimensions
from tollbook.metering.statements import ALONE
from tollbook.subscriptions.models import Subscription

KEY_LIMIT = 120
#: The source of the events that captures make; each has the id of its hold.
SOURCE = "usage-hold"


@action
def hold(
    customer: Customer,
    meter: str,
    quantity: Decimal,
    *,
    key: str,
    subscription: str = "",
    dimensions: Mapping[str, str] | None = None,
    at: datetime | None = None,
    expires_at: datetime | None = None,
) -> UsageHold:
    """Reserve units of a meter (its code), once per customer and `key`; a repeat answers with that hold as it stands.

    `at` is when they will count as used (now, if left out). Refused "limit_reached" where they would bring the period
    above its limit, together with what is used and held; "quantity_not_positive", "meter_not_counted" for a meter that
    neither sums nor counts, "already_expired", "usage_hold_key_conflict" when the key has held something else. Invalid
    for unknown names.
    """
    key, now = clean_text(key, "key", KEY_LIMIT), clock.now()
    at = at or now
    if expires_at is not None and expires_at <= now:
        message = f"expires_at: {expires_at.isoformat()} is not after now, {now.isoformat()}: give a later instant"
        raise Refused("already_expired", message, param="expires_at")
    named, problems = read_dimensions(dimensions or {}, None)
    if problems:
        raise Invalid(problems)
    draft = Draft(SOURCE, key, customer.public_id, meter, subscription, quantity, at, named, "")
    event, counted = _resolved(draft, customer)
    with connection.cursor() as cursor:
        take_borders(cursor, {customer.pk}, ALONE)
    wanted = UsageHold(
        customer_id=customer.pk, key=key, subscription_id=event.subscription_id, meter_id=event.meter_id,
        dims=event.dims, quantity=quantity, at=at, hour=hour_of(event), expires_at=expires_at, created_at=now,
    )  # fmt: skip
    earlier = UsageHold.objects.filter(customer_id=customer.pk, key=key).first()
    if earlier is not None:
        if _asked(earlier) != _asked(wanted):
            message = f"key: {key} already holds {plain(earlier.quantity)} of another meter, quantity or use"
            raise Refused("usage_hold_key_conflict", message, param="key")
        return earlier
    UsageHold.objects.filter(customer_id=customer.pk, state=UsageHold.State.OPEN, expires_at__lte=now).update(
        state=UsageHold.State.EXPIRED, closed_at=now
    )
    found = plans({customer.pk}, [counted], now)
    places = found.limits_of(customer.pk, event.subscription_id, meter, wanted.hour, event.dims)
    found.read()
    for place in places:
        if not found.measured[place].gauge.has_room(event.dims, quantity):
            raise found.measured[place].refusal(quantity)
    wanted.save(force_insert=True)
    return wanted


def _resolved(draft: Draft, customer: Customer) -> tuple[Event, Meter]:
    if draft.quantity <= 0:
        message = f"quantity: {plain(draft.quantity)} must be more than zero"
        raise Refused("quantity_not_positive", message, param="quantity")
    (event,) = resolve([draft], customer)
    meter = Meter.objects.get(pk=event.meter_id)
    if meter.aggregation not in SUMMED:
        how = Aggregation(meter.aggregation).label
        message = f"meter: {meter.code} is read as {how}; only units of meters that sum or count can be held"
        raise Refused("meter_not_counted", message, param="meter")
    return event, meter


def _asked(found: UsageHold) -> tuple[object, ...]:
    return (found.subscription_id, found.meter_id, found.dims, found.quantity)


@action
def capture(
    public_id: str, quantity: Decimal | None = None, *, door: str, actor: str = "", repeats: bool = True
) -> UsageHold:
    """Count what was used of a hold (all of it, if left out) as an event and free the rest; zero releases it.

    The event counts at the instant that the hold named, under the source `usage-hold` and the hold's id. What was
    reserved is stored even if a limit has become smaller since. A repeat answers with the same hold, unless `repeats`
    is false. Refused "hold_closed" when it was released or has lapsed, "more_than_held"; Invalid "count_is_one".
    """
    found, now = _locked(public_id), clock.now()
    value = found.quantity if quantity is None else quantity
    if repeats and found.state == UsageHold.State.CAPTURED and found.captured == value:
        return found
    _must_be_open(found, now)
    if not 0 <= value <= found.quantity:
        message = f"quantity: {plain(value)} is not between 0 and the held {plain(found.quantity)}"
        raise Refused("more_than_held", message, param="quantity")
    if not value:
        return _close(found, UsageHold.State.RELEASED, now)
    found.captured = value
    _close(found, UsageHold.State.CAPTURED, now)
    (event,) = resolve([_draft(found, value)])
    (outcome,) = store([event], door=door, actor=actor, at=now, limited=False).outcomes
    if outcome is not Outcome.ACCEPTED:
        message = f"hold {public_id}: an event of source {SOURCE} with its id was sent by somebody else"
        raise Refused("event_taken", message, param="hold")
    return found


@action
def release(public_id: str, *, repeats: bool = True) -> UsageHold:
    """Free what is held; a repeat answers with the same hold, unless `repeats` is false. Refused "hold_closed" when it
    was captured or has lapsed.
    """
    found, now = _locked(public_id), clock.now()
    if repeats and found.state == UsageHold.State.RELEASED:
        return found
    _must_be_open(found, now)
    return _close(found, UsageHold.State.RELEASED, now)


def _draft(found: UsageHold, quantity: Decimal) -> Draft:
    """The event that a captured hold becomes."""
    customer = Customer.objects.only("public_id").get(pk=found.customer_id)
    meter = Meter.objects.only("code").get(pk=found.meter_id)
    named = Subscription.objects.filter(pk=found.subscription_id).values_list("public_id", flat=True).first()
    dimensions = json.loads(found.dims) if found.dims else {}
    return Draft(
        SOURCE, found.public_id, customer.public_id, meter.code, named or "", quantity, found.at, dimensions, ""
    )


def _locked(public_id: str) -> UsageHold:
    """The hold, while the customer's use is held alone: what is freed is free when others look again."""
    found = UsageHold.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("hold_not_found", f"there is no hold {public_id}", param="hold")
    with connection.cursor() as cursor:
        take_borders(cursor, {found.customer_id}, ALONE)
    found.refresh_from_db()
    return found


def _must_be_open(found: UsageHold, now: datetime) -> None:
    state = state_at(found, now)
    if state != UsageHold.State.OPEN:
        raise Refused("hold_closed", f"hold {found.public_id} is {state}", param="hold", state=state)


def state_at(found: UsageHold, now: datetime) -> str:
    """The hold's state at `now`: an open one lapses by itself."""
    is_over = found.expires_at is not None and found.expires_at <= now
    return UsageHold.State.EXPIRED.value if found.state == UsageHold.State.OPEN and is_over else str(found.state)


def _close(found: UsageHold, state: UsageHold.State, now: datetime) -> UsageHold:
    found.state, found.closed_at = state.value, now
    found.save(update_fields=["state", "captured", "closed_at"])
    return found
