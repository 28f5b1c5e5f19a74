"""The usage events behind a charge: attributed as charging does it, but event by event."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from tollbook.catalog.models import Price
from tollbook.catalog.queries import price_list
from tollbook.charging.models import Charge
from tollbook.charging.queries import of_period
from tollbook.kernel.period import Period
from tollbook.metering.models import Meter, UsageBatch, UsageCorrection, UsageEvent
from tollbook.metering.queries import counted
from tollbook.metering.spans import Life, hours_of, life_hours, owned_spans
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of, stages_of
from tollbook.subscriptions.rules import Schedule


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
    stages = stages_of([subscription])[subscription.pk]
    stage = next((stage for stage in stages if stage.phase_id == charge.phase_id), None)
    meter = Meter.objects.filter(code=charge.price.meter).first()
    span = _span(charge, schedule_of(subscription).of_stage(stage)) if stage else None
    if meter is None or stage is None or span is None:
        return UsageEvent.objects.none()
    mine = _in(span, subscription.pk)
    for part in owned_spans(_lives(subscription, meter.code), subscription.pk, span):
        mine |= _in(part, 0)
    events = among.filter(mine, customer_id=subscription.customer_id, meter_id=meter.pk)
    prices = price_list(stage.version_id, stage.book_id)
    priced = []
    for dims in events.order_by().values_list("dims", flat=True).distinct():
        price = prices.price_for(meter.code, dims)
        if price is not None and price.pk == charge.price_id:
            priced.append(dims)
    return events.filter(dims__in=priced).order_by("at", "source", "event_id")


def _span(charge: Charge, schedule: Schedule) -> Period | None:
    """The hours of the charge's period in which its stage of the subscription lives."""
    ends = of_period(charge).aggregate(end=Max("period_end"))["end"]
    return hours_of(schedule, Period(charge.period_start, ends))


def _lives(subscription: Subscription, meter: str) -> list[Life]:
    """The stages of the customer's subscriptions that price the meter, those of the oldest subscription first."""
    rows = Subscription.objects.filter(customer_id=subscription.customer_id).select_related("customer")
    others = list(rows.order_by("started_at", "pk"))
    found = stages_of(others)
    versions = {(stage.version_id, stage.book_id) for stages in found.values() for stage in stages}
    metered = Price.objects.filter(meter=meter, kind=Price.Kind.METERED, version__in=[v for v, _ in versions])
    pricing = set(metered.values_list("version_id", "book_id"))
    return [
        Life(row.pk, *life_hours(schedule_of(row).of_stage(stage)))
        for row in others
        for stage in found[row.pk]
        if (stage.version_id, stage.book_id) in pricing
    ]


def _in(span: Period, named: int) -> Q:
    return Q(subscription_id=named, bucket__gte=span.start, bucket__lt=span.end)
