"""Invoices over the API: list, lines, documents, and why a line costs what it costs."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from tollbook.api.fields import Day
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.customers.reach import chosen, own
from tollbook.customers.settings import SHOW_INVOICES
from tollbook.identity.models import StaffRole
from tollbook.invoicing.credit_drafting import LineCredit
from tollbook.invoicing.crediting import credit
from tollbook.invoicing.debit_notes import debit_note as issue_debit_note
from tollbook.invoicing.explain import explain_invoice, explain_line
from tollbook.invoicing.models import Document, Invoice, InvoiceLine
from tollbook.invoicing.queries import by_public_id, line_by_public_id
from tollbook.invoicing.rendering import document
from tollbook.invoicing.rules import State
from tollbook.invoicing.shapes import (
    CreditNoteIn,
    DebitNoteIn,
    Explanation,
    InvoiceFullOut,
    InvoiceOut,
    LineOut,
    full_out,
    invoice_out,
    line_out,
)
from tollbook.kernel.errors import NotFound

routes = Routes("Invoices")
ROUTERS = [("", routes)]


def _issued() -> QuerySet[Invoice]:
    return Invoice.objects.exclude(state=State.DRAFT).select_related("customer", "corrects")


def _seeing(mine: Customer | None) -> Customer | None:
    """The key's own customer, if it sees invoices here; NotFound "invoices_hidden" otherwise."""
    if mine is not None and not value_for(mine, SHOW_INVOICES):
        raise NotFound("invoices_hidden", "invoices are not shown here: they are sent to you")
    return mine


def _invoice(request: ApiRequest, public_id: str) -> Invoice:
    found = by_public_id(public_id, _seeing(own(request)))
    if found.state == State.DRAFT:
        raise NotFound("invoice_not_found", f"there is no invoice {public_id}", param="invoice")
    return found


@routes.reads("/invoices", "invoices:read", answer=Page[InvoiceOut])
def list_invoices(
    request: ApiRequest,
    *,
    customer: str = "",
    state: str = "",
    issued_from: Day | None = None,
    issued_to: Day | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[InvoiceOut]:
    """Issued invoices and credit notes, the latest first.

    `issued_from` and `issued_to` are days, both inclusive.
    """
    _seeing(own(request))
    whose = chosen(request, customer)
    rows = _issued().filter(customer=whose) if whose else _issued()
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(issued_on__gte=issued_from) if issued_from else rows
    rows = rows.filter(issued_on__lte=issued_to) if issued_to else rows
    order = Order("issued_on", descending=True)
    return page(rows, order, cursor, limit, lambda invoice: InvoiceOut(**invoice_out(invoice)))


@routes.reads("/invoices/{invoice_id}", "invoices:read", answer=InvoiceFullOut)
def get_invoice(request: ApiRequest, invoice_id: str) -> InvoiceFullOut:
    """An invoice with its taxes."""
    return full_out(_invoice(request, invoice_id))


@routes.reads("/invoices/{invoice_id}/lines", "invoices:read", answer=Page[LineOut])
def list_lines(
    request: ApiRequest, invoice_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[LineOut]:
    """Lines of an invoice, in the order of the document."""
    invoice = _invoice(request, invoice_id)
    rows = InvoiceLine.objects.filter(invoice=invoice).select_related("corrects")
    return page(rows, Order("position"), cursor, limit, lambda line: line_out(line, invoice.currency))


@routes.adds(
    "/invoices/{invoice_id}/credit-notes",
    "invoices:write",
    answer=InvoiceFullOut,
    roles=(StaffRole.BILLING, StaffRole.FINANCE),
)
def credit_invoice(request: ApiRequest, invoice_id: str, credit_note: CreditNoteIn) -> InvoiceFullOut:
    """Issue a credit note over an issued invoice, or parts of it; once for each Idempotency-Key.

    The tax is that of the invoice. Refused with `nothing_to_credit`, `credit_exceeds_line`, `credit_exceeds`,
    `line_not_on_invoice`, `line_twice`, `not_an_invoice`.
    """
    wanted = [LineCredit(each.line, each.amount) for each in credit_note.lines]
    invoice, actor = _invoice(request, invoice_id), request.principal.actor
    return full_out(
        credit(invoice, wanted, reason=credit_note.reason, key=effect_key(request), actor=actor, door="api")
    )


@routes.adds(
    "/invoices/{invoice_id}/debit-notes",
    "invoices:write",
    answer=InvoiceFullOut,
    roles=(StaffRole.BILLING, StaffRole.FINANCE),
)
def debit_invoice(request: ApiRequest, invoice_id: str, debit_note: DebitNoteIn) -> InvoiceFullOut:
    """Issue a debit note over all that waits as a correction of an issued invoice; once for each Idempotency-Key.

    The tax is that of the invoice. Refused with `nothing_to_debit`, `not_an_invoice`.
    """
    invoice, actor = _invoice(request, invoice_id), request.principal.actor
    return full_out(
        issue_debit_note(invoice, reason=debit_note.reason, key=effect_key(request), actor=actor, door="api")
    )


def _file(request: ApiRequest, invoice_id: str, format: str, content_type: str) -> HttpResponse:
    invoice = _invoice(request, invoice_id)
    response = HttpResponse(bytes(document(invoice, format).body), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{invoice.label}.{format}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _content(content_type: str) -> dict[str, Any]:
    content = {content_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"responses": {200: {"description": "The document.", "content": content}}}


@routes.reads("/invoices/{invoice_id}/pdf", "invoices:read", answer=None, openapi_extra=_content("application/pdf"))
def get_invoice_pdf(request: ApiRequest, invoice_id: str) -> HttpResponse:
    """The invoice as PDF, with the e-invoice embedded; the same bytes each time."""
    return _file(request, invoice_id, Document.Format.PDF, "application/pdf")


@routes.reads("/invoices/{invoice_id}/xml", "invoices:read", answer=None, openapi_extra=_content("application/xml"))
def get_invoice_xml(request: ApiRequest, invoice_id: str) -> HttpResponse:
    """The invoice as EN 16931 XML; the same bytes each time."""
    return _file(request, invoice_id, Document.Format.XML, "application/xml")


@routes.reads("/invoices/{invoice_id}/explain", "invoices:read", answer=Explanation)
def explain_an_invoice(request: ApiRequest, invoice_id: str) -> dict[str, Any]:
    """Why an invoice is this much: its lines, taxes, rounding, postings and payment."""
    return explain_invoice(_invoice(request, invoice_id)).data()


@routes.reads("/lines/{line_id}/explain", "invoices:read", answer=Explanation)
def explain_a_line(request: ApiRequest, line_id: str) -> dict[str, Any]:
    """Why a line is this much: price version, arithmetic of the tiers, rounding and the usage behind it."""
    return explain_line(line_by_public_id(line_id, _seeing(own(request)))).data()
