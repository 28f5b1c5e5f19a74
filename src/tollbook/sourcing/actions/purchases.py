"""What imported use costs us, as a ledger fact: cost of sales against what we owe the supplier."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import EXACT, POSTING_PLACES, round_to
from tollbook.kernel.period import calendar
from tollbook.ledger.actions import Entry, post_many
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot
from tollbook.sourcing.models import Purchase, Supplier

_DIFFERENCES = """
    WITH bought AS (
        SELECT r.customer_id, r.item, r.unit_cost, date_trunc('month', r.at AT TIME ZONE %(zone)s) AS month,
               sum(r.quantity) AS quantity
        FROM sourcing_imported_row r
        WHERE r.supplier_id = %(supplier)s AND r.outcome IN ('billed', 'credited')
          AND r.customer_id = ANY(%(customers)s)
        GROUP BY 1, 2, 3, 4
    ), booked AS (
        SELECT customer_id, item, unit_cost, date_trunc('month', period_start AT TIME ZONE %(zone)s) AS month,
               sum(quantity) AS quantity, max(revision) AS revision
        FROM sourcing_purchase WHERE supplier_id = %(supplier)s AND customer_id = ANY(%(customers)s)
        GROUP BY 1, 2, 3, 4
    )
    SELECT b.customer_id, b.item, b.unit_cost, b.month::date, b.quantity - coalesce(p.quantity, 0),
           coalesce(p.revision, 0) + 1
    FROM bought b LEFT JOIN booked p USING (customer_id, item, unit_cost, month)
    WHERE p.quantity IS NULL OR b.quantity <> p.quantity
    ORDER BY 1, 4, 2, 3
"""


@action
def record_purchases(supplier: Supplier, customer_ids: Sequence[int], at: datetime | None = None) -> int:
    """Record what the imported rows of these customers cost and is not recorded yet; returns how many
    purchases were made.

    One purchase for each customer, item, unit cost and calendar month of the brand's zone; a month that grew
    later gets a further revision with the difference. What a customer's month costs is booked in one
    transaction: cost of sales against supplier payable.
    """
    zone, at = supplier.brand.zone, at or clock.now()
    Supplier.objects.select_for_update().get(pk=supplier.pk)
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES, {"zone": zone, "supplier": supplier.pk, "customers": list(customer_ids)})
        rows = cursor.fetchall()
    purchases = [_purchase(supplier, row, zone, at) for row in rows]
    Purchase.objects.bulk_create(purchases)
    post_many(_entries(supplier, purchases, at), at)
    return len(purchases)


def _purchase(
    supplier: Supplier, row: tuple[int, str, Decimal, date, Decimal, int], zone: str, at: datetime
) -> Purchase:
    customer_id, item, unit_cost, month, quantity, revision = row
    # Noon of the 2nd is within the month in every zone.
    period = calendar(1, datetime(month.year, month.month, 2, 12, tzinfo=at.tzinfo), zone)
    return Purchase(
        public_id=new_id("pur"),
        supplier=supplier,
        customer_id=customer_id,
        item=item,
        unit_cost=unit_cost,
        period_start=period.start,
        period_end=period.end,
        revision=revision,
        quantity=quantity,
        amount=EXACT.multiply(quantity, unit_cost),
        currency=supplier.currency,
        created_at=at,
    )


def _entries(supplier: Supplier, purchases: Sequence[Purchase], at: datetime) -> list[Entry]:
    # Summed before they are cut to posting scale: single purchases may be smaller than what a posting can
    # hold.
    months: dict[tuple[int, datetime], list[Purchase]] = defaultdict(list)
    for purchase in purchases:
        months[purchase.customer_id, purchase.period_start].append(purchase)
    entries = []
    for (customer_id, _), found in months.items():
        amount = round_to(sum((p.amount for p in found), Decimal(0)), POSTING_PLACES)
        legs = (
            Leg(Slot(AccountKind.COST_OF_SALES, supplier.currency, supplier.code), amount),
            Leg(Slot(AccountKind.SUPPLIER_PAYABLE, supplier.currency, supplier.code), -amount),
        )
        cause = Cause("purchase", found[0].public_id, "cost")
        memo = f"{supplier.name}: {len(found)} items"
        if amount:
            entries.append(Entry(supplier.brand_id, cause, at.date(), legs, memo, customer_id))
    return entries
