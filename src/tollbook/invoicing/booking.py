"""What an issued invoice books: the claim, the revenue, the tax, the rounding, and what was paid before."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from tollbook.customers.models import Customer
from tollbook.invoicing.drafting import DraftInvoice
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import POSTING_PLACES, plain, round_to
from tollbook.ledger.actions import Entry
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot
from tollbook.tax import TaxLine


def entry_of(invoice: Invoice, found: DraftInvoice) -> list[Entry]:
    """The ledger entries of an invoice: none for one over nothing, one for the claim, one more for what is
    prepaid.

    Revenue is booked exactly as charged (of a price that includes tax, the exact net in it); what the rounding of the
    lines adds or takes goes to the rounding account.
    """
    currency, customer = invoice.currency, found.customer
    revenue = [(line.product.public_id, line.owed.exact_net) for line in found.lines]
    entries = claim(invoice, customer, revenue, found.taxes, f"Invoice {invoice.label}")
    booked_on = _day(invoice)
    if invoice.prepaid:
        receivable = Slot(AccountKind.RECEIVABLE, currency, customer.public_id, customer.pk)
        advance = Slot(AccountKind.ADVANCE, currency, customer.public_id, customer.pk)
        paid = (Leg(advance, invoice.prepaid), Leg(receivable, -invoice.prepaid))
        cause = Cause("invoice", invoice.public_id, "settle")
        entries.append(Entry(invoice.brand_id, cause, booked_on, paid, f"Prepaid use of {invoice.label}", customer.pk))
    return entries


def claim(
    invoice: Invoice, customer: Customer, revenue: Sequence[tuple[str, Decimal]], taxes: Sequence[TaxLine], memo: str
) -> list[Entry]:
    """The entry of what a document claims or, of a credit note, takes back; none where nothing moves.

    `revenue` are exact nets by product (public id). Positive amounts of a credit note go the other way.
    """
    currency = invoice.currency
    sign = -1 if invoice.kind == Invoice.Kind.CREDIT_NOTE else 1
    receivable = Slot(AccountKind.RECEIVABLE, currency, customer.public_id, customer.pk)
    sold: dict[str, Decimal] = defaultdict(Decimal)
    for product, amount in revenue:
        sold[product] += amount
    legs = [Leg(receivable, sign * invoice.total)]
    legs += [
        Leg(Slot(AccountKind.REVENUE, currency, product), -sign * round_to(amount, POSTING_PLACES))
        for product, amount in sold.items()
    ]
    legs += [
        Leg(Slot(AccountKind.TAX_PAYABLE, currency, owner), -sign * tax)
        for group in taxes
        for owner, tax in _payable(group)
    ]
    legs.append(Leg(Slot(AccountKind.ROUNDING, currency), -sum((leg.amount for leg in legs), Decimal(0))))
    if not any(leg.amount for leg in legs):
        return []
    cause = Cause("invoice", invoice.public_id, "issue")
    return [Entry(invoice.brand_id, cause, _day(invoice), tuple(legs), memo, customer.pk)]


def _payable(group: TaxLine) -> list[tuple[str, Decimal]]:
    """Which tax account gets what: one for each percentage, and for each tax that has a name of its own."""
    code, percent = group.treatment.code, group.treatment.percent
    if not group.parts:
        return [(f"{code}:{plain(percent)}", group.tax)]
    return [(f"{code}:{plain(part.percent)}:{part.name}".rstrip(":"), part.tax) for part in group.parts]


def _day(invoice: Invoice) -> date:
    booked_on = invoice.issued_on
    assert booked_on is not None  # noqa: S101  - an issued invoice has its day; this tells the type checker
    return booked_on
