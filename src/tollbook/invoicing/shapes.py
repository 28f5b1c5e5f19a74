"""What the invoice routes take and answer, as the API's document tells it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tollbook.api.fields import Body, MoneyOut, example, id_of, money, number, text
from tollbook.invoicing.models import Invoice, InvoiceLine
from tollbook.kernel.money import plain

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
    """An issued invoice, credit note or debit note. It never changes; only `state` moves."""

    model_config = example(_INVOICE)
    id: str = Field(description="Its id.")
    customer: str = Field(description="Who owes it.")
    kind: str = Field(description="invoice, credit_note or debit_note.")
    corrects: str | None = Field(description="The invoice that a credit or debit note corrects.")
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


def line_out(line: InvoiceLine, currency: str) -> LineOut:
    """A line with the line that it corrects loaded, as the API shows it."""
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


def full_out(invoice: Invoice) -> InvoiceFullOut:
    """An issued invoice with its taxes, as the API shows it."""
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


class DebitNoteIn(Body):
    """A debit note to be."""

    model_config = example({"reason": "Usage of May that was reported late."})
    reason: Annotated[str, text(500)] = Field(description="Why; printed on the debit note.")
