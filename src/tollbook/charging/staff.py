"""Staff pages about charges: what is owed, invoiced or not yet."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from tollbook.charging import change_staff, plan_staff
from tollbook.charging.models import Charge, Unbilled
from tollbook.charging.queries import of_period, taken_off
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.kernel.money import Money
from tollbook.promotions.models import Promotion
from tollbook.rating import words
from tollbook.subscriptions.models import Subscription
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Facts, Page, Part, Rows, Stat, Words, fact, listing, show
from tollbook.web.sockets import Adds, page_of, parts_of
from tollbook.web.tables import Column, Filter, Table

SHOWN = 20
MENU = [MenuEntry("Charges", "staff-charging:list", "receipt-percent", 32, "Selling")]
PAGES = {"chg": "staff-charging:page"}


def _href(charge: Charge) -> str:
    return reverse("staff-charging:page", args=[charge.public_id])


def _state(charge: Any) -> str:
    return "not invoiced" if charge.waits else "invoiced"


def _days(charge: Charge) -> str:
    return f"{charge.period_start:%Y-%m-%d} to {charge.period_end:%Y-%m-%d}"


_PRICE = Column("Charge", lambda c: c.price.name, sort="price__name", href=_href, note=_days)
_REST = [
    Column("Quantity", lambda c: c.quantity, "quantity", sort="quantity", note=lambda c: c.price.unit),
    Column("Amount", lambda c: Money(c.amount, c.currency), "exact", sort="amount"),
    Column("Revision", lambda c: c.revision, "quantity", sort="revision", note=lambda c: c.reason),
    Column("State", _state, "state"),
]
CHARGES = Table(
    "charges",
    [
        _PRICE,
        Column(
            "Customer", lambda c: c.customer.name, sort="customer__name", href=lambda c: page_of(c.customer.public_id)
        ),
        *_REST,
        Column("Made", lambda c: c.created_at, "instant", sort="created_at"),
    ],
    order="-id",
    search=("public_id", "customer__name", "price__name", "price__section"),
    filters=(
        Filter("state", "State", (("waiting", "Not invoiced", Q(waits=True)), ("done", "Invoiced", Q(waits=False)))),
        Filter("what", "Revision", (("corrections", "Corrections", Q(revision__gt=1)),)),
    ),
    empty_title="No charges yet",
    empty_text="A charge appears when a period ends, or as prepaid use happens.",
)


def _rows() -> QuerySet[Any]:
    """Charges that know whether they wait for an invoice."""
    waits = Exists(Unbilled.objects.filter(charge=OuterRef("pk")))
    return Charge.objects.select_related("customer", "price").annotate(waits=waits)


@staff_page()
def charges(request: HttpRequest) -> HttpResponseBase:
    """Every charge."""
    about = "What is owed, once, for ever. A correction is a new revision with the difference."
    return listing(request, CHARGES, _rows(), Page("Charges", about=about))


@staff_page()
def charge(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One charge: its reading, its arithmetic, its revisions, where it was invoiced."""
    found = get_object_or_404(_rows().select_related("subscription", "customer", "price"), public_id=public_id)
    amount = Money(found.amount, found.currency)
    parts: list[Part] = [
        Facts(
            "Charge",
            [
                fact("Customer", found.customer.name, href=page_of(found.customer.public_id)),
                fact("Subscription", found.subscription.public_id, "mono", page_of(found.subscription.public_id)),
                fact("Price", found.price.name, href=page_of(found.price.public_id)),
                fact("From", found.period_start, "instant"),
                fact("To", found.period_end, "instant", note="this instant is of the next period"),
                fact("Quantity", found.quantity, "quantity", note=found.price.unit),
                fact("Usage events", found.events, "quantity"),
                fact("Amount", amount, "exact", note="exact; it is rounded once, on its invoice line"),
                fact("Revision", found.revision, "quantity", note=found.reason),
                fact("Made", found.created_at, "instant"),
            ],
        ),
        Words("How it came to be", _arithmetic(found), steps=True),
        Rows("Revisions of this price and period", _REVISIONS, of_period(found)),
        *parts_of("charge", found),
    ]
    crumbs = (("Charges", reverse("staff-charging:list")),)
    return show(request, Page(found.price.name, _state(found), found.customer.name, crumbs, parts, public_id))


def _arithmetic(found: Charge) -> list[str]:
    """The steps of the whole reading, as sentences."""
    return [words(line, found.currency, found.price.unit) for line in found.rated.get("lines", [])]


_REVISIONS = [
    Column("Revision", lambda c: c.public_id, "mono", href=_href),
    Column("Number", lambda c: c.revision, "quantity", note=lambda c: c.reason),
    Column("Quantity", lambda c: c.quantity, "quantity"),
    Column("Amount", lambda c: Money(c.amount, c.currency), "exact"),
    Column("Made", lambda c: c.created_at, "instant"),
]


def _waiting(rows: QuerySet[Charge]) -> list[Money]:
    by = (
        rows.filter(unbilled__isnull=False)
        .order_by()
        .values_list("currency")
        .annotate(sum=Sum("amount"))
        .order_by("-sum")
    )
    return [Money(total, currency) for currency, total in by]


def _dashboard(now: datetime) -> Iterable[Stat]:
    found = _waiting(Charge.objects.all())
    href = reverse("staff-charging:list") + "?state=waiting"
    first = found[0] if found else "None"
    yield Stat("Not invoiced yet", first, "money" if found else "text", "Charges that wait", href, more=found[1:])


def _stats_of(customer: Customer) -> Iterable[Stat]:
    found = _waiting(Charge.objects.filter(customer=customer))
    note = "Charged, on no invoice yet"
    yield Stat("Not invoiced yet", found[0] if found else "None", "money" if found else "text", note)


def _of_customer(customer: Customer) -> Iterable[Part]:
    rows = _rows().filter(customer=customer, waits=True).order_by("-id")[:SHOWN]
    yield Rows("Charges not invoiced yet", [_PRICE, *_REST[:3]], rows, "Everything charged is on an invoice.")


def _of_subscription(subscription: Subscription) -> Iterable[Part]:
    rows = _rows().filter(subscription=subscription).order_by("-period_start", "-id")[:SHOWN]
    yield Rows(f"Latest charges, at most {SHOWN}", [_PRICE, *_REST], rows, "Nothing is charged yet.")


def _of_promotion(promotion: Promotion) -> Iterable[Part]:
    """What it has taken off so far, as priced, by currency."""
    found = [Money(total, currency) for currency, total in taken_off(promotion.pk)]
    facts = [fact(f"In {each.currency}", each, "exact") for each in found]
    yield Facts("Taken off so far", facts or [fact("Charges", "It has lowered none yet")])


PARTS = [
    Adds("promotion", 20, _of_promotion),
    Adds("dashboard-stats", 60, _dashboard),
    Adds("customer-stats", 30, _stats_of),
    Adds("customer", 15, plan_staff.of_customer),
    Adds("customer", 45, _of_customer),
    Adds("subscription", 5, change_staff.of_subscription),
    Adds("subscription", 20, _of_subscription),
]
urls = [
    path("charges/", charges, name="list"),
    path("charges/<str:public_id>/", charge, name="page"),
    path("customers/<str:public_id>/plan/", plan_staff.plan, name="plan"),
    path("subscriptions/<str:public_id>/change/", change_staff.change_page, name="change"),
]
