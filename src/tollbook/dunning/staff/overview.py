"""Who is overdue: by how much, since when, what was done last, what comes next and when."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.dunning.models import Pause, Step, Stop
from tollbook.dunning.queries import OPEN_STOP
from tollbook.identity.access import staff_page
from tollbook.invoicing.models import DEMANDS
from tollbook.kernel.money import Money
from tollbook.web.parts import Page, Stat, listing
from tollbook.web.tables import Column, Filter, Table


def href(customer: Customer) -> str:
    """The page about the dunning of a customer."""
    return reverse("staff-dunning:customer", args=[customer.public_id])


def _look(customer: Any) -> Any:
    return getattr(customer, "dunning_look", None)


def _next(customer: Any) -> str:
    look = _look(customer)
    return "" if look is None else look.next_what


TABLE = Table(
    "dunning",
    [
        Column("Customer", lambda c: c.name, sort="name", href=href, note=lambda c: c.brand.name),
        Column("Overdue", lambda c: Money(c.overdue, c.currency), "money", sort="overdue"),
        Column("Invoices", lambda c: c.invoices_overdue, "quantity", sort="invoices_overdue"),
        Column("Due since", lambda c: c.oldest, "day", sort="oldest"),
        Column("Stopped services", lambda c: c.stopped, "quantity", sort="stopped"),
        Column("Last step", lambda c: c.last_kind or "", "state", note=lambda c: c.last_at and f"{c.last_at:%Y-%m-%d}"),
        Column("Next step", _next, note=lambda c: _look(c) and _look(c).waits),
        Column("On", lambda c: _look(c) and _look(c).next_on, "day", sort="dunning_look__next_on"),
    ],
    order="oldest",
    search=("name", "public_id", "reference"),
    filters=(
        Filter(
            "what",
            "Which",
            (
                ("stopped", "With stopped services", Q(stopped__gt=0)),
                ("waits", "Exempt, promised or in dispute", Q(paused=True)),
            ),
        ),
    ),
    empty_title="Nobody is overdue",
    empty_text="Who does not pay by the due day stands here.",
)


def rows(at: datetime) -> "QuerySet[Customer]":
    """Customers with overdue invoices or stopped services; amounts are those in the customer's own currency."""
    late = Q(invoices__kind__in=DEMANDS, invoices__state="issued", invoices__due_on__lt=at.date())
    left = F("invoices__total") - F("invoices__prepaid") - F("invoices__credited") - F("invoices__settled")
    money: DecimalField[Decimal, Decimal] = DecimalField(max_digits=28, decimal_places=10)
    mine = Sum(left, filter=late & Q(invoices__currency=F("currency")), output_field=money)
    last = Step.objects.filter(customer=OuterRef("pk"), outcome=Step.Outcome.TAKEN).order_by("-taken_at", "-pk")
    stops = Stop.objects.filter(OPEN_STOP, customer=OuterRef("pk")).order_by().values("customer")
    pauses = Pause.objects.filter(customer=OuterRef("pk"), lifted_at__isnull=True)
    return (
        Customer.objects.select_related("brand", "dunning_look")
        .annotate(
            overdue=Coalesce(mine, Decimal(0), output_field=money),
            invoices_overdue=Count("invoices", filter=late),
            oldest=Min("invoices__due_on", filter=late),
            stopped=Coalesce(Subquery(stops.annotate(n=Count("pk")).values("n")), 0),
            last_kind=Subquery(last.values("kind")[:1]),
            last_at=Subquery(last.values("taken_at")[:1]),
            paused=Exists(pauses.filter(Q(until__isnull=True) | Q(until__gte=at.date()))),
        )
        .filter(Q(invoices_overdue__gt=0) | Q(stopped__gt=0))
    )  # fmt: skip


@staff_page()
def page(request: HttpRequest) -> HttpResponseBase:
    """Everybody who is overdue."""
    about = "Who is overdue, what was done, and what comes next if nothing is paid."
    return listing(request, TABLE, rows(clock.now()), Page("Dunning", about=about))


def stopped(now: datetime) -> Iterable[Stat]:
    """How many services dunning has stopped."""
    count = Stop.objects.filter(OPEN_STOP).count()
    yield Stat(
        "Stopped by dunning", count, "quantity", "Services", reverse("staff-dunning:list"), "warn" if count else ""
    )
