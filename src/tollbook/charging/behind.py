"""The usage events behind a charge: attributed as charging does it, but event by event."""

from django.db.models import Max, Q, QuerySet

from tollbook.catalog.models import Price
from tollbook.catalog.queries import price_list
from tollbook.charging.models import Charge
from tollbook.charging.queries import of_period
from tollbook.charging.rules import Life, hours_of, life_hours, owned_spans
from tollbook.kernel.period import Period
from tollbook.metering.models import Meter, UsageEvent
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of, stages_of
from tollbook.subscriptions.rules import Schedule


def events_behind(charge: Charge) -> QuerySet[UsageEvent]:
    """The events of a metered charge's price and period, over all its revisions, in time order; none for a fee.

    They are those that name the subscription, and those of the customer at large while the subscription owns them;
    of both, those whose dimensions are priced by this price and no better fitting one.
    """
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
    events = UsageEvent.objects.filter(mine, customer_id=subscription.customer_id, meter_id=meter.pk)
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
