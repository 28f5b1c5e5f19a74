"""What invoices show on the dashboard and on the page about a customer."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.invoicing.models import DEMANDS, Invoice, InvoiceLine
from tollbook.invoicing.queries import OPEN
from tollbook.invoicing.rules import State
from tollbook.invoicing.staff.invoices import columns, customer_column, is_overdue
from tollbook.kernel.money import Money
from tollbook.web.panels import Notice
from tollbook.web.parts import Part, Rows, Share, Shares, Stat
from tollbook.web.tables import Cell
from tollbook.web.templatetags.web import money

SHOWN = 8
SHARES = 6


def _open(q: Q) -> list[tuple[Money, int]]:
    """What is to pay on the invoices that fit, and on how many, by currency, the largest first."""
    rows = Invoice.objects.filter(q, state=State.ISSUED, kind__in=DEMANDS).order_by()
    by = rows.values_list("currency").annotate(sum=Sum(OPEN), n=Count("pk")).order_by("-sum")
    return [(Money(total, currency), count) for currency, total, count in by]


def _counted(found: list[tuple[Money, int]]) -> str:
    count = sum(n for _, n in found)
    return f"{count} invoice" if count == 1 else f"{count} invoices"


def _stat(label: str, found: list[tuple[Money, int]], href: str = "", tone: str = "") -> Stat:
    amounts = [amount for amount, _ in found]
    first = amounts[0] if amounts else "None"
    return Stat(label, first, "money" if amounts else "text", _counted(found), href, tone if found else "", amounts[1:])


def receivables(now: datetime) -> Iterable[Stat]:
    """Open and overdue, of all customers."""
    found, late = _open(Q()), _open(is_overdue(now.date()))
    href = reverse("staff-invoicing:list") + ("?state=overdue" if late else "?state=open")
    overdue = ", ".join(money(amount) for amount, _ in late) + " overdue" if late else "none overdue"
    stat = _stat("Receivables", found, href)
    yield replace(stat, note=f"{_counted(found)}, {overdue}", tone="bad" if late else "")


def owed_by(customer: Customer) -> Iterable[Stat]:
    """Open and overdue, of one customer."""
    mine = Q(customer=customer)
    yield _stat("To pay", _open(mine))
    yield _stat("Overdue", _open(mine & is_overdue(clock.now().date())), tone="bad")


def overdue_notice(request: HttpRequest) -> Iterable[Notice]:
    """That something is overdue."""
    found = _open(is_overdue(clock.now().date()))
    if found:
        href = reverse("staff-invoicing:list") + "?state=overdue"
        yield Notice("warn", "Invoices are overdue", f"{_counted(found)} past the day of payment.", href, "Show them")


def by_product(now: datetime) -> Iterable[Part]:
    """What was invoiced this month, by what was sold: the largest in the currency that sold most."""
    first = now.date().replace(day=1)
    rows = InvoiceLine.objects.filter(
        invoice__issued_on__gte=first, invoice__issued_on__lte=now.date(), invoice__kind__in=DEMANDS
    )
    by = rows.order_by().values_list("invoice__currency", "section").annotate(sum=Sum("net")).order_by("-sum")
    found = list(by[: SHOWN * 4])
    currency = found[0][0] if found else ""
    shares = [
        Share(section or "Other", Cell(Money(total, currency), "money", "", "", True), total)
        for code, section, total in found
        if code == currency and total > 0
    ]
    title = f"Invoiced in {now:%B}, by what was sold"
    yield Shares(title, shares[:SHARES], empty=f"Nothing is invoiced in {now:%B} yet.")


def latest(now: datetime) -> Iterable[Part]:
    """The invoices that were issued last."""
    rows = Invoice.objects.exclude(state=State.DRAFT).select_related("customer").defer("content")
    own = columns(now.date())
    more = ("All invoices", reverse("staff-invoicing:list"))
    shown = [own[0], customer_column(), own[1], own[2], own[6], own[7]]
    yield Rows("Latest invoices", shown, rows.order_by("-issued_on", "-id")[:SHOWN], "Nothing is issued yet.", more)


def of_customer(customer: Customer) -> Iterable[Part]:
    """A customer's open invoices first, then the latest."""
    rows = Invoice.objects.filter(customer=customer).defer("content")
    rows = rows.annotate(waits=Q(state=State.ISSUED)).order_by("-waits", "-issued_on", "-id")
    more = ("All invoices", reverse("staff-invoicing:list") + f"?q={customer.name}")
    yield Rows(
        "Invoices, the open ones first", columns(clock.now().date()), rows[:SHOWN], "Nothing is issued yet.", more
    )
