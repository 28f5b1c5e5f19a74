"""Events, deliveries and conflicts."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.metering.models import Meter, UsageBatch, UsageConflict, UsageEvent
from tollbook.metering.staff.rows import BATCH_COLUMNS, CUSTOMER, metered, named
from tollbook.web.panels import Notice
from tollbook.web.parts import Facts, Page, Part, fact, listing, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table

BATCHES = Table(
    "deliveries",
    BATCH_COLUMNS,
    order="-received_at",
    search=("door", "actor"),
    filters=(
        Filter(
            "with",
            "With",
            (("conflicts", "Conflicts", Q(conflicting__gt=0)), ("repeats", "Repeats", Q(repeated__gt=0))),
        ),
    ),
    empty_title="Nothing was delivered yet",
)


EVENTS = Table(
    "events",
    [
        Column("Event", lambda e: e.event_id, "mono", note=lambda e: e.source),
        Column("When", lambda e: e.at, "instant", sort="at"),
        CUSTOMER,
        Column("Meter", lambda e: e.meter_name, href=lambda e: page_of(e.meter_public_id or ""), note=lambda e: e.dims),
        Column("Quantity", lambda e: e.quantity, "quantity", sort="quantity", note=lambda e: e.unit),
        Column("Resource", lambda e: e.resource, "mono"),
    ],
    order="-at",
    search=("event_id", "source", "resource", "customer_name"),
    empty_title="No events yet",
)
CONFLICTS = Table(
    "conflicts",
    [
        Column(
            "Event",
            lambda c: c.event_id,
            "mono",
            href=lambda c: reverse("staff-metering:conflict", args=[c.pk]),
            note=lambda c: c.source,
        ),
        CUSTOMER,
        Column("Received", lambda c: c.received_at, "instant", sort="received_at"),
        Column("What it said", lambda c: _said(c.body)[:160]),
    ],
    order="-received_at",
    search=("event_id", "source", "customer_name"),
    empty_title="No conflicts",
    empty_text="An event whose id comes again with another body would be kept apart here, and counted nowhere.",
)


def _said(body: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in body.items() if value not in ("", None, {}))


@staff_page()
def events(request: HttpRequest) -> HttpResponseBase:
    """Events, all or those of one customer, meter or delivery that the address names."""
    rows, about = UsageEvent.objects.all(), "Facts of use, as acknowledged. None is ever changed or removed."
    if wanted := request.GET.get("customer"):
        customer = get_object_or_404(Customer, public_id=wanted)
        rows, about = rows.filter(customer_id=customer.pk), f"Of {customer.name}."
    if wanted := request.GET.get("meter"):
        meter = get_object_or_404(Meter, public_id=wanted)
        rows, about = rows.filter(meter_id=meter.pk), f"Of the meter {meter.name}."
    if wanted := request.GET.get("batch"):
        if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 18:  # noqa: PLR2004  # a row id has at most 18 digits
            raise Http404
        rows, about = rows.filter(batch_id=int(wanted)), f"Of delivery {wanted}."
    return listing(request, EVENTS, metered(rows), Page("Usage events", about=about))


@staff_page()
def batches(request: HttpRequest) -> HttpResponseBase:
    """Deliveries."""
    about = "Each acknowledged delivery of events, and what became of it."
    return listing(request, BATCHES, UsageBatch.objects.all(), Page("Deliveries", about=about))


@staff_page()
def conflicts(request: HttpRequest) -> HttpResponseBase:
    """Events that came again with another body."""
    about = "The same id came again with another body: kept apart, counted nowhere, told to the sender."
    return listing(request, CONFLICTS, named(UsageConflict.objects.all()), Page("Conflicts", about=about))


@staff_page()
def conflict(request: HttpRequest, number: int) -> HttpResponseBase:
    """One conflict beside the event that counts."""
    found: Any = get_object_or_404(named(UsageConflict.objects.all()), pk=number)
    rows = UsageEvent.objects.filter(customer_id=found.customer_id, source=found.source, event_id=found.event_id)
    kept: Any = metered(rows).first()
    counted = [
        fact("Customer", kept.customer_name, href=page_of(kept.customer_public_id or "")),
        fact("Meter", kept.meter_name, href=page_of(kept.meter_public_id or "")),
        fact("Quantity", kept.quantity, "quantity"),
        fact("When", kept.at, "instant"),
        fact("Dimensions", kept.dims, "mono"),
        fact("Resource", kept.resource, "mono"),
    ]
    said = [fact(name.replace("_", " ").capitalize(), str(value), "mono") for name, value in found.body.items()]
    parts: list[Part] = [
        Facts("What counts", counted),
        Facts("What came later", [fact("Received", found.received_at, "instant"), *said]),
    ]
    page = Page(found.event_id, "conflict", found.source, (("Conflicts", reverse("staff-metering:conflicts")),), parts)
    return show(request, page)


def conflict_notice(request: HttpRequest) -> Iterable[Notice]:
    """That events are in conflict."""
    found = UsageConflict.objects.count()
    if found:
        text = f"{found} came again with another body; they are counted nowhere."
        yield Notice("warn", "Usage events in conflict", text, reverse("staff-metering:conflicts"), "Show them")
