"""The usage events behind a charge: attributed as charging does it, but event by event."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from tollbook.catalog.queries import price_list
from tollbook.charging.models import Charge
from tollbook.charging.rules import Life, life_hours, owned_spans
from tollbook.kernel.period import Period
from tollbook.metering.models import Meter, UsageBatch, UsageCorrection, UsageEvent
from tollbook.metering.queries import counted
from tollbook.metering.rules import whole_hours
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of


def events_behind(charge: Charge) -> QuerySet[UsageEvent]:
    """The events of a metered charge's price and period, over all its revisions, in time order; none for a fee.

    They are those that name the subscription, and those of the customer at large while the subscription owns them;
    of both, those whose dimensions are priced by this price and no better fitting one. What was cancelled is not among
    them.
    """
    return _behind(charge, counted())


def events_charged(charge: Charge, count: int) -> QuerySet[UsageEvent]:
    """The `count` events that a charge and its revisions before counted: without use that came in after it, with what
    was cancelled after it. Where the clock cannot tell (an act at the instant of the charge), those that count now.
    """
    for after in ("at__lt", "at__lte"):
        gone = UsageCorrection.objects.filter(
            customer_id=OuterRef("customer_id"), source=OuterRef("source"), event_id=OuterRef("event_id"),
            **{after: charge.created_at},
        )  # fmt: skip
        came = UsageBatch.objects.filter(pk=OuterRef("batch_id"), received_at__lte=charge.created_at)
        found = _behind(charge, UsageEvent.objects.filter(~Exists(gone), Exists(came)))
        if found.count() == count:
            return found
    return events_behind(charge)


def corrected_behind(charge: Charge, since: datetime) -> "QuerySet[Any]":
    """The events of a metered charge's price and period that were cancelled or changed at or after `since`, with the
    kind of their `correction` and its `reason`.
    """
    rows = UsageCorrection.objects.filter(
        customer_id=OuterRef("customer_id"), source=OuterRef("source"), event_id=OuterRef("event_id"), at__gte=since
    )
    corrected = UsageEvent.objects.annotate(
        correction=Subquery(rows.values("kind")[:1]), reason=Subquery(rows.values("reason")[:1])
    )
    return _behind(charge, corrected.filter(correction__isnull=False))


def _behind(charge: Charge, among: "QuerySet[Any]") -> "QuerySet[Any]":
    subscription = Subscription.objects.select_related("customer").get(pk=charge.subscription_id)
    meter = Meter.objects.filter(code=charge.price.meter).first()
    span = _span(charge, subscription)
    if meter is None or span is None:
        return UsageEvent.objects.none()
    mine = _in(span, subscription.pk)
    for part in owned_spans(_lives(subscription, meter.code), subscription.pk, span):
        mine |= _in(part, 0)
    events = among.filter(mine, customer_id=subscription.customer_id, meter_id=meter.pk)
    prices = price_list(subscription.version_id, subscription.book_id)
    priced = []
    for dims in events.order_by().values_list("dims", flat=True).distinct():
        price = prices.price_for(meter.code, dims)
        if price is not None and price.pk == charge.price_id:
            priced.append(dims)
    return events.filter(dims__in=priced).order_by("at", "source", "event_id")


def _span(charge: Charge, subscription: Subscription) -> Period | None:
    """The hours of the charge's period in which the subscription lives."""
    revisions = Charge.objects.filter(
        subscription_id=charge.subscription_id, price_id=charge.price_id, period_start=charge.period_start
    )
    ends = revisions.aggregate(end=Max("period_end"))["end"]
    schedule = schedule_of(subscription)
    hours = whole_hours(Period(charge.period_start, ends), schedule.zone)
    starts, over = life_hours(schedule)
    return hours.overlap(Period(starts, over)) if over else hours


def _lives(subscription: Subscription, meter: str) -> list[Life]:
    """The customer's subscriptions that price the meter, the oldest first."""
    others = Subscription.objects.filter(
        customer_id=subscription.customer_id, version__prices__meter=meter, version__prices__kind="metered"
    )
    rows = others.select_related("customer").distinct().order_by("started_at", "pk")
    return [Life(row.pk, *life_hours(schedule_of(row))) for row in rows]


def _in(span: Period, named: int) -> Q:
    return Q(subscription_id=named, bucket__gte=span.start, bucket__lt=span.end)
