"""Proformas and receipts for staff: the list, one proforma with what can be done, and the documents."""

from collections.abc import Iterable

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.invoicing.documents import pdf
from tollbook.invoicing.documents.stored import from_json
from tollbook.kernel.money import Money
from tollbook.payments import proformas, queries, receipts
from tollbook.payments.models import Payment, Proforma
from tollbook.payments.portal_papers import document_response
from tollbook.payments.staff.forms import MONEY, Field, Form, acted, by_of, may_act
from tollbook.web.parts import Facts, Page, Part, Rows, fact, listing, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table

SHOWN = 8


def href(found: Proforma) -> str:
    """The page of a proforma."""
    return reverse("staff-payments:proforma", args=[found.public_id])


COLUMNS = [
    Column("Number", lambda p: p.label, sort="label", href=href, note=lambda p: p.note),
    Column("State", lambda p: p.state, "state", sort="state"),
    Column("Issued", lambda p: p.issued_on, "day", sort="issued_on"),
    Column("Until", lambda p: p.due_on, "day", sort="due_on"),
    Column("For", lambda p: "wallet" if p.request else "charges"),
    Column("Total", lambda p: Money(p.total, p.currency), "money", sort="total"),
    Column(
        "Became",
        lambda p: p.invoice.label if p.invoice else "",
        href=lambda p: page_of(p.invoice.public_id) if p.invoice else "",
    ),
]
WHOSE = Column(
    "Customer", lambda p: p.customer.name, sort="customer__name", href=lambda p: page_of(p.customer.public_id)
)
TABLE = Table(
    "proformas",
    [COLUMNS[0], WHOSE, *COLUMNS[1:]],
    order="-issued_on",
    search=("label", "public_id", "customer__name"),
    filters=(
        Filter(
            "state",
            "State",
            (
                ("open", "To pay", Q(state="open")),
                ("paid", "Paid", Q(state="paid")),
                ("withdrawn", "Withdrawn", Q(state="withdrawn")),
            ),
        ),
    ),
    empty_title="No proformas yet",
    empty_text="Customers for whom invoicing.proforma_first is on get them for what is charged ahead.",
)


@staff_page()
def listed(request: HttpRequest) -> HttpResponseBase:
    """Every proforma."""
    rows = Proforma.objects.select_related("customer", "invoice").defer("content")
    about = "What is asked for before it is invoiced. A proforma books nothing; paid, it becomes an invoice."
    return listing(request, TABLE, rows, Page("Proformas", about=about))


@staff_page()
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One proforma."""
    found = get_object_or_404(Proforma.objects.select_related("customer", "invoice"), public_id=public_id)
    content = from_json(found.content)
    lines = [
        Column("Line", lambda line: line.name, note=lambda line: line.section),
        Column("Quantity", lambda line: line.quantity, "quantity", note=lambda line: line.unit),
        Column("Net", lambda line: Money(line.net, found.currency), "money"),
    ]
    files = [("Download PDF", reverse("staff-payments:proforma-file", args=[public_id]))]
    parts: list[Part] = [
        Facts(
            "Proforma",
            [
                fact("Customer", found.customer.name, href=page_of(found.customer.public_id)),
                fact("Issued", found.issued_on, "day"),
                fact("Until", found.due_on, "day"),
                fact("Net", Money(found.net, found.currency), "money"),
                fact("Tax", Money(found.tax, found.currency), "money"),
                fact("Total", Money(found.total, found.currency), "money"),
                fact("Became", found.invoice.label if found.invoice else "",
                     href=page_of(found.invoice.public_id) if found.invoice else ""),
                fact("SHA-256 of its content", found.content_hash, "mono"),
            ],
            links=files,
        ),
        Rows("Lines", lines, content.lines),
    ]  # fmt: skip
    if found.state == "open" and may_act(request):
        note = "Its charges are asked for anew, or invoiced when their time is over."
        address = reverse("staff-payments:proforma-withdraw", args=[public_id])
        parts.append(Form("Withdraw it", address, [Field("reason", "Reason")], "Withdraw it", note))
    crumbs = (("Proformas", reverse("staff-payments:proformas")),)
    return show(request, Page(found.label, found.state, found.note, crumbs, parts, public_id))


@require_POST
@staff_page(*MONEY)
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Withdraw a proforma."""
    found = get_object_or_404(Proforma, public_id=public_id)
    reason, by = request.POST.get("reason", ""), by_of(request)
    return acted(request, lambda: proformas.withdraw(public_id, reason=reason, by=by), "It is withdrawn.", href(found))


@staff_page()
def download(request: HttpRequest, public_id: str) -> HttpResponse:
    """The proforma as PDF."""
    found = get_object_or_404(Proforma, public_id=public_id)
    return document_response(found.label, pdf.render_pdf(from_json(found.content)), "pdf")


@staff_page()
def receipt(request: HttpRequest, public_id: str) -> HttpResponse:
    """The receipt of a payment that came, as PDF."""
    payment = get_object_or_404(Payment, public_id=public_id)
    if payment.state != "succeeded":
        raise Http404
    found = receipts.issue(public_id)
    return document_response(found.label, pdf.render_pdf(from_json(found.content)), "pdf")


def of_customer(customer: Customer) -> Iterable[Part]:
    """A customer's proformas, where it has any."""
    rows = list(queries.proformas_of(customer)[:SHOWN])
    if rows:
        yield Rows("Proformas", COLUMNS, rows, "None.")
