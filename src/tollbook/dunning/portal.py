"""Dunning in the customer portal: what is overdue, what happens when, and what the customer was told."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tollbook.base import clock
from tollbook.customers.access import CustomerRequest, feature_on, portal_page
from tollbook.customers.models import Customer
from tollbook.customers.settings import SHOW_INVOICES
from tollbook.dunning import telling
from tollbook.dunning.debts import Owed, owed
from tollbook.dunning.models import Notice as Told
from tollbook.dunning.models import Stop
from tollbook.dunning.policies import load
from tollbook.dunning.queries import day_of, notices_of, open_stops
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import open_invoices
from tollbook.kernel.money import Money
from tollbook.web.menu import MenuEntry
from tollbook.web.panels import Notice, Panel
from tollbook.web.tables import Column, Table

MENU = [MenuEntry("Reminders", "portal-dunning:list", "bell-alert", order=46)]
NOTICES_TABLE = Table(
    name="reminders",
    columns=[
        Column("When", lambda n: n.created_at, "instant", sort="created_at"),
        Column("What", lambda n: n.title, note=lambda n: n.text),
        Column("By", lambda n: ", ".join(n.channels)),
    ],
    order="-created_at",
    search=("title", "text"),
    empty_title="No reminders",
    empty_text="When an invoice is due and not paid, we tell you here.",
)


def _unpaid(customer: Customer) -> list[Owed]:
    at = clock.now()
    # Most have paid: they are spared the questions about policies, steps and services.
    if not open_invoices(customer).filter(due_on__lt=day_of(customer, at)).exists():
        return []
    return [each for each in owed(customer, at, load()) if each.overdue_days > 0]


def _stops(customer: Customer) -> list[Stop]:
    rows = open_stops(customer).filter(lift_at__isnull=True)
    return list(rows.select_related("subscription__version__plan__product", "invoice"))


def what_happens(each: Owed) -> str:
    """What happens when nothing is paid, or that nothing does for now."""
    if each.waits:
        return _("{waits}: nothing happens for now.").format(waits=each.waits)
    return telling.coming(each)


def notices(request: CustomerRequest) -> Iterable[Notice]:
    """What is stopped, and what happens next to what is not paid."""
    customer = request.customer
    for stop in _stops(customer):
        name = telling.service_name(stop.subscription)
        if stop.invoice is None:
            wallet = reverse("portal-wallets:wallet")
            yield Notice(
                "bad", _("{name} is suspended").format(name=name), _("Its wallet is empty."), wallet, _("Add funds")
            )
        else:
            yield Notice(
                "bad",
                _("{name} is suspended").format(name=name),
                _("It runs again when what is overdue is paid."),
                *_where(customer),
            )
    for each in _unpaid(customer):
        if text := what_happens(each):
            level = "info" if each.waits else "warn"
            yield Notice(
                level,
                _("Invoice {label}: {left} are overdue").format(label=each.invoice.label, left=each.left),
                text,
                *_where(customer),
            )


def _where(customer: Customer) -> tuple[str, str]:
    """Where to pay: the invoices, where the customer sees them here; else what was told."""
    if feature_on(customer, SHOW_INVOICES):
        return reverse("portal-invoicing:list") + "?state=overdue", _("Show them")
    return reverse("portal-dunning:list"), _("Show it")


@require_GET
@portal_page()
def listed(request: CustomerRequest) -> HttpResponseBase:
    """What is overdue and what happens when, and everything that the customer was told."""
    rows = notices_of(request.customer)
    if request.GET.get("export") == "csv":
        return NOTICES_TABLE.export(request, rows)
    context = {
        "title": _("Reminders"),
        "stops": [telling.service_name(stop.subscription) for stop in _stops(request.customer)],
        "unpaid": [
            (each.invoice, each.left, each.overdue_days, what_happens(each)) for each in _unpaid(request.customer)
        ],
        "linked": feature_on(request.customer, SHOW_INVOICES),
        "table": NOTICES_TABLE.page(request, rows),
    }
    return render(request, "dunning/portal_list.html", context)


def invoice_panel(request: CustomerRequest, invoice: Invoice) -> dict[str, Any] | None:
    """On an overdue invoice's page: since when, and what happens when."""
    found = next((each for each in _unpaid(request.customer) if each.invoice.pk == invoice.pk), None)
    if found is None:
        return None
    fees = Told.objects.filter(invoice=invoice, about=Told.About.FEE).count()
    return {
        "days": found.overdue_days,
        "left": Money(invoice.open, invoice.currency),
        "coming": what_happens(found),
        "waits": found.waits,
        "fees": fees,
    }


NOTICES = [notices]
PANELS = [Panel("invoice.head", "dunning/portal_invoice.html", invoice_panel, order=5)]
urls: list[URLPattern] = [path("reminders/", listed, name="list")]
