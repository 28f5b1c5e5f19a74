"""Staff pages about subscriptions."""

from collections.abc import Iterable

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import history, of_customer
from tollbook.subscriptions.rules import State, when
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Facts, Page, Part, Rows, Words, fact, listing, show
from tollbook.web.sockets import Adds, Finder, Found, page_of, parts_of
from tollbook.web.tables import Column, Filter, Table

SHOWN = 20
MENU = [MenuEntry("Subscriptions", "staff-subscriptions:list", "arrow-path", 24)]
PAGES = {"sub": "staff-subscriptions:page"}


def _href(found: Subscription) -> str:
    return reverse("staff-subscriptions:page", args=[found.public_id])


_PLAN = Column(
    "Plan",
    lambda s: s.version.plan.name,
    sort="version__plan__name",
    href=_href,
    note=lambda s: f"version {s.version.number}",
)
_STATE = Column("State", lambda s: s.state, "state", sort="state")
_REST = [
    Column("Since", lambda s: s.started_at, "day", sort="started_at"),
    Column("Charged until", lambda s: s.closed_until, "instant", sort="closed_until"),
    Column("Next due", lambda s: s.due_at, "instant", sort="due_at"),
]
_HISTORY = [
    Column(
        "Plan",
        lambda each: each[1].version.plan.name,
        href=lambda each: page_of(each[1].version.public_id),
        note=lambda each: f"version {each[1].version.number}",
    ),
    Column("From", lambda each: each[0].start, "instant"),
    Column("Until", lambda each: each[0].end, "instant"),
    Column("State", lambda each: when(each[0], clock.now()), "state"),
    Column("Said", lambda each: each[1].created_at, "instant", note=lambda each: each[1].reason),
]
SUBSCRIPTIONS = Table(
    "subscriptions",
    [
        _PLAN,
        Column(
            "Customer", lambda s: s.customer.name, sort="customer__name", href=lambda s: page_of(s.customer.public_id)
        ),
        _STATE,
        *_REST,
        Column("Id", lambda s: s.public_id, "mono"),
    ],
    order="-started_at",
    search=("public_id", "key", "customer__name", "version__plan__name"),
    filters=(Filter("state", "State", tuple((s.value, s.value.capitalize(), Q(state=s.value)) for s in State)),),
    empty_title="No subscriptions yet",
)


@staff_page()
def subscriptions(request: HttpRequest) -> HttpResponseBase:
    """Every subscription."""
    rows = Subscription.objects.select_related("customer", "version__plan")
    return listing(request, SUBSCRIPTIONS, rows, Page("Subscriptions", about="Who has agreed to which plan."))


@staff_page()
def subscription(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One subscription: its terms, how its periods run, and what it was charged."""
    rows = Subscription.objects.select_related("customer", "version__plan__product", "book__group")
    found = get_object_or_404(rows, public_id=public_id)
    plan = found.version.plan
    parts: list[Part] = [
        Facts(
            "Subscription",
            [
                fact("Customer", found.customer.name, href=page_of(found.customer.public_id)),
                fact("Product", plan.product.name, href=page_of(plan.product.public_id)),
                fact("Plan", plan.name, href=page_of(plan.public_id)),
                fact("Version", f"Version {found.version.number}", href=page_of(found.version.public_id)),
                fact("Prices in", found.book.group.name if found.book.group else found.book.currency),
                fact("Key", found.key, "mono"),
            ],
        ),
        Facts(
            "Life",
            [
                fact("Began", found.started_at, "instant"),
                fact("Ended", found.ended_at, "instant"),
                fact("Charged until", found.closed_until, "instant", note="Later news of before is a correction."),
                fact("Next due", found.due_at, "instant"),
            ],
        ),
        Words("Its periods in words", _words(found), wide=True),
        Rows("Which plan counts when", _HISTORY, history(found), note="A later word replaces an earlier one."),
        *parts_of("subscription", found),
    ]
    crumbs = (("Subscriptions", reverse("staff-subscriptions:list")),)
    return show(request, Page(plan.name, found.state, found.customer.name, crumbs, parts, public_id))


def _words(found: Subscription) -> list[str]:
    months = "each month" if found.months == 1 else f"every {found.months} months"
    turns = (
        f"A period turns {months}, on the first day of the month."
        if found.alignment == Subscription.Alignment.CALENDAR
        else f"A period turns {months}, on day {found.anchor.day}; where a month has no such day, on its last day."
    )
    zone = f"Days begin at midnight in {found.customer.zone}."
    prepaid = (
        "Use draws on the customer's wallet as it happens." if found.prepaid else "Use is charged when its period ends."
    )
    return [turns, zone, prepaid]


def _of_customer(customer: Customer) -> Iterable[Part]:
    rows = of_customer(customer)[:SHOWN]
    yield Rows("Subscriptions", [_PLAN, _STATE, *_REST], rows, "This customer has subscribed to nothing yet.")


def _find(text: str, limit: int) -> list[Found]:
    match = Q(public_id=text) | Q(key=text) | Q(customer__name__icontains=text) | Q(version__plan__name__icontains=text)
    rows = Subscription.objects.filter(match).select_related("customer", "version__plan").order_by("-started_at", "pk")
    return [
        Found(s.version.plan.name, f"{s.customer.name}, since {s.started_at:%Y-%m-%d}", _href(s), s.state)
        for s in rows[:limit]
    ]


PARTS = [Adds("customer", 20, _of_customer)]
FINDERS = [Finder("Subscriptions", 30, _find)]
urls = [
    path("subscriptions/", subscriptions, name="list"),
    path("subscriptions/<str:public_id>/", subscription, name="page"),
]
