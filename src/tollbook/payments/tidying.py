"""What follows from acts of other rooms: new invoices are settled with credit, credited ones give back what they do not
need.
"""

from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import over_settled
from tollbook.payments.applying import apply_credit, release_over
from tollbook.payments.models import Payment
from tollbook.payments.queries import NOT_FREE

CHUNK = 1000


def tidy() -> tuple[int, int]:
    """Each in a transaction of its own; how many invoices gave something back, and how many were settled with
    credit.
    """
    released = sum(len(release_over(row_id)) for row_id in over_settled(CHUNK))
    return released, sum(len(apply_credit(customer_id)) for customer_id in _with_credit_and_debt())


def _with_credit_and_debt() -> list[int]:
    """Row ids of customers who have credit in the currency of an open invoice of theirs."""
    open_ = Invoice.objects.filter(state="issued", kind=Invoice.Kind.INVOICE).values("customer_id")
    rich = Payment.objects.filter(state="succeeded", captured__gt=NOT_FREE, customer_id__in=open_)
    return sorted(set(rich.values_list("customer_id", flat=True)[:CHUNK]))
