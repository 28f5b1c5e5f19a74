"""Events, deliveries and conflicts."""

from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.errors import Refused
from tollbook.kernel.text import clean_text
from tollbook.metering.corrections import cancel
from tollbook.metering.models import Meter, UsageBatch, UsageConflict, UsageCorrection, UsageEvent
from tollbook.metering.staff.rows import BATCH_COLUMNS, CUSTOMER, metered, named, with_correction
from tollbook.web.panels import Notice
from tollbook.web.parts import Facts, Page, Part, fact, listing, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table

# Who may count an event no more.
CORRECTS = (StaffRole.BILLING, StaffRole.FINANCE, StaffRole.ADMINISTRATOR)
REASON_LENGTH = 160
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
        Column("Event", lambda e: e.event_id, "mono", href=lambda e: event_href(e), note=lambda e: e.source),
        Column("When", lambda e: e.at, "instant", sort="at"),
        CUSTOMER,
        Column("Meter", lambda e: e.meter_name, href=lambda e: page_of(e.meter_public_id or ""), note=lambda e: e.dims),
        Column("Quantity", lambda e: e.quantity, "quantity", sort="quantity", note=lambda e: e.unit),
        Column("Resource", lambda e: e.resource, "mono"),
        Column("State", lambda e: e.correction or "counts", "state", note=lambda e: e.why),
    ],
    order="-at",
    search=("event_id", "source", "resource", "customer_name"),
    filters=(
        Filter(
            "state",
            "State",
            (("gone", "Cancelled or changed", ~Q(correction="")), ("counts", "Counts", Q(correction=""))),
        ),
    ),
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


def event_href(found: Any, name: str = "staff-metering:event", event_id: str = "") -> str:
    """The address of an event (of another one of its source, if named), whose customer is annotated."""
    query = urlencode({"source": found.source, "id": event_id or found.event_id})
    return f"{reverse(name, args=[found.customer_public_id])}?{query}"


def _said(body: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in body.items() if value not in ("", None, {}))


@staff_page()
def events(request: HttpRequest) -> HttpResponseBase:
    """Events, all or those of one customer, meter or delivery that the address names."""
    about = "Facts of use, as acknowledged. None is ever changed or removed; a cancelled one counts no more."
    rows = UsageEvent.objects.all()
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
    return listing(request, EVENTS, with_correction(metered(rows)), Page("Usage events", about=about))


@staff_page()
def event(request: HttpRequest, customer_id: str) -> HttpResponseBase:
    """One event of a customer, named in the query by source and id: what it says and whether it counts."""
    return _event(request, customer_id, "")


@staff_page(*CORRECTS)
def cancel_event(request: HttpRequest, customer_id: str) -> HttpResponseBase:
    """Count an event no more: asks once, for the reason, on the event's own page."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = _wanted(request, customer_id)
    customer = get_object_or_404(Customer, pk=found.customer_id)
    user = cast(User, request.user)
    try:
        reason = clean_text(request.POST.get("reason", ""), "reason", REASON_LENGTH)
        cancel(customer, found.source, found.event_id, reason=reason, door="staff", actor=user.email)
    except Refused as refused:
        return _event(request, customer_id, refused.message)
    return redirect(event_href(found))


def _wanted(request: HttpRequest, customer_id: str) -> Any:
    customer = get_object_or_404(Customer, public_id=customer_id)
    source, event_id = request.GET.get("source", ""), request.GET.get("id", "")
    if "\0" in source + event_id:
        raise Http404
    rows = UsageEvent.objects.filter(customer_id=customer.pk, source=source, event_id=event_id)
    found = with_correction(metered(rows)).first()
    if found is None:
        raise Http404
    return found


def _event(request: HttpRequest, customer_id: str, refused: str) -> HttpResponseBase:
    found = _wanted(request, customer_id)
    facts = [
        fact("Customer", found.customer_name, href=page_of(found.customer_public_id or "")),
        fact("Meter", found.meter_name, href=page_of(found.meter_public_id or "")),
        fact("Quantity", found.quantity, "quantity", note=found.unit),
        fact("When", found.at, "instant"),
        fact("Dimensions", found.dims, "mono"),
        fact("Resource", found.resource, "mono"),
        fact("Delivery", str(found.batch_id), href=f"{reverse('staff-metering:events')}?batch={found.batch_id}"),
    ]
    parts: list[Part] = [Facts("What it says", facts), _standing(found)]
    state = found.correction or "counts"
    page = Page(found.event_id, state, found.source, (("Events", reverse("staff-metering:events")),), parts)
    may = cast(User, request.user).staff_role in CORRECTS and not found.correction
    action = event_href(found, "staff-metering:cancel-event") if may else ""
    return show(request, page, template="metering/staff_event.html", action=action, refused=refused, most=REASON_LENGTH)


def _standing(found: Any) -> Facts:
    """Whether the event counts, or what became of it."""
    key = {"customer_id": found.customer_id, "source": found.source}
    by = UsageCorrection.objects.filter(**key, event_id=found.event_id).first()
    before = UsageCorrection.objects.filter(**key, replaced_by=found.event_id).values_list("event_id", flat=True)
    facts = [fact("Counts", "no" if by else "yes")]
    if by:
        facts += [
            fact("Because", by.reason),
            fact("Corrected", by.at, "instant", note=by.actor),
        ]
        if by.replaced_by:
            href = event_href(found, event_id=by.replaced_by)
            facts.append(fact("Counts instead", by.replaced_by, "mono", href=href))
    facts += [fact("Instead of", old, "mono", href=event_href(found, event_id=old)) for old in before]
    return Facts("Whether it counts", facts)


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
