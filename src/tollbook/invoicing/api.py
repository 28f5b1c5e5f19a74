"""Invoices over the API: list, lines, documents, and why a line costs what it costs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from tollbook.api.fields import Body, Day, MoneyOut, example, id_of, money, number, text
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.customers.reach import chosen, own
from tollbook.customers.settings import SHOW_INVOICES
from tollbook.identity.models import StaffRole
from tollbook.invoicing.crediting import LineCredit, credit
from tollbook.invoicing.explain import explain_invoice, explain_line
from tollbook.invoicing.models import Document, Invoice, InvoiceLine
from tollbook.invoicing.queries import by_public_id, line_by_public_id
from tollbook.invoicing.rendering import document
from tollbook.invoicing.rules import State
from tollbook.kernel.errors import NotFound
from tollbook.kernel.money import plain

routes = Routes("Invoices")
ROUTERS = [("", routes)]

_NET, _TAX = {"amount": "49.00", "currency": "EUR"}, {"amount": "9.31", "currency": "EUR"}
_TOTAL, _ZERO = {"amount": "58.31", "currency": "EUR"}, {"amount": "0.00", "currency": "EUR"}
_GROUP = {"code": "S", "percent": "19", "name": "", "net": _NET, "tax": _TAX, "parts": []}
_PART = {"name": "GST", "percent": "5", "tax": {"amount": "2.45", "currency": "CAD"}}
_INVOICE = {
    "id": "inv_aaaaaaaaaaaaaaaaaaaaaaaa",
    "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
    "kind": "invoice",
    "corrects": None,
    "state": "issued",
    "number": "ACME-2026-000042",
    "issued_on": "2026-06-01",
    "due_on": "2026-06-15",
    "period_start": "2026-04-30T22:00:00Z",
    "period_end": "2026-05-31T22:00:00Z",
    "net": _NET,
    "tax": _TAX,
    "total": _TOTAL,
    "prepaid": _ZERO,
    "credited": _ZERO,
    "to_pay": _TOTAL,
    "settled": _ZERO,
    "content_hash": "9f2c5f1f4d0f0a86b0d1b4d44a8e3b6f0f0c0c6b7e3f5a0f7a3a5d2c1b0e9d8c",
    "created_at": "2026-06-01T06:00:00Z",
}


class TaxPartOut(BaseModel):
    """One of several taxes on the same net, rounded by itself."""

    model_config = example(_PART)
    name: str = Field(description="What it is called: GST.")
    percent: str = Field(description="The rate.")
    tax: MoneyOut = Field(description="Its amount.")


class TaxOut(BaseModel):
    """The tax of one group of lines."""

    model_config = example(_GROUP)
    code: str = Field(description="UNTDID 5305 category: S standard, AE reverse charge, E exempt, ...")
    percent: str = Field(description="The rate; of several taxes, together.")
    name: str = Field(description="The taxes by name, 'GST + QST'; empty for the usual one of the country.")
    net: MoneyOut = Field(description="Sum of the group's lines.")
    tax: MoneyOut = Field(description="Its tax.")
    parts: list[TaxPartOut] = Field(description="The taxes with a name of their own; they add up to `tax`.")


class InvoiceOut(BaseModel):
    """An issued invoice or credit note. It never changes; only `state` moves."""

    model_config = example(_INVOICE)
    id: str = Field(description="Its id.")
    customer: str = Field(description="Who owes it.")
    kind: str = Field(description="invoice or credit_note.")
    corrects: str | None = Field(description="The invoice that a credit note corrects.")
    state: str = Field(description="issued, paid, written_off or void.")
    number: str = Field(description="The number on the document.")
    issued_on: date = Field(description="Day of issue, in the brand's zone.")
    due_on: date | None = Field(description="Day by which it is to be paid.")
    period_start: datetime | None = Field(description="Begin of what it covers.")
    period_end: datetime | None = Field(description="End of what it covers, exclusive.")
    net: MoneyOut = Field(description="Sum of the lines.")
    tax: MoneyOut = Field(description="Sum of the taxes.")
    total: MoneyOut = Field(description="net + tax.")
    prepaid: MoneyOut = Field(description="Settled from prepaid money when it was issued.")
    credited: MoneyOut = Field(description="What credit notes took off since.")
    settled: MoneyOut = Field(description="What payments and write-offs settled since.")
    to_pay: MoneyOut = Field(description="What is open: total - prepaid - credited - settled; nothing unless issued.")
    content_hash: str = Field(description="SHA-256 of the frozen content.")
    created_at: datetime = Field(description="When it was made.")


class InvoiceFullOut(InvoiceOut):
    """An issued invoice with its taxes."""

    model_config = example({**_INVOICE, "taxes": [_GROUP]})
    taxes: list[TaxOut] = Field(description="Tax by group.")


class LineOut(BaseModel):
    """One line of an invoice: charges of one price and period, rounded once."""

    model_config = example(
        {
            "id": "lin_aaaaaaaaaaaaaaaaaaaaaaaa",
            "position": 1,
            "section": "Messages",
            "name": "Message part to Germany",
            "quantity": "11395.35",
            "unit": "part",
            "exact": {"amount": "49.000005", "currency": "EUR"},
            "net": _NET,
            "gross": None,
            "tax_code": "S",
            "tax_percent": "19",
            "tax_name": "",
            "tax_included": None,
            "corrects": None,
        }
    )
    id: str = Field(description="Its id.")
    position: int = Field(description="Counts from 1.")
    section: str = Field(description="Heading that it stands under.")
    name: str = Field(description="What it is for.")
    quantity: str = Field(description="How much, as decimal text.")
    unit: str = Field(description="Of what.")
    exact: MoneyOut = Field(description="Its amount before rounding.")
    net: MoneyOut = Field(description="Its amount without tax.")
    gross: MoneyOut | None = Field(
        description="Its price, rounded once, where that includes tax; `net` follows from it."
    )
    tax_code: str = Field(description="Its tax group.")
    tax_percent: str = Field(description="The rate of tax.")
    tax_name: str = Field(description="The taxes by name, 'GST + QST'; empty for the usual one of the country.")
    tax_included: str | None = Field(
        description="The percentage of tax that `exact` includes; null: it is without tax."
    )
    corrects: str | None = Field(description="On a credit note: the line that it credits.")


class Explanation(BaseModel):
    """Why it is this much: price, arithmetic, rounding and usage; tax, postings and payment. Amounts are text."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [{"id": "lin_aaaaaaaaaaaaaaaaaaaaaaaa"}]})


def invoice_out(invoice: Invoice) -> dict[str, Any]:
    """The fields of an issued invoice with customer and corrected invoice loaded, as the API shows them."""
    currency = invoice.currency
    return {
        "id": invoice.public_id,
        "customer": invoice.customer.public_id,
        "kind": invoice.kind,
        "corrects": invoice.corrects.public_id if invoice.corrects else None,
        "state": invoice.state,
        "number": invoice.label,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "period_start": invoice.period_start,
        "period_end": invoice.period_end,
        "net": money(invoice.net, currency),
        "tax": money(invoice.tax, currency),
        "total": money(invoice.total, currency),
        "prepaid": money(invoice.prepaid, currency),
        "credited": money(invoice.credited, currency),
        "settled": money(invoice.settled, currency),
        "to_pay": money(invoice.to_pay, currency),
        "content_hash": invoice.content_hash,
        "created_at": invoice.created_at,
    }


def _line_out(line: InvoiceLine, currency: str) -> LineOut:
    return LineOut(
        id=line.public_id,
        position=line.position,
        section=line.section,
        name=line.name,
        quantity=plain(line.quantity),
        unit=line.unit,
        exact=money(line.exact, currency),
        net=money(line.net, currency),
        gross=None if line.gross is None else money(line.gross, currency),
        tax_code=line.tax_code,
        tax_percent=plain(line.tax_percent),
        tax_name=line.tax_name,
        tax_included=None if line.tax_included is None else plain(line.tax_included),
        corrects=line.corrects.public_id if line.corrects else None,
    )


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
    return _full(_invoice(request, invoice_id))


def _full(invoice: Invoice) -> InvoiceFullOut:
    taxes = [
        TaxOut(
            code=group.code,
            percent=plain(group.percent),
            name=group.name,
            net=money(group.net, invoice.currency),
            tax=money(group.tax, invoice.currency),
            parts=[
                TaxPartOut(name=part.name, percent=plain(part.percent), tax=money(part.tax, invoice.currency))
                for part in sorted(group.parts.all(), key=lambda part: part.pk)
            ],
        )
        for group in invoice.taxes.prefetch_related("parts").order_by("code", "percent", "name")
    ]
    return InvoiceFullOut(**invoice_out(invoice), taxes=taxes)


@routes.reads("/invoices/{invoice_id}/lines", "invoices:read", answer=Page[LineOut])
def list_lines(
    request: ApiRequest, invoice_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[LineOut]:
    """Lines of an invoice, in the order of the document."""
    invoice = _invoice(request, invoice_id)
    rows = InvoiceLine.objects.filter(invoice=invoice).select_related("corrects")
    return page(rows, Order("position"), cursor, limit, lambda line: _line_out(line, invoice.currency))


class CreditLineIn(Body):
    """How much to credit of a line."""

    model_config = example({"line": "lin_aaaaaaaaaaaaaaaaaaaaaaaa", "amount": "5.00"})
    line: Annotated[str, id_of("lin")] = Field(description="The line.")
    amount: Annotated[Decimal, number(negative=True)] | None = Field(
        None,
        description="How much of its price, as the line says it: with tax where it has a `gross`. All that is left.",
    )


class CreditNoteIn(Body):
    """A credit note to be."""

    model_config = example({"reason": "The service was down on 3 May.", "lines": []})
    reason: Annotated[str, text(500)] = Field(description="Why; printed on the credit note.")
    lines: list[CreditLineIn] = Field(
        [], max_length=20_000, description="Of which lines; all of the invoice, if empty."
    )


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
    return _full(credit(invoice, wanted, reason=credit_note.reason, key=effect_key(request), actor=actor, door="api"))


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
