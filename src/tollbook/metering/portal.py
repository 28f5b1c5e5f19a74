"""The customer's usage: by meter, by day, by resource, down to single events."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tollbook.base import clock
from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.customers.settings import SHOW_USAGE
from tollbook.kernel.period import Period
from tollbook.metering import shown
from tollbook.metering.limits import standing
from tollbook.metering.models import SUMMED, Meter
from tollbook.subscriptions.models import Subscription
from tollbook.web.charts import stacked_bars
from tollbook.web.menu import MenuEntry
from tollbook.web.months import Months, months
from tollbook.web.panels import Panel
from tollbook.web.tables import Column, Table
from tollbook.web.templatetags.web import quantity
from tollbook.web.words import day_month_text, day_text

MENU = [MenuEntry("Usage", "portal-metering:usage", "chart-bar", order=30, feature=SHOW_USAGE)]
TOP_RESOURCES = 5

METERS = Table(
    name="usage",
    columns=[
        Column(
            "Meter", lambda u: u.meter.name, sort="name", href=lambda u: _href(u.meter), note=lambda u: u.meter.code
        ),
        Column("Total", lambda u: u.total, "quantity", sort="total"),
        Column("Unit", lambda u: u.meter.unit, sort="unit"),
        Column("Counted as", lambda u: u.meter.get_aggregation_display()),
        Column("Events", lambda u: u.events, "quantity", sort="events"),
    ],
    order="-events",
    search=("name",),
    empty_title="No use in this month",
    empty_text="What your services use appears here within a minute of being reported.",
)
EVENTS = Table(
    name="usage-events",
    columns=[
        Column("Time", lambda e: e.at, "instant", sort="at"),
        Column("Quantity", lambda e: e.quantity, "quantity", sort="quantity"),
        Column("Resource", lambda e: e.resource or _("none named"), "mono", sort="resource"),
        Column("Event", lambda e: e.event_id, "mono", note=lambda e: e.source),
    ],
    order="-at",
    search=("resource", "event_id"),
    empty_title="No events in this month",
)


def _href(meter: Meter) -> str:
    return reverse("portal-metering:meter", args=[meter.public_id])


def _months(request: CustomerRequest) -> Months | None:
    span = shown.first_and_last_use(request.customer.pk)
    return months(request, *span, request.customer.zone) if span else None


@require_GET
@portal_page(feature=SHOW_USAGE)
def usage(request: CustomerRequest) -> HttpResponseBase:
    """Every meter with use in the chosen month."""
    chosen = _months(request)
    rows: list[shown.Used] = []
    if chosen is not None:
        rows = shown.used(request.customer.pk, chosen.chosen.period.start, chosen.chosen.period.end)
    if request.GET.get("export") == "csv":
        return METERS.export(request, rows)
    context = {
        "title": _("Usage"),
        "months": chosen,
        "table": METERS.page(request, rows),
        "meters": len(rows),
        "events": sum(row.events for row in rows),
    }
    return render(request, "metering/portal_usage.html", context)


@require_GET
@portal_page(feature=SHOW_USAGE)
def meter(request: CustomerRequest, public_id: str) -> HttpResponseBase:
    """One meter in the chosen month: its days, its resources, its events."""
    found, chosen = shown.meter_of(request.customer.pk, public_id), _months(request)
    if found is None or chosen is None:
        raise Http404
    period = chosen.chosen.period
    events = shown.events_in(request.customer.pk, found, period.start, period.end)
    if request.GET.get("export") == "csv":
        return EVENTS.export(request, events)
    top = shown.used_by_resource(request.customer.pk, found, period.start, period.end, TOP_RESOURCES)
    context = {
        "title": found.name,
        "crumbs": [(_("Usage"), f"{reverse('portal-metering:usage')}?month={chosen.chosen.key}"), (found.name, "")],
        "meter": found,
        "months": chosen,
        "table": EVENTS.page(request, events),
        "resources": _shares(top),
        **_days(request, found, period),
    }
    return render(request, "metering/portal_meter.html", context)


def _days(request: CustomerRequest, found: Meter, period: Period) -> dict[str, Any]:
    """The chart by day, its figures, and the month's total."""
    zone = request.customer.zone
    by_day = shown.used_by_day(request.customer.pk, found, period.start, period.end, zone)
    mine = next(iter(shown.used(request.customer.pk, period.start, period.end, found)), None)
    first, last = period.dates(zone)
    days = [first + timedelta(days=i) for i in range((last - first).days)]
    values = [by_day.get(day, (Decimal(0), 0)) for day in days]
    rows = [(day_month_text(day), [total]) for day, (total, _) in zip(days, values, strict=True)]
    figures = [
        (day_text(day), [quantity(total), quantity(count)])
        for day, (total, count) in zip(days, values, strict=True)
        if count or total
    ]
    return {
        "total": mine.total if mine else Decimal(0),
        "events": mine.events if mine else 0,
        "busiest": max(zip(values, days, strict=True), default=None) if mine else None,
        "active_days": len(figures),
        "chart": stacked_bars(
            _("{name} by day, in {units}").format(name=found.name, units=found.unit or "units"),
            [found.name],
            rows,
            found.unit,
        ),
        "figures": figures,
        "summed": found.aggregation in SUMMED,
    }


def _shares(top: list[tuple[str, Decimal, int]]) -> list[dict[str, Any]]:
    """Resources with a bar each: `part` of the largest one, from 0 to 100."""
    largest = max((total for _, total, _ in top), default=Decimal(0))
    return [
        {
            "name": name,
            "total": total,
            "events": events,
            "part": int(total * 100 / largest) if largest > 0 and total > 0 else 0,
        }
        for name, total, events in top
    ]


def limits_panel(request: CustomerRequest, subscription: Subscription) -> dict[str, Any] | None:
    """What the running period of a subscription includes and has left; nothing where nothing is included."""
    found = standing(subscription, clock.now())
    return {"limits": found} if found else None


PANELS = [Panel("subscription.main", "metering/portal_limits.html", limits_panel, order=5, feature=SHOW_USAGE)]
urls: list[URLPattern] = [
    path("usage/", usage, name="usage"),
    path("usage/<str:public_id>/", meter, name="meter"),
]
