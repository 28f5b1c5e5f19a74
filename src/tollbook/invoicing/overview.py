"""An invoice in one line, and what the overview says of invoices: to pay, the latest, and what needs attention."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tollbook.base import clock
from tollbook.customers.access import CustomerRequest, feature_on
from tollbook.customers.models import Customer
from tollbook.customers.settings import SHOW_INVOICES
from tollbook.invoicing import queries
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import Money
from tollbook.kernel.times import zone_info
from tollbook.web.panels import Notice, Panel
from tollbook.web.templatetags.web import money
from tollbook.web.words import day_text

LATEST = 5
DUE_SOON_DAYS = 7


def state_of(invoice: Invoice, on: date) -> str:
    """The state that a reader sees: an issued invoice is to pay, or overdue after its due day; a note is credited."""
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        return "credited"
    if invoice.to_pay and invoice.due_on and invoice.due_on < on:
        return "overdue"
    return invoice.state


def href(invoice: Invoice) -> str:
    """Where the invoice's page is."""
    return reverse("portal-invoicing:page", args=[invoice.public_id])


def open_of(invoice: Invoice) -> Money:
    """What the invoice still asks for."""
    return Money(invoice.to_pay, invoice.currency)


def today(customer: Customer) -> date:
    """The day that it is for the customer."""
    return clock.now().astimezone(zone_info(customer.zone)).date()


def to_pay_panel(request: CustomerRequest) -> dict[str, Any]:
    """What is to pay, on the overview."""
    on = today(request.customer)
    owed = queries.to_pay(request.customer, on)
    first = queries.open_invoices(request.customer).defer("content").first() if owed else None
    return {
        "owed": [(Money(each.amount, each.currency), each) for each in owed],
        "nothing": Money.zero(request.customer.currency),
        "first": first,
        "count": sum(each.count for each in owed),
        "overdue": sum(each.overdue for each in owed),
    }


def latest_panel(request: CustomerRequest) -> dict[str, Any]:
    """The latest invoices, on the overview."""
    on = today(request.customer)
    rows = queries.of_customer(request.customer).defer("content")[:LATEST]
    return {"invoices": [{"invoice": i, "state": state_of(i, on), "total": Money(i.total, i.currency)} for i in rows]}


def notices(request: CustomerRequest) -> list[Notice]:
    """Invoices that are overdue, and those that wait to be paid."""
    if not feature_on(request.customer, SHOW_INVOICES):
        return []
    on, found = today(request.customer), []
    for invoice in queries.open_invoices(request.customer).defer("content")[:LATEST]:
        due, owed = invoice.due_on or on, money(open_of(invoice))
        late = (on - due).days
        if late > 0:
            title = ngettext(
                "Invoice {label} is {late} day overdue", "Invoice {label} is {late} days overdue", late
            ).format(label=invoice.label, late=late)
            found.append(
                Notice(
                    "bad",
                    title,
                    _("Pay {owed} to keep your services running.").format(owed=owed),
                    href(invoice),
                    _("How to pay"),
                )
            )
        else:
            level = "warn" if -late <= DUE_SOON_DAYS else "info"
            title = _("Invoice {label} waits for payment").format(label=invoice.label)
            found.append(
                Notice(
                    level,
                    title,
                    _("{owed} is due on {day}.").format(owed=owed, day=day_text(due)),
                    href(invoice),
                    _("How to pay"),
                )
            )
    return found


PANELS = [
    Panel("overview.stat", "invoicing/portal_stat.html", to_pay_panel, order=10, feature=SHOW_INVOICES),
    Panel("overview.wide", "invoicing/portal_latest.html", latest_panel, order=20, feature=SHOW_INVOICES),
]
NOTICES = [notices]
