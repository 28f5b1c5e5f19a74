"""Revenue less cost, by customer and together."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.kernel.money import WIDE, Money, round_to
from tollbook.sourcing.queries import Margin, margins, together, with_margin
from tollbook.web.parts import Page, Rows, Stat, listing
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table

BRANDS_SHOWN = 20


def percent(margin: Decimal, revenue: Decimal) -> Decimal | None:
    """The margin in percent of the revenue, to two places; None without revenue."""
    return round_to(WIDE.divide(margin * 100, revenue), 2) if revenue else None


_COLUMNS: list[Column] = [
    Column("Customer", lambda c: c.name, sort="name", href=lambda c: page_of(c.public_id)),
    Column("Brand", lambda c: c.brand.name, sort="brand__name"),
    Column("Revenue", lambda c: Money(c.revenue, c.currency), "money"),
    Column("Cost", lambda c: Money(c.cost, c.currency), "money"),
    Column("Margin", lambda c: Money(c.revenue - c.cost, c.currency), "money"),
    Column("Margin %", lambda c: percent(c.revenue - c.cost, c.revenue), "quantity"),
]
_TABLE = Table(
    "margin",
    _COLUMNS,
    order="name",
    search=("name", "public_id", "reference"),
    empty_title="No customers yet",
    empty_text="Margin is what customers are billed less what their use cost upstream.",
)
_TOTALS = [
    Column("Currency", lambda m: m.currency),
    Column("Revenue", lambda m: Money(m.revenue, m.currency), "exact"),
    Column("Cost", lambda m: Money(m.cost, m.currency), "exact"),
    Column("Margin", lambda m: Money(m.margin, m.currency), "exact"),
    Column("Margin %", lambda m: percent(m.margin, m.revenue), "quantity"),
]


@staff_page()
def margin(request: HttpRequest) -> HttpResponseBase:
    """Margin by customer over all time, with totals by currency."""
    brands = list(Brand.objects.order_by("name", "pk")[:BRANDS_SHOWN])
    filters = (Filter("brand", "Brand", tuple((b.public_id, b.name, Q(brand=b.pk)) for b in brands)),)
    table = replace(_TABLE, filters=filters if len(brands) > 1 else ())
    totals = Rows("Together", _TOTALS, together(), "Nothing is billed or bought yet.")
    about = "Revenue less cost, as the books have them, over all time."
    rows = with_margin(Customer.objects.select_related("brand"))
    return listing(request, table, rows, Page("Margin by customer", about=about), before=[totals])


def _stat(label: str, found: list[Margin], href: str = "") -> Stat:
    if not found:
        return Stat(label, "None", note="Nothing is billed or bought yet")
    first = found[0]
    share = percent(first.margin, first.revenue)
    note = f"{share} % of revenue" if share is not None else "No revenue yet"
    tone = "bad" if first.margin < 0 else ""
    more = [Money(m.margin, m.currency) for m in found[1:]]
    return Stat(label, Money(first.margin, first.currency), "money", note, href, tone, more)


def on_dashboard(now: datetime) -> Iterable[Stat]:
    """Over all customers and all time."""
    yield _stat("Margin, all time", together(), reverse("staff-sourcing:margin"))


def of_customer(customer: Customer) -> Iterable[Stat]:
    """Of one customer."""
    found = margins(customer.brand_id, customer.pk).get(customer.pk)
    yield _stat("Margin, all time", [found] if found else [])
