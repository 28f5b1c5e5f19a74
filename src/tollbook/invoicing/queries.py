"""Invoices, read."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum

from tollbook.customers.models import Customer
from tollbook.invoicing.documents.content import Content
from tollbook.invoicing.documents.stored import from_json
from tollbook.invoicing.models import DEMANDS, Invoice, InvoiceLine
from tollbook.kernel.errors import NotFound


def of_customer(customer: Customer) -> QuerySet[Invoice]:
    """The customer's issued invoices, latest first."""
    rows = Invoice.objects.filter(customer=customer).exclude(state="draft")
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


#: What is open of an invoice, in SQL: `Invoice.open` without its floor, which no issued invoice needs.
OPEN = F("total") - F("prepaid") - F("credited") - F("settled")


def over_amount(invoice: Invoice) -> Decimal:
    """By how much what settled the invoice is more than it asks for, since a credit note took something off it."""
    return max(invoice.prepaid + invoice.settled + invoice.credited - invoice.total, Decimal(0))


def over_settled(limit: int) -> list[int]:
    """Row ids of invoices that payments settled and credit notes have since taken more off than was open."""
    asked = F("total") - F("prepaid") - F("credited")
    rows = Invoice.objects.filter(settled__gt=0, credited__gt=0).filter(settled__gt=asked)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


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
        .annotate(amount=Sum(OPEN), count=Count("pk"), late=Count("pk", filter=Q(due_on__lt=on)))
    )
    found = [ToPay(*row) for row in rows]
    return sorted(found, key=lambda each: (each.currency != customer.currency, each.currency))


def open_invoices(customer: Customer) -> QuerySet[Invoice]:
    """The customer's invoices that ask for money, those due first first."""
    rows = Invoice.objects.filter(customer=customer, kind__in=DEMANDS, state="issued")
    return rows.order_by("due_on", "number")
