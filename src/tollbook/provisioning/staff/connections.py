"""Connections: made from their connector's settings, tested, and told what plans deliver through them."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan
from tollbook.identity.access import proven_again, staff_page
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import NotFound, TollbookError
from tollbook.provisioning import connections as rooms
from tollbook.provisioning.connectors.base import Connector
from tollbook.provisioning.forms import FormField, Input, form_fields
from tollbook.provisioning.models import Connection, Delivery
from tollbook.provisioning.registry import connector, registry
from tollbook.provisioning.specs import read_spec, typed
from tollbook.provisioning.staff.acts import may_act, who
from tollbook.web.forms import Field, Form, acted
from tollbook.web.parts import Facts, Page, Part, Rows, fact, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column

MAKERS = (StaffRole.ADMINISTRATOR,)
_KINDS = {Input.SECRET: "password", Input.NUMBER: "number", Input.SWITCH: "switch", Input.TEXT: "text"}
_COLUMNS = [
    Column("Connection", lambda c: c.name, href=lambda c: _href(c.public_id), note=lambda c: c.brand.name),
    Column("Kind", lambda c: c.kind),
    Column("State", lambda c: _state(c), "state"),
    Column("Tested", lambda c: c.tested_at, "instant", note=lambda c: c.test_note),
]
_DELIVERIES = [
    Column("Plan", lambda d: d.plan.name, href=lambda d: page_of(d.plan.public_id), note=lambda d: d.plan.product.name),
    Column("Makes", lambda d: d.kind, note=lambda d: ", ".join(typed(d.spec))),
    Column("Asks for", lambda d: ", ".join(d.asks)),
    Column("Customers stop it", lambda d: "yes" if d.customer_stops else "no"),
]


def _href(public_id: str) -> str:
    return reverse("staff-provisioning:connection", args=[public_id])


def _state(found: Connection) -> str:
    if found.retired_at is not None:
        return "retired"
    return "failed" if found.test_failed else "active"


@staff_page()
def connections(request: HttpRequest) -> HttpResponseBase:
    """Every connection, and the kinds that can be added."""
    rows = Connection.objects.select_related("brand").order_by("brand__name", "name")
    parts: list[Part] = [Rows("Connections", _COLUMNS, rows, "None yet: add one of the kinds below.")]
    if may_act(request, *MAKERS):
        parts.append(Rows("Add one", _NEW, _to_add(), "There is no brand yet."))
    about = "Other systems in which services are made. Their settings are sealed."
    return show(request, Page("Connections", about=about, parts=parts))


def _to_add() -> list[tuple[Brand, type[Connector]]]:
    return [(brand, kind) for brand in Brand.objects.order_by("name") for kind in registry().values()]


_NEW = [
    Column(
        "Kind",
        lambda each: each[1].title,
        href=lambda each: reverse("staff-provisioning:connection-new", args=[each[0].public_id, each[1].kind]),
    ),
    Column("For", lambda each: each[0].name),
]


def _fields(fields: Sequence[FormField], values: dict[str, Any], *, made: bool) -> list[Field]:
    found = []
    for each in fields:
        value = values.get(each.name, each.default)
        text = ("true" if value else "") if each.input is Input.SWITCH else "" if value is None else str(value)
        empty = made and each.input is Input.SECRET
        found.append(
            Field(
                each.name,
                each.label,
                _KINDS.get(each.input, "text"),
                text,
                [(choice, choice) for choice in each.choices],
                each.required and not empty,
                "Empty: it stays what it is." if empty else each.help,
            )
        )
    return found


def _given(request: HttpRequest, kind: str) -> dict[str, Any]:
    """What was typed: a switch that is off sends nothing."""
    given: dict[str, Any] = {}
    for each in form_fields(connector(kind).Settings):
        if each.input is Input.SWITCH:
            given[each.name] = request.POST.get(each.name) == "true"
        elif (text := request.POST.get(each.name, "").strip()) or each.input is Input.SECRET:
            given[each.name] = text
    return given


@require_http_methods(["GET", "POST"])
@staff_page(*MAKERS)
@proven_again
def new(request: HttpRequest, brand: str, kind: str) -> HttpResponseBase:
    """Add a connection of a kind for a brand."""
    whose = get_object_or_404(Brand, public_id=brand)
    try:
        found = connector(kind)
    except NotFound:
        raise Http404 from None
    values: dict[str, Any] = {}
    if request.method == "POST":
        values = _given(request, kind)
        try:
            made = rooms.connect(whose, kind, request.POST.get("connection_name", ""), values, **who(request))
        except TollbookError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "The connection is made. Test it before plans deliver through it.")
            return redirect(_href(made.public_id))
    name = Field("connection_name", "Name of the connection", value=request.POST.get("connection_name", ""))
    fields = [name, *_fields(form_fields(found.Settings), values, made=False)]
    parts: list[Part] = [Form("Settings", request.path, fields, "Make the connection", wide=True)]
    crumbs = (("Connections", reverse("staff-provisioning:connections")),)
    return show(request, Page(f"New connection: {found.title}", "", f"For {whose.name}.", crumbs, parts))


@staff_page()
def connection(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One connection: whether it is reached, what plans deliver through it, and its settings for who may see them."""
    found = get_object_or_404(Connection.objects.select_related("brand"), public_id=public_id)
    deliveries = Delivery.objects.filter(connection=found).select_related("plan__product").order_by("plan__name")
    parts: list[Part] = [
        Facts(
            "Connection",
            [
                fact("Brand", found.brand.name, href=page_of(found.brand.public_id)),
                fact("Kind", found.kind),
                fact("Made", found.created_at, "instant"),
                fact(
                    "Tested", found.tested_at, "instant", note=found.test_note or ("reached" if found.tested_at else "")
                ),
                fact("Services", found.services.exclude(state="terminated").count(), "quantity"),
                fact("Retired", found.retired_at, "instant"),
            ],
        ),
        *(_forms(found) if may_act(request, *MAKERS) else ()),
        Rows("What plans deliver through it", _DELIVERIES, deliveries, "No plan yet."),
    ]
    crumbs = (("Connections", reverse("staff-provisioning:connections")),)
    return show(request, Page(found.name, _state(found), found.brand.name, crumbs, parts, public_id))


def _forms(found: Connection) -> list[Part]:
    def to(name: str) -> str:
        return reverse(f"staff-provisioning:connection-{name}", args=[found.public_id])

    forms: list[Part] = [
        Form(
            "Test the connection",
            to("test"),
            [],
            "Test now",
            "It is asked about a thing that cannot be; nothing changes.",
        )
    ]
    if found.kind in registry():
        fields = _fields(form_fields(connector(found.kind).Settings), rooms.shown_settings(found), made=True)
        forms.append(Form("Settings", to("configure"), fields, "Save"))
    if found.retired_at is None:
        plans = (
            Plan.objects.filter(product__brand=found.brand).select_related("product").order_by("product__name", "name")
        )
        choices = [(plan.public_id, f"{plan.product.name}: {plan.name}") for plan in plans]
        fields = [
            Field("plan", "Plan", choices=choices),
            Field("kind", "Kind of thing", help="As the other system calls it, such as server."),
            Field("properties", "Properties", "lines", required=False, help="One a line: name = value."),
            Field("asks", "Asked of customers", required=False, help="Names of properties, divided by commas."),
            Field("customer_stops", "Customers stop and resume it by themselves", "switch"),
        ]
        if choices:
            forms.append(Form("Let a plan deliver through it", to("deliver"), fields, "Save"))
        forms.append(Form("Retire it", to("retire"), [], "Retire", "Nothing new is made; what was made goes on."))
    return forms


def _deliver(request: HttpRequest, found: Connection) -> None:
    plan = get_object_or_404(Plan.objects.select_related("product"), public_id=request.POST.get("plan", ""))
    spec = read_spec(request.POST.get("kind", ""), request.POST.get("properties", ""))
    asks = [name for each in request.POST.get("asks", "").split(",") if (name := each.strip())]
    stops = request.POST.get("customer_stops") == "true"
    rooms.deliver(plan, found, spec, asks=asks, customer_stops=stops, **who(request))


ACTS: dict[str, tuple[Callable[[HttpRequest, Connection], Any], str]] = {
    "test": (lambda r, c: rooms.test(c.public_id), "It was asked; see below what it said."),
    "configure": (
        lambda r, c: rooms.configure(c.public_id, _given(r, c.kind), **who(r)),
        "The settings are saved. Test the connection again.",
    ),
    "retire": (lambda r, c: rooms.retire(c.public_id, **who(r)), "Nothing new is made through it."),
    "deliver": (_deliver, "The plan delivers it from now on."),
}


@require_POST
@staff_page(*MAKERS)
@proven_again
def act(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Do one of the acts that the page of a connection offers."""
    found = get_object_or_404(Connection, public_id=public_id)
    do, done = ACTS[name]
    return acted(request, lambda: do(request, found), done, _href(public_id))
