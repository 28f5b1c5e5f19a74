"""Staff pages about use: meters with their roll-ups, events, deliveries, conflicts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDay
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.metering.models import Aggregation, Meter, UsageBatch, UsageConflict, UsageEvent, UsageHour
from tollbook.web.charts import stacked_bars
from tollbook.web.menu import MenuEntry
from tollbook.web.panels import Notice
from tollbook.web.parts import Chart, Facts, Page, Part, Rows, Stat, fact, listing, show
from tollbook.web.sockets import Adds, Finder, Found, page_of
from tollbook.web.tables import Column, Filter, Table
from tollbook.web.templatetags.web import quantity

DAYS = 30
SHOWN = 10
ROLLUPS_LOOKED_AT = 200
MENU = [
    MenuEntry("Meters", "staff-metering:meters", "chart-bar", 40, "Usage"),
    MenuEntry("Events", "staff-metering:events", "bolt", 42, "Usage"),
    MenuEntry("Deliveries", "staff-metering:batches", "inbox-arrow-down", 44, "Usage"),
    MenuEntry("Conflicts", "staff-metering:conflicts", "exclamation-triangle", 46, "Usage"),
]
PAGES = {"mtr": "staff-metering:meter"}


def _meter_href(meter: Meter) -> str:
    return reverse("staff-metering:meter", args=[meter.public_id])


METERS = Table(
    "meters",
    [
        Column("Meter", lambda m: m.name, sort="name", href=_meter_href, note=lambda m: m.code),
        Column("Unit", lambda m: m.unit, sort="unit"),
        Column("Reading", lambda m: m.get_aggregation_display(), sort="aggregation"),
        Column("Split by", lambda m: ", ".join(m.dimensions)),
        Column("Takes negative", lambda m: "yes" if m.allow_negative else "no", sort="allow_negative"),
    ],
    order="name",
    search=("code", "name", "public_id"),
    filters=(
        Filter(
            "reading",
            "Reading",
            tuple((a.value, str(a.label).capitalize(), Q(aggregation=a.value)) for a in Aggregation),
        ),
    ),
    empty_title="No meters yet",
    empty_text="An import or the API declares what is counted, and how.",
)


def _named(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Rows of a usage table, which has no foreign keys, with their customer's and meter's names."""
    customers = Customer.objects.filter(pk=OuterRef("customer_id"))
    named: QuerySet[Any] = rows.annotate(
        customer_name=Subquery(customers.values("name")[:1]),
        customer_public_id=Subquery(customers.values("public_id")[:1]),
    )
    return named


def _metered(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    meters = Meter.objects.filter(pk=OuterRef("meter_id"))
    metered: QuerySet[Any] = _named(rows).annotate(
        meter_name=Subquery(meters.values("name")[:1]),
        meter_public_id=Subquery(meters.values("public_id")[:1]),
        unit=Subquery(meters.values("unit")[:1]),
    )
    return metered


_CUSTOMER = Column("Customer", lambda r: r.customer_name, href=lambda r: page_of(r.customer_public_id or ""))
_DIMS = Column("Dimensions", lambda r: r.dims, "mono")
HOURS = Table(
    "hours",
    [
        Column("Hour", lambda h: h.hour, "instant", sort="hour"),
        _CUSTOMER,
        _DIMS,
        Column("Events", lambda h: h.events, "quantity", sort="events"),
        Column("Sum", lambda h: h.total, "quantity", sort="total"),
        Column("Highest", lambda h: h.peak, "quantity", sort="peak"),
        Column("Latest", lambda h: h.last, "quantity"),
        Column("Charging", lambda h: "pending" if h.pending else "seen", "state"),
    ],
    order="-hour",
    search=("customer_name", "dims"),
    filters=(Filter("seen", "Charging", (("no", "Not looked at yet", Q(pending=True)),)),),
    empty_title="No use yet",
    empty_text="Events of this meter are rolled up here by the hour.",
)
_BATCH_COLUMNS = [
    Column("Received", lambda b: b.received_at, "instant", sort="received_at", href=lambda b: _batch_href(b)),
    Column("Door", lambda b: b.door, sort="door"),
    Column("Sent by", lambda b: b.actor, sort="actor"),
    Column("Accepted", lambda b: b.accepted, "quantity", sort="accepted"),
    Column("Repeated", lambda b: b.repeated, "quantity", sort="repeated"),
    Column("Conflicting", lambda b: b.conflicting, "quantity", sort="conflicting"),
]
BATCHES = Table(
    "deliveries",
    _BATCH_COLUMNS,
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


def _batch_href(batch: UsageBatch) -> str:
    return reverse("staff-metering:events") + f"?batch={batch.pk}"


EVENTS = Table(
    "events",
    [
        Column("Event", lambda e: e.event_id, "mono", note=lambda e: e.source),
        Column("When", lambda e: e.at, "instant", sort="at"),
        _CUSTOMER,
        Column("Meter", lambda e: e.meter_name, href=lambda e: page_of(e.meter_public_id or "")),
        Column("Quantity", lambda e: e.quantity, "quantity", sort="quantity", note=lambda e: e.unit),
        _DIMS,
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
        _CUSTOMER,
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
def meters(request: HttpRequest) -> HttpResponseBase:
    """Every meter."""
    return listing(request, METERS, Meter.objects.all(), Page("Meters", about="What is counted, and how."))


@staff_page()
def meter(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One meter: its use by day, its roll-ups, its latest deliveries."""
    found = get_object_or_404(Meter, public_id=public_id)
    hours = UsageHour.objects.filter(meter_id=found.pk)
    last = hours.order_by("-hour").values_list("hour", flat=True).first()
    before: list[Part] = [
        Facts(
            "Meter",
            [
                fact("Code", found.code, "mono"),
                fact("Unit", found.unit),
                fact("A reading is the", found.get_aggregation_display()),
                fact("Split by", ", ".join(found.dimensions)),
                fact("Takes negative", "yes" if found.allow_negative else "no"),
                fact("All events", "Search them", href=reverse("staff-metering:events") + f"?meter={public_id}"),
            ],
        ),
        _chart(f"Use by day, in {found.unit or 'units'}", hours, "total", last or clock.now(), found.unit),
        Rows("Latest deliveries with this meter", _BATCH_COLUMNS, _batches(hours, found), "None yet."),
    ]
    page = Page(found.name, crumbs=(("Meters", reverse("staff-metering:meters")),), code=public_id)
    return listing(request, HOURS, _named(hours), page, before=before)


def _batches(hours: QuerySet[UsageHour], meter: Meter) -> QuerySet[UsageBatch]:
    """Deliveries behind the meter's latest roll-ups; the index of events begins with the customer."""
    recent = list(hours.order_by("-hour").values_list("customer_id", "hour")[:ROLLUPS_LOOKED_AT])
    events = UsageEvent.objects.filter(
        customer_id__in={customer for customer, _ in recent},
        meter_id=meter.pk,
        bucket__gte=min((hour for _, hour in recent), default=clock.now()),
    )
    ids = events.order_by().values_list("batch_id", flat=True).distinct()
    return UsageBatch.objects.filter(pk__in=ids).order_by("-pk")[:SHOWN]


def _since(until: datetime) -> datetime:
    """The beginning of the DAYS days of which `until` is in the last."""
    return until.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)


def _chart(title: str, hours: QuerySet[UsageHour], what: str, until: datetime, unit: str) -> Chart:
    """A bar for each of the DAYS up to `until`: the sum of `what` ("total" or "events"); days are UTC days."""
    first = _since(until)
    rows = (
        hours.filter(hour__gte=first, hour__lt=first + timedelta(days=DAYS)).annotate(day=TruncDay("hour")).order_by()
    )
    by = {day.date(): Decimal(total) for day, total in rows.values_list("day").annotate(sum=Sum(what))}
    days = [(first + timedelta(days=n)).date() for n in range(DAYS)]
    bars = [(f"{day.day} {day:%b}", [by.get(day, Decimal(0))]) for day in days]
    drawing = stacked_bars(title, [title], bars, unit)
    empty = "" if by else f"No use in the {DAYS} days up to {days[-1].day} {days[-1]:%b %Y}."
    busiest = max(by, key=lambda day: by[day], default=days[-1])
    told = (
        f"{quantity(sum(by.values(), Decimal(0)))} {unit} in {DAYS} days, most of them on {busiest.day} {busiest:%B}."
    )
    return Chart(title, drawing, told, empty=empty)


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
    return listing(request, EVENTS, _metered(rows), Page("Usage events", about=about))


@staff_page()
def batches(request: HttpRequest) -> HttpResponseBase:
    """Deliveries."""
    about = "Each acknowledged delivery of events, and what became of it."
    return listing(request, BATCHES, UsageBatch.objects.all(), Page("Deliveries", about=about))


@staff_page()
def conflicts(request: HttpRequest) -> HttpResponseBase:
    """Events that came again with another body."""
    about = "The same id came again with another body: kept apart, counted nowhere, told to the sender."
    return listing(request, CONFLICTS, _named(UsageConflict.objects.all()), Page("Conflicts", about=about))


@staff_page()
def conflict(request: HttpRequest, number: int) -> HttpResponseBase:
    """One conflict beside the event that counts."""
    found: Any = get_object_or_404(_named(UsageConflict.objects.all()), pk=number)
    rows = UsageEvent.objects.filter(customer_id=found.customer_id, source=found.source, event_id=found.event_id)
    kept: Any = _metered(rows).first()
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


def _month(now: datetime) -> Iterable[Stat]:
    found = UsageHour.objects.filter(hour__gte=_since(now)).aggregate(n=Sum("events"))["n"] or 0
    yield Stat("Usage events", found, "quantity", f"In the last {DAYS} days", reverse("staff-metering:events"))


def _by_day(now: datetime) -> Iterable[Part]:
    yield _chart("Usage events by day", UsageHour.objects.all(), "events", now, "events")


def _of_customer(customer: Customer) -> Iterable[Part]:
    hours = UsageHour.objects.filter(customer_id=customer.pk)
    now = clock.now()
    yield _chart("Usage events by day", hours, "events", now, "events")
    top = hours.filter(hour__gte=_since(now)).order_by().values("meter_id").annotate(n=Sum("events"), sum=Sum("total"))
    name = Subquery(Meter.objects.filter(pk=OuterRef("meter_id")).values("name")[:1])
    unit = Subquery(Meter.objects.filter(pk=OuterRef("meter_id")).values("unit")[:1])
    public_id = Subquery(Meter.objects.filter(pk=OuterRef("meter_id")).values("public_id")[:1])
    rows = top.annotate(name=name, unit=unit, public_id=public_id).order_by(F("n").desc(), "meter_id")[:SHOWN]
    more = ("All events", reverse("staff-metering:events") + f"?customer={customer.public_id}")
    yield Rows(f"Most used in {DAYS} days", _TOP, rows, f"No use in the last {DAYS} days.", more, wide=False)


_TOP = [
    Column("Meter", lambda r: r["name"], href=lambda r: page_of(r["public_id"])),
    Column("Events", lambda r: r["n"], "quantity"),
    Column("Sum", lambda r: r["sum"], "quantity", note=lambda r: r["unit"]),
]


def _notices(request: HttpRequest) -> Iterable[Notice]:
    found = UsageConflict.objects.count()
    if found:
        text = f"{found} came again with another body; they are counted nowhere."
        yield Notice("warn", "Usage events in conflict", text, reverse("staff-metering:conflicts"), "Show them")


def _find(text: str, limit: int) -> list[Found]:
    rows = Meter.objects.filter(Q(public_id=text) | Q(name__icontains=text) | Q(code__icontains=text))
    return [Found(m.name, m.code, _meter_href(m)) for m in rows.order_by("name", "pk")[:limit]]


PARTS = [
    Adds("dashboard-stats", 50, _month),
    Adds("dashboard", 20, _by_day),
    Adds("customer", 40, _of_customer),
]
NOTICES = [_notices]
FINDERS = [Finder("Meters", 60, _find)]
urls = [
    path("meters/", meters, name="meters"),
    path("meters/<str:public_id>/", meter, name="meter"),
    path("events/", events, name="events"),
    path("deliveries/", batches, name="batches"),
    path("conflicts/", conflicts, name="conflicts"),
    path("conflicts/<int:number>/", conflict, name="conflict"),
]
