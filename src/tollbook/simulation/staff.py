"""Staff pages about simulations: ask for one, see how far it is, read what came out, override the limit."""

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from tollbook.base import clock
from tollbook.catalog.models import PlanVersion
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.invoicing.drafting import DraftLine
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, Money
from tollbook.simulation import publish_staff
from tollbook.simulation.actions import ask, override
from tollbook.simulation.alternatives import of_version
from tollbook.simulation.gates import may_roll_out
from tollbook.simulation.models import Outcome, Simulation
from tollbook.simulation.queries import alternative_of, last_full_month, overridden, simulations, window_of
from tollbook.simulation.replay import Side, read_only, replay_customers
from tollbook.simulation.rules import percent
from tollbook.simulation.shown import of_currency
from tollbook.simulation.told import days_told, month
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Facts, Listing, Page, Part, Rows, Stat, Stats, fact, show
from tollbook.web.sockets import Adds, page_of
from tollbook.web.tables import Column, Table

ASKERS = (StaffRole.CATALOGUE, StaffRole.BILLING, StaffRole.FINANCE, StaffRole.ADMINISTRATOR)
OVERRIDERS = publish_staff.OVERRIDERS
VERSIONS_SHOWN = 200
MENU = [MenuEntry("Simulations", "staff-simulation:list", "scale", 31, "Selling")]
PAGES = {"sim": "staff-simulation:page"}


def _href(simulation: Simulation) -> str:
    return reverse("staff-simulation:page", args=[simulation.public_id])


def _prices(simulation: Simulation) -> str:
    return f"Version {simulation.version.number}" if simulation.version else "A draft"


def _days(simulation: Simulation) -> str:
    return days_told(simulation.period_start, simulation.period_end, simulation.plan.product.brand.zone)


def _done(simulation: Any) -> bool:
    return hasattr(simulation, "summary")


def _state(simulation: Any) -> str:
    return "done" if _done(simulation) else "running"


def _replayed(simulation: Any) -> str:
    return f"{simulation.found} of at most {simulation.customers}"


SIMULATIONS = Table(
    "simulations",
    [
        Column("Plan", lambda s: s.plan.name, sort="plan__name", href=_href, note=_prices),
        Column("Period", _days, sort="period_start"),
        Column("State", _state, "state"),
        Column("Customers", _replayed),
        Column("Asked by", lambda s: s.actor, sort="actor"),
        Column("Asked", lambda s: s.created_at, "instant", sort="created_at"),
    ],
    order="-created_at",
    search=("public_id", "plan__name", "plan__code", "actor"),
    empty_title="Nothing was simulated yet",
    empty_text="Choose a version and a month: it is replayed as if the version had been in force.",
)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


@staff_page()
def simulations_page(request: HttpRequest) -> HttpResponseBase:
    """Every simulation, and for those who may ask the form for a new one, which is queued."""
    if request.method != "POST":
        return _list(request, "")
    if _user(request).staff_role not in ASKERS:
        raise Http404
    return _ask(request)


def _list(request: HttpRequest, refusal: str) -> HttpResponseBase:
    rows = simulations()
    if request.GET.get("export") == "csv":
        return SIMULATIONS.export(request, rows)
    about = "A past month of a plan's customers under another version of its prices. Nothing is charged."
    page = Page("Simulations", about=about, parts=[Listing("Simulations", SIMULATIONS.page(request, rows))])
    versions = PlanVersion.objects.select_related("plan__product__brand").order_by("-created_at", "-pk")
    found = list(versions[:VERSIONS_SHOWN])
    last = last_full_month(found[0].plan.product.brand, clock.now()) if found else None
    form = {
        "may_ask": _user(request).staff_role in ASKERS,
        "versions": found,
        "chosen": request.POST.get("version", ""),
        "month": request.POST.get("month", f"{last.dates(found[0].plan.product.brand.zone)[0]:%Y-%m}" if last else ""),
        "refusal": refusal,
    }
    return show(request, page, template="simulation/staff_simulations.html", **form)


def _ask(request: HttpRequest) -> HttpResponseBase:
    rows = PlanVersion.objects.select_related("plan__product__brand")
    version = rows.filter(public_id=request.POST.get("version", "").replace("\0", "")).first()
    if version is None:
        return _list(request, "version: choose one of the list")
    try:
        window = month(request.POST.get("month", ""), version.plan.product.brand.zone)
        made = ask(of_version(version.plan, version), window, actor=_user(request).email, door="staff")
    except Refused as refused:
        return _list(request, refused.message)
    return redirect(_href(made))


def _found(public_id: str) -> Any:
    return get_object_or_404(simulations(), public_id=public_id)


@staff_page()
def simulation_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One simulation: totals, who wins and who loses, and every customer."""
    return _page(request, _found(public_id), "")


def _page(request: HttpRequest, found: Any, refusal: str) -> HttpResponseBase:
    rows = Outcome.objects.filter(simulation=found).select_related("customer")
    table = _outcomes(found)
    if request.GET.get("export") == "csv":
        return table.export(request, rows)
    totals = found.summary.totals if _done(found) else []
    parts: list[Part] = [part for each in totals for part in of_currency(each)]
    parts += [_facts(found), Listing("Customers", table.page(request, rows))]
    about = f"{_prices(found)}, {_days(found)}"
    crumbs = (("Simulations", reverse("staff-simulation:list")),)
    page = Page(found.plan.name, _state(found), about, crumbs, parts, found.public_id)
    held = _held(found.version) if found.version and _done(found) else ""
    return show(
        request, page, template="simulation/staff_simulation.html", found=found, held=held, refusal=refusal,
        running=not _done(found), may_override=bool(held) and _user(request).staff_role in OVERRIDERS,
    )  # fmt: skip


def _held(version: PlanVersion) -> str:
    """Why the version is not rolled out by the limit; empty where it may be."""
    if version.scope == PlanVersion.Scope.NEW:
        return ""
    try:
        may_roll_out(version)
    except Refused as refused:
        return refused.message
    return ""


@staff_page(*OVERRIDERS)
def override_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Let the simulated version count for everybody above the limit, with a reason."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = _found(public_id)
    if found.version is None:
        raise Http404
    try:
        override(found.version, request.POST.get("reason", ""), actor=_user(request).email, door="staff")
    except Refused as refused:
        return _page(request, found, refused.message)
    return redirect(_href(found))


def _facts(found: Any) -> Facts:
    facts = [
        fact("Plan", found.plan.name, href=page_of(found.plan.public_id)),
        fact("Prices", _prices(found), href=page_of(found.version.public_id) if found.version else ""),
        fact("Period", _days(found), note="periods of subscriptions that begin on these days"),
        fact("Customers replayed", _replayed(found)),
        fact("Asked by", found.actor),
        fact("Asked", found.created_at, "instant"),
        fact("Done", found.summary.created_at if _done(found) else None, "instant"),
    ]
    if found.version and overridden(found.version):
        facts.append(fact("Overridden", found.version.override.reason, note=found.version.override.actor))
    return Facts("Simulation", facts, wide=True)


def _outcomes(found: Simulation) -> Table:
    def side_by_side(row: Outcome) -> str:
        return reverse("staff-simulation:customer", args=[found.public_id, row.customer.public_id])

    return Table(
        f"simulation-{found.public_id}",
        [
            Column("Customer", lambda r: r.customer.name, sort="customer__name", href=side_by_side),
            Column("Net as charged", lambda r: Money(r.old_net, r.currency), "money", sort="old_net"),
            Column("Net simulated", lambda r: Money(r.new_net, r.currency), "money", sort="new_net"),
            Column("Difference", lambda r: Money(r.difference, r.currency), "money", sort="difference"),
            Column("Change %", lambda r: percent(r.difference, r.old_net), "quantity"),
            Column("Total as charged", lambda r: Money(r.old_total, r.currency), "money", sort="old_total"),
            Column("Total simulated", lambda r: Money(r.new_total, r.currency), "money", sort="new_total"),
            Column("Open periods", lambda r: r.open_periods, "quantity", sort="open_periods"),
        ],
        order="-difference",
        search=("customer__name", "customer__public_id", "customer__reference"),
        empty_title="No customer yet",
        empty_text="Customers appear here as they are replayed; nobody, where nobody had the plan.",
    )


@staff_page()
def customer_page(request: HttpRequest, public_id: str, customer_id: str) -> HttpResponseBase:
    """A customer's invoices side by side, line by line, replayed now."""
    found = _found(public_id)
    customer = get_object_or_404(Customer, public_id=customer_id)
    with read_only():
        replayed = replay_customers([customer.pk], alternative_of(found), window_of(found))
    if not replayed:
        raise Http404
    parts: list[Part] = []
    for each in replayed:
        currency = each.row.currency
        stats = [
            Stat("Total as charged", Money(each.row.old.total, currency), "money", "Tax included"),
            Stat("Total simulated", Money(each.row.new.total, currency), "money", "Tax included"),
            Stat("Difference, net", Money(each.row.difference, currency), "money", _share(each.row.percent)),
        ]
        parts.append(Stats(f"In {currency}", stats))
        parts.append(_lines("As charged", each.old))
        parts.append(_lines("Simulated", each.new))
    crumbs = (("Simulations", reverse("staff-simulation:list")), (found.plan.name, _href(found)))
    about = f"{found.plan.name}, {_prices(found).lower()}, {_days(found)}"
    return show(request, Page(customer.name, about=about, crumbs=crumbs, parts=parts, code=customer.public_id))


def _share(value: Decimal | None) -> str:
    return f"{value} %" if value is not None else ""


def _lines(title: str, side: Side) -> Rows:
    currency = side.invoice.currency
    columns = [
        Column("Line", lambda x: x.price.name, note=_line_days),
        Column("Quantity", lambda x: x.first.quantity, "quantity", note=lambda x: x.price.unit),
        Column("Net", lambda x: Money(x.net, currency), "money"),
    ]
    total = EXACT.add(side.invoice.net, side.invoice.tax)
    note = f"Net {side.invoice.net} + tax {side.invoice.tax} = {total} {currency}"
    return Rows(title, columns, side.invoice.lines, "Nothing is charged.", wide=False, note=note)


def _line_days(line: DraftLine) -> str:
    start: datetime = line.first.period_start
    return f"{start:%Y-%m-%d} to {line.first.period_end:%Y-%m-%d}"


PARTS = [Adds("draft", 10, publish_staff.of_draft)]
urls = [
    path("products/drafts/<str:public_id>/publish/", publish_staff.publish_page, name="publish"),
    path("simulations/", simulations_page, name="list"),
    path("simulations/<str:public_id>/", simulation_page, name="page"),
    path("simulations/<str:public_id>/override/", override_page, name="override"),
    path("simulations/<str:public_id>/customers/<str:customer_id>/", customer_page, name="customer"),
]
