"""Invoices, read."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest

from tollbook.customers.models import Customer
from tollbook.invoicing.documents.content import Content
from tollbook.invoicing.documents.stored import from_json
from tollbook.invoicing.models import Invoice, InvoiceLine
from tollbook.kernel.errors import NotFound


def of_customer(customer: Customer) -> QuerySet[Invoice]:
    """The customer's issued invoices, latest first."""
    rows = with_open(Invoice.objects.filter(customer=customer).exclude(state="draft"))
    return rows.order_by("-issued_on", "-number")


def by_public_id(public_id: str, customer: Customer | None = None) -> Invoice:
    """The invoice with that id, of that customer if one is given; NotFound "invoice_not_found" otherwise."""
    rows = Invoice.objects.select_related("customer__profile", "brand").filter(public_id=public_id)
    found = (rows if customer is None else rows.filter(customer=customer)).first()
    if found is None:
        raise NotFound("invoice_not_found", f"there is no invoice {public_id}", param="invoice")
    return found


def line_by_public_id(public_id: str, customer: Customer | None = None) -> InvoiceLine:
    """The invoice line with that id, of that customer if one is given; NotFound "line_not_found" otherwise."""
    rows = InvoiceLine.objects.select_related("invoice__customer", "invoice__brand").filter(public_id=public_id)
    found = (rows if customer is None else rows.filter(customer=customer)).first()
    if found is None:
        raise NotFound("line_not_found", f"there is no invoice line {public_id}", param="line")
    return found


def content_of(invoice: Invoice) -> Content:
    """The frozen content of an issued invoice."""
    return from_json(invoice.content)


def by_label(label: str) -> Invoice | None:
    """The invoice with that printed number, or None."""
    return Invoice.objects.select_related("customer__profile", "brand").filter(label=label).first()


def credited(invoice: Invoice) -> Decimal:
    """What issued credit notes took off the invoice, in its currency."""
    notes = Invoice.objects.filter(corrects=invoice, kind=Invoice.Kind.CREDIT_NOTE).exclude(state="draft")
    return notes.aggregate(sum=Sum("total"))["sum"] or Decimal(0)


def open_amount(invoice: Invoice) -> Decimal:
    """What the invoice still asks for, whatever its state: total - prepaid - settled - credited, never below zero.

    Takes no query for rows of `with_open`.
    """
    known = getattr(invoice, "credited", None)
    taken_off = credited(invoice) if known is None else known
    return max(invoice.total - invoice.prepaid - invoice.settled - taken_off, Decimal(0))


def over_amount(invoice: Invoice) -> Decimal:
    """By how much what settled the invoice is more than it asks for, since a credit note took something off it."""
    return max(invoice.prepaid + invoice.settled + credited(invoice) - invoice.total, Decimal(0))


def with_open(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """The rows with `credited` and `open` (see `open_amount`), found in the same query."""
    notes = Invoice.objects.filter(corrects=OuterRef("pk"), kind=Invoice.Kind.CREDIT_NOTE).exclude(state="draft")
    total = notes.order_by().values("corrects").annotate(sum=Sum("total")).values("sum")
    zero, kind = Decimal(0), DecimalField(max_digits=28, decimal_places=10)
    asked = F("total") - F("prepaid") - F("settled") - F("credited")
    rows = rows.annotate(credited=Coalesce(Subquery(total), zero, output_field=kind))
    return rows.annotate(open=Greatest(asked, zero, output_field=kind))


def over_settled(limit: int) -> list[int]:
    """Row ids of invoices that payments settled and credit notes have since taken more off than was open."""
    rows: QuerySet[Any] = with_open(Invoice.objects.filter(settled__gt=0))
    asked = F("total") - F("prepaid") - F("credited")
    return list(rows.filter(credited__gt=0, settled__gt=asked).order_by("pk").values_list("pk", flat=True)[:limit])


@dataclass(frozen=True, slots=True)
class ToPay:
    """What issued invoices of one currency still ask for: how much, in how many, how many of them overdue."""

    currency: str
    amount: Decimal
    count: int
    overdue: int


def to_pay(customer: Customer, on: date) -> list[ToPay]:
    """What the customer has to pay, one entry for each currency, the customer's own first."""
    rows = (
        open_invoices(customer)
        .order_by()
        .values_list("currency")
        .annotate(amount=Sum("open"), count=Count("pk"), late=Count("pk", filter=Q(due_on__lt=on)))
    )
    found = [ToPay(*row) for row in rows]
    return sorted(found, key=lambda each: (each.currency != customer.currency, each.currency))


def open_invoices(customer: Customer) -> QuerySet[Invoice]:
    """The customer's invoices that ask for money, those due first first, as `with_open` gives them."""
    rows = with_open(Invoice.objects.filter(customer=customer, kind=Invoice.Kind.INVOICE, state="issued"))
    return rows.order_by("due_on", "number")
