"""Meters, each with its use by day, its roll-ups and its latest deliveries; and use of late on other pages."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDay
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.metering.models import STATES, SUMMED, Aggregation, Meter, UsageBatch, UsageEvent, UsageHour
from tollbook.metering.staff.rows import BATCH_COLUMNS, CUSTOMER, DIMS, named
from tollbook.web.charts import stacked_bars
from tollbook.web.parts import Chart, Fact, Facts, Page, Part, Rows, Stat, fact, listing
from tollbook.web.sockets import Found, page_of
from tollbook.web.tables import Column, Filter, Table
from tollbook.web.templatetags.web import quantity

DAYS = 30
SHOWN = 10
ROLLUPS_LOOKED_AT = 200


def _meter_href(meter: Meter) -> str:
    return reverse("staff-metering:meter", args=[meter.public_id])


METERS = Table(
    "meters",
    [
        Column("Meter", lambda m: m.name, sort="name", href=_meter_href, note=lambda m: m.code),
        Column("Unit", lambda m: m.unit, sort="unit"),
        Column("Reading", lambda m: m.get_aggregation_display(), sort="aggregation"),
        Column("Split by", lambda m: ", ".join(m.dimensions)),
        Column("Carried on", lambda m: "yes" if m.carries else "no", sort="carries"),
        Column("Takes negative", lambda m: "yes" if m.allow_negative or m.aggregation in STATES else "no"),
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


HOURS = Table(
    "hours",
    [
        Column("Hour", lambda h: h.hour, "instant", sort="hour"),
        CUSTOMER,
        DIMS,
        Column("Events", lambda h: h.events, "quantity", sort="events"),
        Column("Sum", lambda h: h.total, "quantity", sort="total"),
        Column("Lowest", lambda h: h.low, "quantity", sort="low"),
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
                fact("Takes negative", "yes" if found.allow_negative or found.aggregation in STATES else "no"),
                *_rules(found),
                fact("All events", "Search them", href=reverse("staff-metering:events") + f"?meter={public_id}"),
            ],
        ),
        _use(found, hours, last or clock.now()),
        Rows("Latest deliveries with this meter", BATCH_COLUMNS, _batches(hours, found), "None yet."),
    ]
    page = Page(found.name, crumbs=(("Meters", reverse("staff-metering:meters")),), code=public_id)
    return listing(request, HOURS, named(hours), page, before=before)


def _rules(found: Meter) -> list[Fact]:
    """What else decides a reading."""
    told = []
    if found.aggregation in STATES:
        what = "what is there when a period ends is there when the next one begins"
        told.append(fact("From period to period", what if found.carries else "each period begins with nothing"))
    if found.round_to is not None:
        told.append(fact("Rounded", f"{found.get_round_mode_display()}, to {found.round_to} places"))
    return told


def _use(found: Meter, hours: QuerySet[UsageHour], until: datetime) -> Chart:
    """Use by day where days add up; else only how many events there were."""
    if found.aggregation in SUMMED:
        return _chart(f"Use by day, in {found.unit or 'units'}", hours, "total", until, found.unit)
    return _chart("Events by day", hours, "events", until, "events")


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
    told = f"{quantity(sum(by.values(), Decimal(0)))} {unit} in {DAYS} days, the most on {busiest.day} {busiest:%B}."
    return Chart(title, drawing, told, empty=empty)


def month(now: datetime) -> Iterable[Stat]:
    """How many events there were of late."""
    found = UsageHour.objects.filter(hour__gte=_since(now)).aggregate(n=Sum("events"))["n"] or 0
    yield Stat("Usage events", found, "quantity", f"In the last {DAYS} days", reverse("staff-metering:events"))


def by_day(now: datetime) -> Iterable[Part]:
    """Events by day, of all customers."""
    yield _chart("Usage events by day", UsageHour.objects.all(), "events", now, "events")


def of_customer(customer: Customer) -> Iterable[Part]:
    """A customer's use of late: by day, and of what."""
    hours = UsageHour.objects.filter(customer_id=customer.pk)
    now = clock.now()
    yield _chart("Usage events by day", hours, "events", now, "events")
    top = hours.filter(hour__gte=_since(now)).order_by().values("meter_id").annotate(n=Sum("events"), sum=Sum("total"))
    name = Subquery(Meter.objects.filter(pk=OuterRef("meter_id")).values("name")[:1])
    unit = Subquery(Meter.objects.filter(pk=OuterRef("meter_id")).values("unit")[:1])
    public_id = Subquery(Meter.objects.filter(pk=OuterRef("meter_id")).values("public_id")[:1])
    kind = Subquery(Meter.objects.filter(pk=OuterRef("meter_id")).values("aggregation")[:1])
    rows = top.annotate(name=name, unit=unit, public_id=public_id, kind=kind).order_by(F("n").desc(), "meter_id")[
        :SHOWN
    ]
    more = ("All events", reverse("staff-metering:events") + f"?customer={customer.public_id}")
    yield Rows(f"Most used in {DAYS} days", _TOP, rows, f"No use in the last {DAYS} days.", more, wide=False)


_TOP = [
    Column("Meter", lambda r: r["name"], href=lambda r: page_of(r["public_id"])),
    Column("Events", lambda r: r["n"], "quantity"),
    # The sum of values that do not add up says nothing.
    Column("Sum", lambda r: r["sum"] if r["kind"] in SUMMED else None, "quantity", note=lambda r: r["unit"]),
]


def find(text: str, limit: int) -> list[Found]:
    """Meters with the text in their name or code, or with that id."""
    rows = Meter.objects.filter(Q(public_id=text) | Q(name__icontains=text) | Q(code__icontains=text))
    return [Found(m.name, m.code, _meter_href(m)) for m in rows.order_by("name", "pk")[:limit]]
