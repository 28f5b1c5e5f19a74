"""Ordering: the catalogue, the estimate, and what became of each order."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tollbook.catalog.models import Price
from tollbook.catalog.told import cost_and_choices, tax_words
from tollbook.customers.access import CustomerRequest, feature_on, portal_page
from tollbook.customers.models import Membership
from tollbook.customers.settings import PORTAL_PAYMENT, SHOW_INVOICES
from tollbook.identity.models import User
from tollbook.invoicing.documents import pdf
from tollbook.kernel.errors import NotFound, TollbookError
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money
from tollbook.orders import actions, drafting, portal_change, queries
from tollbook.orders.drafting import MOST_LINES, By, Wish
from tollbook.orders.models import Order
from tollbook.orders.papers import offers_paper, paper_of
from tollbook.orders.queries import Sold
from tollbook.orders.rules import Payment, State
from tollbook.payments.portal_papers import document_response
from tollbook.rating import Terms, price_words
from tollbook.web.menu import MenuEntry
from tollbook.web.panels import Notice
from tollbook.web.refusals import in_words
from tollbook.web.tables import Column, Filter, Table
from tollbook.web.templatetags.web import money
from tollbook.web.words import day_text, later

BUYERS = (Membership.Role.OWNER.value, Membership.Role.BILLING.value)
MENU = [MenuEntry("Orders", "portal-orders:list", "shopping-cart", order=16)]
_UNDER_WAY = [State.PLACED, State.ACCEPTED, State.PROVISIONING]


def href(order: Order) -> str:
    """The order's page."""
    return reverse("portal-orders:page", args=[order.public_id])


ORDERS = Table(
    name="orders",
    columns=[
        Column("Order", lambda o: o.public_id, "mono", href=href),
        Column("State", lambda o: o.state, "state", sort="state"),
        Column("Made", lambda o: o.created_at, "instant", sort="created_at"),
        Column("Due at once", lambda o: Money(o.total, o.currency), "money", sort="total"),
        Column("Invoice", lambda o: o.invoice.label if o.invoice else ""),
    ],
    order="-created_at",
    search=("public_id",),
    filters=(
        Filter(
            "state",
            "State",
            (
                ("draft", "Drafts", Q(state=State.DRAFT)),
                ("open", "Under way", Q(state__in=_UNDER_WAY)),
                ("done", "Done", Q(state=State.DONE)),
                ("cancelled", "Cancelled", Q(state=State.CANCELLED)),
            ),
        ),
    ),
    empty_title="No orders yet",
    empty_text="Choose from the catalogue; you see what it costs before you order.",
)


@require_GET
@portal_page()
def listed(request: CustomerRequest) -> HttpResponseBase:
    """All orders of the customer."""
    rows = queries.of_customer(request.customer)
    if request.GET.get("export") == "csv":
        return ORDERS.export(request, rows)
    context = {"title": _("Orders"), "table": ORDERS.page(request, rows), "may_order": _may_order(request)}
    return render(request, "orders/portal_list.html", context)


@require_http_methods(["GET", "POST"])
@portal_page(*BUYERS)
def catalogue(request: CustomerRequest) -> HttpResponse:
    """What can be ordered, at which price in words; a post drafts an order with its estimate."""
    try:
        book, sold = queries.offers(request.customer)
    except NotFound:
        return render(request, "orders/portal_catalogue.html", {"title": _("Order"), "plans": []})
    if request.method == "POST":
        try:
            order = drafting.draft(request.customer, _wishes(request, sold), key=_key(request), by=_by(request))
        except TollbookError as error:
            messages.error(request, in_words(error))
            return redirect("portal-orders:catalogue")
        return redirect(href(order))
    context = {
        "title": _("Order"),
        "crumbs": [(_("Orders"), reverse("portal-orders:list")), (_("Order"), "")],
        "plans": [_shown(each, book.currency) for each in sold],
        "tax": " ".join(tax_words(book)),
        "most": MOST_LINES,
        "key": new_id("key"),
    }
    return render(request, "orders/portal_catalogue.html", context)


def _shown(sold: Sold, currency: str) -> dict[str, Any]:
    """A plan as the catalogue tells it."""
    prices = []
    for price in sold.prices:
        words = price_words(Terms.parse(price.terms), currency, price.unit, price.kind)
        cost, _choices = cost_and_choices(words, currency)
        prices.append({"name": price.name, "cost": cost, "once": price.kind == Price.Kind.ONE_TIME})
    return {
        "id": sold.plan.public_id,
        "name": sold.plan.name,
        "product": sold.plan.product.name,
        "text": sold.text,
        "prices": prices[:12],
        "more": max(len(prices) - 12, 0),
        "asks": sold.asks,
    }


def _wishes(request: CustomerRequest, sold: list[Sold]) -> list[Wish]:
    """What was chosen: each plan with a quantity, its options, and the code for all of them."""
    wishes = []
    for each in sold:
        name = each.plan.public_id
        typed = request.POST.get(f"quantity-{name}", "").strip()
        if typed in ("", "0"):
            continue
        quantity = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < len("1000") else 0
        options = {ask: request.POST.get(f"option-{name}-{ask}", "") for ask in each.asks}
        wishes.append(Wish(each.plan, quantity, code=request.POST.get("code", "").strip(), options=options))
    return wishes


def _key(request: CustomerRequest) -> str:
    return f"portal:{request.POST.get('key', '')[:60]}"


def _by(request: CustomerRequest) -> By:
    return By(request.user.email if isinstance(request.user, User) else "", "portal")


def _may_order(request: CustomerRequest) -> bool:
    return request.membership.role in BUYERS


def _owned(request: CustomerRequest, public_id: str) -> Order:
    try:
        return queries.by_public_id(public_id, request.customer)
    except NotFound:
        raise Http404 from None


@require_GET
@portal_page()
def page(request: CustomerRequest, public_id: str) -> HttpResponse:
    """One order: what it costs at once, how far it is, and what is next."""
    order = _owned(request, public_id)
    lines = queries.lines_of(order)
    buys = _may_order(request)
    waits = order.state == State.ACCEPTED and order.invoice is not None and order.invoice.state == "issued"
    context = {
        "title": _("Order"),
        "crumbs": [(_("Orders"), reverse("portal-orders:list")), (order.public_id, "")],
        "order": order,
        "lines": [
            {
                "line": line,
                "due": [(each["name"], Money(Decimal(each["net"]), order.currency)) for each in line.due],
                "net": Money(line.net, order.currency),
            }
            for line in lines
        ],
        "net": Money(order.net, order.currency),
        "tax": Money(order.tax, order.currency),
        "total": Money(order.total, order.currency),
        "pays_first": _payment(order) == Payment.FIRST and order.total > 0,
        "may_place": buys and order.state == State.DRAFT,
        "may_cancel": buys and (order.state in (State.DRAFT, State.PLACED) or waits),
        "pay": reverse("portal-payments:pay", args=[order.invoice.public_id])
        if order.invoice and waits and buys and feature_on(request.customer, PORTAL_PAYMENT)
        else "",
        "waits": waits,
        "paper": feature_on(request.customer, SHOW_INVOICES) and offers_paper(order),
    }
    return render(request, "orders/portal_page.html", context)


@require_GET
@portal_page(feature=SHOW_INVOICES)
def proforma(request: CustomerRequest, public_id: str) -> HttpResponse:
    """The proforma of an order that is to be paid first."""
    order = _owned(request, public_id)
    if not offers_paper(order):
        raise Http404
    return document_response(f"proforma-{public_id}", pdf.render_pdf(paper_of(order)), "pdf")


def _payment(order: Order) -> str:
    return order.payment or queries.payment_of(order.customer)


_ACTS: dict[str, tuple[Callable[[str, By], object], str]] = {
    "place": (lambda order_id, by: actions.place(order_id, by=by), later("The order is placed.")),
    "estimate": (lambda order_id, by: drafting.estimate_again(order_id, by=by), later("This is what it costs now.")),
    "cancel": (
        lambda order_id, by: actions.cancel(order_id, reason="Cancelled by the customer", by=by),
        later("The order is cancelled."),
    ),
}


@require_POST
@portal_page(*BUYERS)
def act(request: CustomerRequest, public_id: str, name: str) -> HttpResponse:
    """Place, estimate again or cancel an order."""
    order = _owned(request, public_id)
    do, done = _ACTS[name]
    try:
        do(order.public_id, _by(request))
    except TollbookError as error:
        messages.error(request, in_words(error))
    else:
        messages.success(request, done)
    return redirect(href(order))


def unpaid(request: CustomerRequest) -> Iterable[Notice]:
    """That orders wait to be paid until some day; more urgent once the customer was reminded."""
    if not _may_order(request):
        return
    for found in queries.waiting_of(request.customer)[:3]:
        title = _("An order of {currency} waits to be paid").format(currency=money(Money(found.total, found.currency)))
        told = _("Not paid by {day}, it is cancelled.").format(day=day_text(found.pay_by) if found.pay_by else "")
        yield Notice("info" if found.remind_at else "warn", title, told, href(found), _("See it"))


NOTICES = [unpaid]
PANELS = portal_change.PANELS
urls: list[URLPattern] = [
    *portal_change.urls,
    path("orders/", listed, name="list"),
    path("orders/new/", catalogue, name="catalogue"),
    path("orders/<str:public_id>/", page, name="page"),
    path("orders/<str:public_id>/proforma.pdf", proforma, name="proforma"),
    *(path(f"orders/<str:public_id>/{name}/", act, {"name": name}, name=name) for name in _ACTS),
]
