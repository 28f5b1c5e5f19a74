"""A customer's account statement for staff: on the page, as PDF and as CSV."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.payments import statement_told
from tollbook.payments.portal_statement import KINDS, file_of
from tollbook.payments.statement import Statement, currencies
from tollbook.payments.statement_asked import asked_for
from tollbook.web.parts import Facts, Page, Part, Rows, Stat, Stats, fact, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column


@staff_page()
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """What a customer owed, what moved, and what is open since when; the days and the currency are in the address."""
    customer = get_object_or_404(Customer.objects.select_related("brand", "profile"), public_id=public_id)
    try:
        found = asked_for(customer, request.GET.dict())
    except Refused as error:
        messages.error(request, error.message)
        found = asked_for(customer, {})
    if (format := request.GET.get("as", "")) in ("pdf", "csv"):
        return file_of(found, format)
    about = f"{found.first:%-d %B %Y} to {found.last:%-d %B %Y} in {found.currency}, as the books have it"
    crumbs = ((customer.name, page_of(public_id)),)
    return show(request, Page("Account statement", about=about, crumbs=crumbs, parts=_parts(found)))


def _parts(found: Statement) -> list[Part]:
    currency = found.currency
    figures = [("Opening", found.opening), ("Closing", found.closing), ("Open", found.owed), ("Credit", found.credit)]
    entries = [
        Column("Day", lambda e: e.on, "day"),
        Column("What", lambda e: KINDS[e.kind], note=lambda e: e.label, href=lambda e: page_of(e.source)),
        Column("Amount", lambda e: Money(e.amount, currency), "money"),
        Column("Balance", lambda e: Money(e.balance, currency), "money"),
    ]
    items = [
        Column("Document", lambda i: i.label, href=lambda i: page_of(i.source)),
        Column("Due", lambda i: i.due_on, "day"),
        Column("Days late", lambda i: i.days_late, "quantity"),
        Column("Open", lambda i: Money(i.amount, currency), "money"),
    ]
    address = reverse("staff-payments:statement", args=[found.customer.public_id])
    query = f"?currency={currency}&from={found.first}&to={found.last}"
    links = [("PDF", f"{address}{query}&as=pdf"), ("CSV", f"{address}{query}&as=csv")]
    links += [
        (f"In {other}", f"{address}?currency={other}&from={found.first}&to={found.last}")
        for other in currencies(found.customer)
        if other != currency
    ]
    sums = [fact(KINDS[kind], Money(amount, currency), "money") for kind, amount in found.sums.items()]
    ages = zip(statement_told.ages_told("en"), found.ages, strict=True)
    return [
        Stats("Balance", [Stat(label, Money(amount, currency), "money") for label, amount in figures]),
        Facts("What moved", sums, links=links),
        Facts("Open items by age", [fact(name, Money(amount, currency), "money") for name, amount in ages]),
        Rows("Entries", entries, found.entries, "Nothing moved in these days."),
        Rows("Open items", items, found.items, "Nothing is open."),
    ]


def of_customer(customer: Customer) -> Iterable[Part]:
    """The way to a customer's statement."""
    address = reverse("staff-payments:statement", args=[customer.public_id])
    yield Facts("Account", [fact("Statement", "The last three months", href=address)])
