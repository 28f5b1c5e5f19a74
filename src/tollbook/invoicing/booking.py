"""What an issued invoice books: the claim, the revenue, the tax, the rounding, and what was paid before."""

from collections import defaultdict
from decimal import Decimal

from tollbook.invoicing.drafting import DraftInvoice
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import POSTING_PLACES, plain, round_to
from tollbook.ledger.actions import Entry
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot


def entry_of(invoice: Invoice, found: DraftInvoice) -> list[Entry]:
    """The ledger entries of an invoice: none for one over nothing, one for the claim, one more for what is
    prepaid.

    Revenue is booked exactly as charged; what the rounding of the lines adds or takes goes to the rounding
    account.
    """
    currency, customer = invoice.currency, found.customer
    receivable = Slot(AccountKind.RECEIVABLE, currency, customer.public_id, customer.pk)
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    for line in found.lines:
        revenue[line.price.version.plan.product.public_id] += line.exact
    legs = [Leg(receivable, invoice.total)]
    legs += [
        Leg(Slot(AccountKind.REVENUE, currency, product), -round_to(amount, POSTING_PLACES))
        for product, amount in revenue.items()
    ]
    legs += [
        Leg(
            Slot(AccountKind.TAX_PAYABLE, currency, f"{g.treatment.code}:{plain(g.treatment.percent)}"),
            -g.tax,
        )
        for g in found.taxes
    ]
    legs.append(Leg(Slot(AccountKind.ROUNDING, currency), -sum((leg.amount for leg in legs), Decimal(0))))
    booked_on = invoice.issued_on
    assert booked_on is not None  # noqa: S101  - an issued invoice has its day; this tells the type checker
    entries = []
    if any(leg.amount for leg in legs):
        cause = Cause("invoice", invoice.public_id, "issue")
        entries.append(Entry(invoice.brand_id, cause, booked_on, tuple(legs), f"Invoice {invoice.label}", customer.pk))
    if invoice.prepaid:
        advance = Slot(AccountKind.ADVANCE, currency, customer.public_id, customer.pk)
        paid = (Leg(advance, invoice.prepaid), Leg(receivable, -invoice.prepaid))
        cause = Cause("invoice", invoice.public_id, "settle")
        entries.append(Entry(invoice.brand_id, cause, booked_on, paid, f"Prepaid use of {invoice.label}", customer.pk))
    return entries
