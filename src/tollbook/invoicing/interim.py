"""Interim invoices: what is not invoiced is invoiced when it reaches an amount; the rest of the periods goes on."""

from datetime import datetime
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.charging.actions import charge_customers
from tollbook.charging.estimate import so_far
from tollbook.charging.models import Draw, Unbilled
from tollbook.customers.features import value_for, value_for_each
from tollbook.customers.models import Customer
from tollbook.customers.rules import BillingPlan
from tollbook.features.queries import history
from tollbook.identity.audit import SYSTEM, record
from tollbook.invoicing.actions import bill_customers
from tollbook.invoicing.settings import INTERIM_AMOUNT
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.subscriptions.queries import customers_living

CHUNK = 500
_ZERO = Decimal(0)


def interim_due(at: datetime | None = None) -> int:
    """Issue the interim invoices that are due at `at` (now, if not given); how many.

    Where the feature is set for nobody it costs one query. Each customer is a transaction; one who cannot be invoiced
    stops nobody else: what was refused is raised when all others are done.
    """
    at = at or clock.now()
    issued, last = 0, 0
    refused: list[Refused] = []
    if not history(INTERIM_AMOUNT).exists():
        return 0
    while chunk := customers_living(at, last, CHUNK):
        limits = value_for_each(chunk, INTERIM_AMOUNT)
        for customer_id in [each for each in chunk if limits[each]]:
            try:
                issued += len(invoice_interim(customer_id, at))
            except Refused as error:
                refused.append(error)
        last = chunk[-1]
    if refused:
        raise refused[0]
    return issued


@action
def invoice_interim(customer_id: int, at: datetime) -> list[str]:
    """Charge a customer to now and invoice all of it, if what is not invoiced (charges, and use up to now, in the
    customer's currency, as priced) has reached the feature's amount; the public ids of the invoices.

    What a wallet pays does not count. Two runs at once take turns: the second finds nothing left. What the periods
    bring later is charged as the difference, so that all invoices together charge what one would have. Refused as
    `bill_customers`.
    """
    # Charging locks the subscriptions after it.
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("brand", "group")
    customer = rows.get(pk=customer_id)
    limit = value_for(customer, INTERIM_AMOUNT).get(customer.currency)
    if not limit or customer.billing_plan == BillingPlan.PREPAID or owed_so_far(customer, at).amount < limit:
        return []
    charge_customers([customer_id], at, to_now=True)
    # What would wait for the end of its period does not.
    Unbilled.objects.filter(customer_id=customer_id, bill_at__gt=at).update(bill_at=at)
    issued = bill_customers([customer_id], at)
    for public_id in issued:
        detail = {"limit": str(limit), "currency": customer.currency}
        record("invoice.interim", public_id, actor=SYSTEM, door=SYSTEM, customer_id=customer_id, detail=detail, at=at)
    return issued


def owed_so_far(customer: Customer, at: datetime) -> Money:
    """Charges that no invoice carries and no wallet paid, and the use that is not charged yet; as priced."""
    drawn = Draw.objects.filter(charge__unbilled__isnull=False, charge__customer=customer)
    paid = drawn.filter(charge__currency=customer.currency).values_list("charge__amount", flat=True)
    found = so_far(customer, at).now
    return Money(found.amount - sum(paid, _ZERO), customer.currency)
