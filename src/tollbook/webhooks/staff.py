"""Webhooks for staff: every endpoint, what was sent to it, and those of brands, which staff keep."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.identity.access import proven_again, staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.errors import NotFound
from tollbook.notifications.events import CATALOGUE
from tollbook.web.forms import Field, Form, acted
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Facts, Listing, Page, Part, Rows, Words, fact, listing, show
from tollbook.web.sockets import Adds, page_of
from tollbook.web.tables import Column, Filter, Table
from tollbook.webhooks import actions, queries
from tollbook.webhooks.actions import TEST, By
from tollbook.webhooks.models import Delivery, Endpoint
from tollbook.webhooks.queries import Holder
from tollbook.webhooks.rules import EndpointState
from tollbook.webhooks.told import about_kinds, table_of

KEEPERS = (StaffRole.ADMINISTRATOR,)
MENU = [MenuEntry("Webhooks", "staff-webhooks:list", "bolt", 74, "Installation")]
PAGES = {"whe": "staff-webhooks:page"}


def _href(found: Endpoint) -> str:
    return reverse("staff-webhooks:page", args=[found.public_id])


_COLUMNS = [
    Column("Address", lambda e: e.url, href=_href, note=lambda e: e.description),
    Column("Of", lambda e: e.customer.name if e.customer else e.brand.name, note=lambda e: _whose(e)),
    Column("Events", lambda e: about_kinds(e.kinds)),
    Column("State", lambda e: _state(e), "state", note=lambda e: e.note),
    Column("Failing since", lambda e: e.failing_since, "instant"),
]
ENDPOINTS = Table(
    "webhooks",
    _COLUMNS,
    order="pk",
    search=("url", "description", "customer__name", "public_id"),
    filters=(
        Filter(
            "state",
            "State",
            (
                ("failing", "Failing or off", Q(state="off") | Q(failing_since__isnull=False)),
                ("brand", "Of brands", Q(customer=None)),
            ),
        ),
    ),
    empty_title="No webhooks yet",
    empty_text="Customers add them in their portal; those of a brand hear of all its customers.",
)


def _whose(found: Endpoint) -> str:
    return found.brand.name if found.customer else "all customers of the brand"


def _state(found: Endpoint) -> str:
    return "failed" if found.state == "off" or found.failing_since else str(found.state)


def _may(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.staff_role in KEEPERS


def _by(request: HttpRequest) -> By:
    return By(request.user.email if isinstance(request.user, User) else "", "staff")


@staff_page()
def webhooks(request: HttpRequest) -> HttpResponseBase:
    """Every endpoint that was not removed."""
    rows = Endpoint.objects.exclude(state=EndpointState.REMOVED).select_related("brand", "customer")
    about = "Addresses to which events are sent, signed; each is tried for three days."
    return listing(request, ENDPOINTS, rows, Page("Webhooks", about=about))


def _found(public_id: str) -> Endpoint:
    try:
        return queries.endpoint(public_id)
    except NotFound:
        raise Http404 from None


@staff_page()
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One endpoint and what was sent to it."""
    found = _found(public_id)
    table = table_of(lambda row: reverse("staff-webhooks:delivery", args=[public_id, row.public_id]))
    rows = queries.deliveries(found)
    if request.GET.get("export") == "csv":
        return table.export(request, rows)
    parts: list[Part] = [
        Facts(
            "Endpoint",
            [
                fact("Customer", found.customer.name if found.customer else "", href=_customer_page(found)),
                fact("Brand", found.brand.name, href=page_of(found.brand.public_id)),
                fact("Events", about_kinds(found.kinds)),
                fact("Made", found.created_at, "instant"),
                fact("Failing since", found.failing_since, "instant", note=found.note),
                fact("Old secret signs until", found.old_until, "instant"),
            ],
        ),
        *(_forms(found) if _may(request) else ()),
        Listing("Deliveries", table.page(request, rows)),
    ]
    crumbs = (("Webhooks", reverse("staff-webhooks:list")),)
    return show(request, Page(found.url, _state(found), found.description, crumbs, parts, public_id))


def _customer_page(found: Endpoint) -> str:
    return page_of(found.customer.public_id) if found.customer else ""


def _forms(found: Endpoint) -> Iterable[Part]:
    def form(name: str, title: str, button: str, note: str = "") -> Form:
        return Form(title, reverse(f"staff-webhooks:{name}", args=[found.public_id]), [], button, note)

    yield form("test", "Test", "Send a test", "It appears below.")
    if found.state == EndpointState.ACTIVE:
        yield form("pause", "Pause", "Pause it", "What happens is kept for it.")
    else:
        yield form("resume", "Go on", "Let it go on")
    if found.customer is None:
        yield form("rotate", "New secret", "Make one", "For 24 hours messages are signed with both.")
        yield form("secret", "Secret", "Show it", "That it was shown stands in the audit trail.")
        yield form("remove", "Remove", "Remove it", "What waits is given up.")


def _switch(state: EndpointState) -> Callable[[HttpRequest, Endpoint], object]:
    return lambda request, found: actions.switch(found.public_id, state, by=_by(request))


def _only_brands(found: Endpoint) -> None:
    """A customer's secret and endpoint are the customer's own affair."""
    if found.customer is not None:
        raise Http404


def _remove(request: HttpRequest, found: Endpoint) -> object:
    _only_brands(found)
    return actions.switch(found.public_id, EndpointState.REMOVED, by=_by(request))


def _rotate(request: HttpRequest, found: Endpoint) -> object:
    _only_brands(found)
    return actions.rotate(found.public_id, by=_by(request))


ACTS: dict[str, tuple[Callable[[HttpRequest, Endpoint], Any], str]] = {
    "test": (lambda r, e: actions.send_test(e.public_id, by=_by(r)), "A test is on its way."),
    "pause": (_switch(EndpointState.PAUSED), "It is paused."),
    "resume": (_switch(EndpointState.ACTIVE), "It goes on."),
    "rotate": (_rotate, "There is a new secret."),
    "remove": (_remove, "The webhook is removed."),
}


@require_POST
@staff_page(*KEEPERS)
@proven_again
def act(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Do one of the acts that the endpoint's page offers."""
    found = _found(public_id)
    do, done = ACTS[name]
    back = reverse("staff-webhooks:list") if name == "remove" else _href(found)
    return acted(request, lambda: do(request, found), done, back)


@require_POST
@staff_page(*KEEPERS)
@proven_again
def secret(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The secret of a brand's endpoint."""
    found = _found(public_id)
    _only_brands(found)
    text = actions.reveal(public_id, by=_by(request))
    crumbs = (("Webhooks", reverse("staff-webhooks:list")), (found.url, _href(found)))
    return show(request, Page("Secret", "", found.url, crumbs, [Facts("Secret", [fact("Secret", text, "mono")])]))


@staff_page()
def delivery(request: HttpRequest, public_id: str, delivery_id: str) -> HttpResponseBase:
    """What was sent and what came back."""
    found = _found(public_id)
    try:
        row = queries.delivery(found, delivery_id)
    except NotFound:
        raise Http404 from None
    parts: list[Part] = [
        Facts(
            "Delivery",
            [
                fact("Event", queries.kind_name(row)),
                fact("About", row.object_id, "mono", href=page_of(row.object_id)),
                fact("Message", queries.message_id(row), "mono"),
                fact("Next attempt", None if row.ended_at else row.due_at, "instant"),
                fact("Ended", row.ended_at, "instant"),
            ],
        ),
        Words("What is sent", [queries.body_of(row).decode()]),
        Rows("Attempts", _TRIES, sorted(row.tries.all(), key=lambda each: each.number), "Not tried yet."),
    ]
    if _may(request) and row.ended_at:
        to = reverse("staff-webhooks:replay", args=[public_id, delivery_id])
        parts.append(Form("Send again", to, [], "Send it again", "It keeps its message id."))
    crumbs = (("Webhooks", reverse("staff-webhooks:list")), (found.url, _href(found)))
    return show(request, Page(queries.kind_name(row), str(row.state), "", crumbs, parts, row.public_id))


_TRIES = [
    Column("Number", lambda t: t.number, "quantity"),
    Column("At", lambda t: t.at, "instant"),
    Column("Milliseconds", lambda t: t.took_ms, "quantity"),
    Column("Answer", lambda t: str(t.status) if t.status is not None else t.error),
    Column("Body", lambda t: t.body),
]


@require_POST
@staff_page(*KEEPERS)
def replay(request: HttpRequest, public_id: str, delivery_id: str) -> HttpResponse:
    """Send a delivery again."""
    found = _found(public_id)
    again: Callable[[], Delivery] = lambda: actions.replay(public_id, delivery_id, by=_by(request))  # noqa: E731
    return acted(request, again, "It is sent again.", _href(found))


@require_POST
@staff_page(*KEEPERS)
def add(request: HttpRequest, brand: str) -> HttpResponse:
    """Add an endpoint of a brand."""
    whose = get_object_or_404(Brand, public_id=brand)
    kinds = [name for each in request.POST.get("kinds", "").replace(",", "\n").split("\n") if (name := each.strip())]
    url, about = request.POST.get("url", "").strip(), request.POST.get("description", "")
    back = reverse("staff-brands:page", args=[brand])
    return acted(
        request,
        lambda: actions.add(Holder(whose), url, kinds=kinds, description=about, by=_by(request)),
        "The webhook is made. Its secret is on its page.",
        back,
    )


def _of_brand(found: Brand) -> Iterable[Part]:
    yield Rows("Webhooks of the brand", _COLUMNS, queries.of_holder(Holder(found)), "None yet.")
    kinds = ", ".join(name for name in CATALOGUE if name != TEST)
    yield Form(
        "Add a webhook for all its customers",
        reverse("staff-webhooks:add", args=[found.public_id]),
        [
            Field("url", "Address"),
            Field("kinds", "Events", "lines", required=False, help=f"One a line; empty: all. {kinds}"),
            Field("description", "What it is for", required=False),
        ],
        "Add it",
        "Administrators only.",
    )


def _of_customer(found: Customer) -> Iterable[Part]:
    rows = list(queries.of_holder(Holder(found.brand, found)))
    if rows:
        yield Rows("Webhooks", _COLUMNS, rows)


PARTS = [Adds("brand", 80, _of_brand), Adds("customer", 92, _of_customer)]
urls: list[URLPattern] = [
    path("webhooks/", webhooks, name="list"),
    path("webhooks/of/<str:brand>/", add, name="add"),
    path("webhooks/<str:public_id>/", page, name="page"),
    path("webhooks/<str:public_id>/secret/", secret, name="secret"),
    path("webhooks/<str:public_id>/deliveries/<str:delivery_id>/", delivery, name="delivery"),
    path("webhooks/<str:public_id>/deliveries/<str:delivery_id>/replay/", replay, name="replay"),
    *(path(f"webhooks/<str:public_id>/{name}/", act, {"name": name}, name=name) for name in ACTS),
]
