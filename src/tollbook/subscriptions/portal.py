"""The customer's subscriptions: what was agreed, at which price in words, and over which periods."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tollbook.base import clock
from tollbook.catalog.models import Price
from tollbook.catalog.queries import prices_of
from tollbook.catalog.told import cost_and_choices, tax_words
from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.kernel.period import Period
from tollbook.rating import Terms, price_words
from tollbook.subscriptions import queries
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import State, when
from tollbook.web.menu import MenuEntry
from tollbook.web.panels import Panel
from tollbook.web.tables import Column, Filter, Table

PERIODS_SHOWN = 12
LISTED = 5
METERED_SHOWN = 100
RESOLUTION = timedelta(microseconds=1)

#: Of a period: it runs, it was charged, it is over and not charged.
PERIOD_STATES = ("current", "charged", "over")
MENU = [MenuEntry("Subscriptions", "portal-subscriptions:list", "rectangle-stack", order=20)]

TABLE = Table(
    name="subscriptions",
    columns=[
        Column(
            "Subscription",
            lambda s: s.version.plan.name,
            sort="version__plan__name",
            href=lambda s: reverse("portal-subscriptions:page", args=[s.public_id]),
            note=lambda s: s.version.plan.product.name,
        ),
        Column("State", lambda s: s.state, "state", sort="state"),
        Column("Since", lambda s: s.started_at, "day", sort="started_at"),
        Column("Period", lambda s: every(s.months)),
        Column("Paid", lambda s: _("from the wallet") if s.prepaid else _("by invoice"), sort="prepaid"),
    ],
    order="-started_at",
    search=("version__plan__name", "version__plan__product__name", "public_id"),
    filters=(
        Filter(
            "state",
            "State",
            (
                ("live", "Active", Q(state__in=(State.ACTIVE, State.PENDING))),
                ("suspended", "Suspended", Q(state=State.SUSPENDED)),
                ("ended", "Ended", Q(state=State.ENDED)),
            ),
        ),
    ),
    empty_title="No subscriptions yet",
    empty_text="What you subscribe to appears here, with its price and its periods.",
)


def every(months: int) -> str:
    """How long a period is, in words."""
    names = {1: _("monthly"), 3: _("quarterly"), 6: _("half-yearly"), 12: _("yearly")}
    return names.get(months) or _("every {months} months").format(months=months)


@require_GET
@portal_page()
def listed(request: CustomerRequest) -> HttpResponseBase:
    """All subscriptions of the customer."""
    rows = queries.of_customer(request.customer)
    if request.GET.get("export") == "csv":
        return TABLE.export(request, rows)
    context = {"title": _("Subscriptions"), "table": TABLE.page(request, rows)}
    return render(request, "subscriptions/portal_list.html", context)


@require_GET
@portal_page()
def page(request: CustomerRequest, public_id: str) -> HttpResponse:
    """One subscription: its price in words, its periods, and what other rooms have to say about it."""
    found = queries.of_customer(request.customer).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    # The row is the customer's own: its zone is at hand and need not be read again.
    found.customer = request.customer
    found.book.brand = request.customer.brand
    now = clock.now()
    prices = [_price(price, found.book.currency) for price in prices_of(found.version_id, found.book_id)]
    metered = [p for p in prices if p["kind"] == Price.Kind.METERED]
    context = {
        "title": found.version.plan.name,
        "crumbs": [(_("Subscriptions"), reverse("portal-subscriptions:list")), (found.version.plan.name, "")],
        "subscription": found,
        "every": every(found.months),
        "tax": " ".join(tax_words(found.book)),
        "fees": [p for p in prices if p["kind"] != Price.Kind.METERED],
        "metered": metered[:METERED_SHOWN],
        "more": max(len(metered) - METERED_SHOWN, 0),
        "periods": periods(found, now),
        "plans": [(stage, phase.version, when(stage, now)) for stage, phase in reversed(queries.history(found))],
    }
    return render(request, "subscriptions/portal_page.html", context)


def _price(price: Price, currency: str) -> dict[str, Any]:
    """A price as its page tells it: the amount first, then every choice of its semantics."""
    cost, choices = cost_and_choices(price_words(Terms.parse(price.terms), currency, price.unit, price.kind), currency)
    when = _("in advance") if price.in_advance else _("at the end of the period")
    return {
        "name": price.name,
        "section": price.section,
        "kind": price.kind,
        "when": {
            Price.Kind.RECURRING: _("each period, {when}").format(when=when),
            Price.Kind.ONE_TIME: _("once, at the start"),
        }.get(Price.Kind(price.kind), _("for what is used")),
        "mode": price.mode,
        "cost": cost,
        "choices": choices,
    }


def periods(found: Subscription, now: datetime) -> list[dict[str, Any]]:
    """The latest periods up to now, the latest first, each with its state: current, charged or over."""
    schedule = queries.schedule_of(found)
    until = min(now, found.ended_at) if found.ended_at else now
    if until < found.started_at:
        return []
    shown: list[Period] = []
    whole = schedule.whole(until)
    while len(shown) < PERIODS_SHOWN and whole.end > found.started_at:
        part = schedule.clip(whole)
        if part is not None:
            shown.append(part)
        # The instant before a period begins lies in the one before it.
        whole = schedule.whole(whole.start - RESOLUTION)
    return [
        {
            "period": part,
            "share": schedule.share(part),
            "days": part.days(found.customer.zone),
            "state": PERIOD_STATES[0]
            if now in part
            else PERIOD_STATES[1]
            if found.closed_until and part.end <= found.closed_until
            else PERIOD_STATES[2],
        }
        for part in shown
    ]


def active_panel(request: CustomerRequest) -> dict[str, Any]:
    """How many subscriptions live, on the overview."""
    counts = queries.count_by_state(request.customer)
    live = counts.get(State.ACTIVE, 0)
    return {
        "live": live,
        "others": [
            (state, count) for state, count in sorted(counts.items()) if state not in {State.ACTIVE, State.ENDED}
        ],
        "latest": list(queries.of_customer(request.customer).filter(state=State.ACTIVE)[:2]),
    }


def listed_panel(request: CustomerRequest) -> dict[str, Any] | None:
    """The latest subscriptions that are not over, on the overview."""
    rows = queries.of_customer(request.customer).exclude(state=State.ENDED).order_by("-started_at", "-pk")
    shown = list(rows[:LISTED])
    return {"subscriptions": [(each, every(each.months)) for each in shown]} if shown else None


PANELS = [
    Panel("overview.stat", "subscriptions/portal_stat.html", active_panel, order=40),
    Panel("overview.side", "subscriptions/portal_side.html", listed_panel, order=20),
]
urls: list[URLPattern] = [
    path("subscriptions/", listed, name="list"),
    path("subscriptions/<str:public_id>/", page, name="page"),
]
