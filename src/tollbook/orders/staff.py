"""Staff pages about orders: what was ordered, what waits to be accepted, and which plans customers can order."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tollbook.catalog.models import Plan
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.identity.models import AuditEntry, StaffRole, User
from tollbook.identity.queries import trail
from tollbook.invoicing.documents import pdf
from tollbook.kernel.errors import NotFound
from tollbook.kernel.money import Money
from tollbook.orders import actions, offers, queries
from tollbook.orders.drafting import By
from tollbook.orders.models import Line, Offer, Order
from tollbook.orders.papers import offers_paper, paper_of
from tollbook.orders.rules import State
from tollbook.payments.portal_papers import document_response
from tollbook.web.forms import Field, Form, acted
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Facts, Page, Part, Rows, Stat, fact, listing, show
from tollbook.web.sockets import Adds, Finder, Found, page_of
from tollbook.web.tables import Column, Filter, Table

SHOWN = 10
SELLERS = (StaffRole.SUPPORT, StaffRole.BILLING, StaffRole.ADMINISTRATOR)
OFFERERS = (StaffRole.CATALOGUE, StaffRole.ADMINISTRATOR)
MENU = [
    MenuEntry("Orders", "staff-orders:list", "shopping-cart", 22),
    MenuEntry("Offers", "staff-orders:offers", "shopping-bag", 30, "Selling"),
]
PAGES = {"ord": "staff-orders:page"}


def _href(order: Order) -> str:
    return reverse("staff-orders:page", args=[order.public_id])


_ORDER = Column("Order", lambda o: o.public_id, "mono", href=_href, note=lambda o: o.note)
_WHOSE = Column(
    "Customer", lambda o: o.customer.name, sort="customer__name", href=lambda o: page_of(o.customer.public_id)
)
_REST = [
    Column("State", lambda o: o.state, "state", sort="state"),
    Column("Made", lambda o: o.created_at, "instant", sort="created_at"),
    Column("Placed", lambda o: o.placed_at, "instant", sort="placed_at"),
    Column("Due at once", lambda o: Money(o.total, o.currency), "money", sort="total"),
    Column("Invoice", lambda o: o.invoice.label if o.invoice else "", href=lambda o: _invoice_href(o)),
]
ORDERS = Table(
    "orders",
    [_ORDER, _WHOSE, *_REST],
    order="-created_at",
    search=("public_id", "key", "customer__name"),
    filters=(Filter("state", "State", tuple((s.value, s.value.capitalize(), Q(state=s.value)) for s in State)),),
    empty_title="No orders yet",
    empty_text="They come from the customers' portal and the API.",
)
_LINES = [
    Column("Plan", lambda line: line.version.plan.name, href=lambda line: page_of(line.version.public_id)),
    Column("Options", lambda line: _options(line), note=lambda line: line.code),
    Column("Due at once", lambda line: Money(line.net, line.order.currency), "money"),
    Column(
        "Subscription",
        lambda line: line.subscription.state if line.subscription else "",
        "state",
        href=lambda line: page_of(line.subscription.public_id) if line.subscription else "",
    ),
    Column(
        "Service",
        lambda line: line.service.state if line.service else "",
        "state",
        href=lambda line: page_of(line.service.public_id) if line.service else "",
    ),
]


_HISTORY = [
    Column("When", lambda e: e.at, "instant"),
    Column("What", lambda e: e.verb.removeprefix("order.").capitalize(), note=lambda e: _detail(e)),
    Column("Who", lambda e: e.actor, note=lambda e: e.door),
]


def _detail(entry: AuditEntry) -> str:
    said = {"reason": "", "pay_by": "to be paid by "}
    return ", ".join(f"{before}{entry.detail[name]}" for name, before in said.items() if name in entry.detail)


def _options(line: Line) -> str:
    return ", ".join(f"{name}: {value}" for name, value in line.options.items())


def _invoice_href(order: Order) -> str:
    return page_of(order.invoice.public_id) if order.invoice else ""


def _may(request: HttpRequest, roles: tuple[StaffRole, ...]) -> bool:
    return isinstance(request.user, User) and request.user.staff_role in roles


def _by(request: HttpRequest) -> By:
    return By(request.user.email if isinstance(request.user, User) else "", "staff", people=True)


@staff_page()
def orders(request: HttpRequest) -> HttpResponseBase:
    """Every order."""
    rows = Order.objects.select_related("customer", "invoice")
    return listing(request, ORDERS, rows, Page("Orders", about="What customers ordered, and how far it is."))


@staff_page()
def order(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One order: its lines, what became of them, and what can be done."""
    rows = Order.objects.select_related("customer__brand", "customer__group", "invoice")
    found = get_object_or_404(rows, public_id=public_id)
    lines: list[Line] = queries.lines_of(found)
    parts: list[Part] = [
        Facts(
            "Order",
            [
                fact("Customer", found.customer.name, href=page_of(found.customer.public_id)),
                fact("Made", found.created_at, "instant", note=found.key),
                fact("Placed", found.placed_at, "instant", note=found.placed_by),
                fact("Accepted", found.accepted_at, "instant"),
                fact("To be paid by", found.pay_by, "instant", note="cancelled then" if found.pay_by else ""),
                fact("Ended", found.ended_at, "instant"),
                fact("Payment", found.payment.replace("_", " ")),
                fact("Invoice", found.invoice.label if found.invoice else "", href=_invoice_href(found)),
            ],
        ),
        Facts(
            "Due at once",
            [
                fact("Net", Money(found.net, found.currency), "money"),
                fact("Tax", Money(found.tax, found.currency), "money"),
                fact("Total", Money(found.total, found.currency), "money", note="as estimated for the customer"),
            ],
            links=[("Download proforma", reverse("staff-orders:proforma", args=[public_id]))]
            if offers_paper(found)
            else [],
        ),
        Rows("Lines", _LINES, lines),
        *(_forms(found) if _may(request, SELLERS) else ()),
        Rows("What happened", _HISTORY, trail(public_id), "Nothing yet."),
    ]
    crumbs = (("Orders", reverse("staff-orders:list")),)
    return show(request, Page("Order", found.state, found.note, crumbs, parts, public_id))


@staff_page()
def proforma(request: HttpRequest, public_id: str) -> HttpResponse:
    """The proforma of an order that is to be paid first, as PDF."""
    rows = Order.objects.select_related("customer__brand", "customer__group", "invoice")
    found = get_object_or_404(rows, public_id=public_id)
    if not offers_paper(found):
        raise Http404
    return document_response(f"proforma-{public_id}", pdf.render_pdf(paper_of(found)), "pdf")


def _forms(found: Order) -> list[Part]:
    def to(name: str) -> str:
        return reverse(f"staff-orders:{name}", args=[found.public_id])

    forms: list[Part] = []
    if found.state == State.PLACED:
        forms.append(Form("Accept it", to("accept"), [], "Accept", "Its subscriptions begin now."))
    if found.state in (State.DRAFT, State.PLACED, State.ACCEPTED):
        why = [Field("reason", "Reason, which the customer reads")]
        forms.append(Form("Cancel it", to("cancel"), why, "Cancel", "What was invoiced of it is credited."))
    return forms


_ACTS: dict[str, tuple[Callable[[HttpRequest, str], Any], str]] = {
    "accept": (lambda r, i: actions.accept(i, by=_by(r)), "The order is accepted."),
    "cancel": (
        lambda r, i: actions.cancel(i, reason=r.POST.get("reason", ""), by=_by(r)),
        "The order is cancelled.",
    ),
}


@require_POST
@staff_page(*SELLERS)
def act(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Accept or cancel an order."""
    found = get_object_or_404(Order, public_id=public_id)
    do, done = _ACTS[name]
    return acted(request, lambda: do(request, public_id), done, _href(found))


_OFFERS = [
    Column("Plan", lambda o: o.plan.name, href=lambda o: page_of(o.plan.public_id), note=lambda o: o.plan.product.name),
    Column("Brand", lambda o: o.plan.product.brand.name),
    Column("Words", lambda o: o.text),
    Column("Position", lambda o: o.position, "quantity"),
]


@staff_page()
def offered(request: HttpRequest) -> HttpResponseBase:
    """Which plans customers can order by themselves."""
    rows = Offer.objects.select_related("plan__product__brand").order_by("position", "plan__name")
    parts: list[Part] = [Rows("Offers", _OFFERS, rows, "Customers cannot order anything yet.")]
    if _may(request, OFFERERS):
        plans = Plan.objects.select_related("product__brand").order_by("product__brand__name", "product__name", "name")
        choices = [(plan.public_id, f"{plan.product.brand.name}: {plan.product.name}, {plan.name}") for plan in plans]
        fields = [
            Field("plan", "Plan", choices=choices),
            Field("text", "Words for customers", required=False),
            Field("position", "Position", "number", "100", help="Smaller stands higher."),
        ]
        gone = [Field("plan", "Plan", choices=[(o.plan.public_id, o.plan.name) for o in rows])]
        add, withdraw = (reverse("staff-orders:offer", args=[what]) for what in ("add", "withdraw"))
        parts.append(Form("Offer a plan", add, fields, "Offer it"))
        if gone[0].choices:
            parts.append(Form("Offer it no more", withdraw, gone, "Withdraw it"))
    return show(request, Page("Offers", about="What customers order by themselves; staff order any plan.", parts=parts))


def _plan(request: HttpRequest) -> Plan:
    found = Plan.objects.filter(public_id=request.POST.get("plan", "")).first()
    if found is None:
        raise NotFound("plan_not_found", "plan: choose one", param="plan")
    return found


def _offer(request: HttpRequest) -> None:
    typed = request.POST.get("position", "").strip()
    position = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < len("100000") else 100
    offers.offer(_plan(request), text=request.POST.get("text", ""), position=position, by=_by(request))


@require_POST
@staff_page(*OFFERERS)
def change_offer(request: HttpRequest, what: str) -> HttpResponse:
    """Offer a plan ("add"), or no more ("withdraw")."""
    back = reverse("staff-orders:offers")
    if what == "add":
        return acted(request, lambda: _offer(request), "Customers can order it.", back)
    if what != "withdraw":
        raise Http404
    return acted(request, lambda: offers.withdraw(_plan(request), by=_by(request)), "It is offered no more.", back)


def _waiting(now: datetime) -> Iterable[Stat]:
    count = Order.objects.filter(state=State.PLACED).count()
    stuck = Order.objects.filter(state=State.ACCEPTED).exclude(note="").count()
    href = reverse("staff-orders:list") + "?state=placed"
    note = f"{stuck} paid and stuck" if stuck else "Placed by customers"
    yield Stat("Orders to accept", count, "quantity", note, href, "warn" if count or stuck else "")


def _of_customer(customer: Customer) -> Iterable[Part]:
    rows = queries.of_customer(customer)[:SHOWN]
    more = ("All orders", reverse("staff-orders:list") + f"?q={customer.name}")
    yield Rows("Orders", [_ORDER, *_REST], rows, "This customer has ordered nothing.", more)


def _find(text: str, limit: int) -> list[Found]:
    match = Q(public_id=text) | Q(key=text) | Q(customer__name__icontains=text)
    rows = Order.objects.filter(match).select_related("customer").order_by("-created_at")[:limit]
    return [Found(o.customer.name, f"Order of {o.created_at:%Y-%m-%d}", _href(o), o.state) for o in rows]


PARTS = [Adds("dashboard-stats", 28, _waiting), Adds("customer", 24, _of_customer)]
FINDERS = [Finder("Orders", 36, _find)]
urls = [
    path("orders/", orders, name="list"),
    path("orders/offers/", offered, name="offers"),
    path("orders/offers/<str:what>/", change_offer, name="offer"),
    path("orders/<str:public_id>/", order, name="page"),
    path("orders/<str:public_id>/proforma.pdf", proforma, name="proforma"),
    *(path(f"orders/<str:public_id>/{name}/", act, {"name": name}, name=name) for name in _ACTS),
]
