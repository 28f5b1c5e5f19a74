"""What follows from acts of other rooms: new invoices are settled with credit, credited ones give back what they do not
need.
"""

from tollbook.base.tasks import action
from tollbook.invoicing.models import DEMANDS, Invoice
from tollbook.invoicing.queries import over_amount, over_settled
from tollbook.payments import queries
from tollbook.payments.applying import apply_credit, release_over
from tollbook.payments.disputes import undo_write_off, write_off
from tollbook.payments.models import Payment
from tollbook.payments.queries import NOT_FREE

CHUNK = 1000


def tidy() -> tuple[int, int]:
    """Each in a transaction of its own; how many invoices gave something back, and how many were settled with
    credit.
    """
    released = sum(release(row_id) for row_id in over_settled(CHUNK))
    return released, sum(len(apply_credit(customer_id)) for customer_id in _with_credit_and_debt())


@action
def release(invoice_id: int) -> int:
    """Take back what settles an invoice beyond what it asks for since a credit note; how many rows that took.

    What was written off is expected no more than before: that goes first, and only what is open then is written off
    again. The rest was paid, and is the customer's credit.
    """
    invoice = Invoice.objects.get(pk=invoice_id)
    stands = queries.written_off(invoice)
    if stands is not None and over_amount(invoice):
        undo_write_off(invoice, reason="Credited by a credit note")
        invoice.refresh_from_db()
        if invoice.open:
            write_off(invoice, reason=stands.reason, key=f"rest:{stands.public_id}")
        return 1 + len(release_over(invoice_id))
    return len(release_over(invoice_id))


def _with_credit_and_debt() -> list[int]:
    """Row ids of customers who have credit in the currency of an open invoice of theirs."""
    open_ = Invoice.objects.filter(state="issued", kind__in=DEMANDS).values("customer_id")
    rich = Payment.objects.filter(state="succeeded", captured__gt=NOT_FREE, customer_id__in=open_)
    return sorted(set(rich.values_list("customer_id", flat=True)[:CHUNK]))
