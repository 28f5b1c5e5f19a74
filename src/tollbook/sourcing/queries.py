"""Cost and margin, read from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from tollbook.sourcing.models import Purchase

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Margin:
    """Revenue (with what rounding its lines added or took) less cost of one customer, both as the ledger has
    them.
    """

    customer_id: int
    currency: str
    revenue: Decimal
    cost: Decimal

    @property
    def margin(self) -> Decimal:
        return self.revenue - self.cost


def margins(brand_id: int) -> dict[int, Margin]:
    """Margin by customer row id over all time: the revenue and cost postings of transactions that concern the
    customer.

    A customer of the brand with postings in two currencies is not possible: a customer buys in one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.customer_id, p.currency,
                   -sum(p.amount) FILTER (WHERE a.kind IN ('revenue', 'rounding')),
                   sum(p.amount) FILTER (WHERE a.kind = 'cost_of_sales')
            FROM ledger_posting p
            JOIN ledger_account a ON a.id = p.account_id
            JOIN ledger_transaction t ON t.id = p.transaction_id
            WHERE t.brand_id = %s AND t.customer_id IS NOT NULL AND a.kind IN ('revenue', 'rounding', 'cost_of_sales')
            GROUP BY 1, 2
            """,
            [brand_id],
        )
        return {
            customer_id: Margin(customer_id, currency, revenue or _ZERO, cost or _ZERO)
            for customer_id, currency, revenue, cost in cursor.fetchall()
        }


def purchased(customer_ids: Sequence[int], start: datetime, end: datetime) -> dict[tuple[int, str], Decimal]:
    """What was bought for these customers (row ids) in the months that begin from `start` to before `end`, exact, by
    customer row id and currency; who has no purchases is not in it.
    """
    rows = Purchase.objects.filter(customer_id__in=customer_ids, period_start__gte=start, period_start__lt=end)
    sums = rows.order_by().values_list("customer_id", "currency").annotate(sum=Sum("amount"))
    return {(customer_id, currency): amount for customer_id, currency, amount in sums}
