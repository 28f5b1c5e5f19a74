"""Cost and margin, read from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import DecimalField, QuerySet, Sum
from django.db.models.expressions import RawSQL

from tollbook.customers.models import Customer
from tollbook.ledger.queries import account_ids, balances
from tollbook.ledger.rules import AccountKind
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


def margins(brand_id: int, customer_id: int | None = None) -> dict[int, Margin]:
    """Margin by customer row id over all time, of one customer if one is given: the revenue and cost postings of
    transactions that concern the customer.

    A customer of the brand with postings in two currencies is not possible: a customer buys in one.
    """
    whose, given = ("t.customer_id IS NOT NULL", []) if customer_id is None else ("t.customer_id = %s", [customer_id])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT t.customer_id, p.currency,
                   -sum(p.amount) FILTER (WHERE a.kind IN ('revenue', 'rounding')),
                   sum(p.amount) FILTER (WHERE a.kind = 'cost_of_sales')
            FROM ledger_posting p
            JOIN ledger_account a ON a.id = p.account_id
            JOIN ledger_transaction t ON t.id = p.transaction_id
            WHERE t.brand_id = %s AND {whose} AND a.kind IN ('revenue', 'rounding', 'cost_of_sales')
            GROUP BY 1, 2
            """,  # noqa: S608  # one of two constants
            [brand_id, *given],
        )
        return {
            customer_id: Margin(customer_id, currency, revenue or _ZERO, cost or _ZERO)
            for customer_id, currency, revenue, cost in cursor.fetchall()
        }


def with_margin(customers: QuerySet[Customer]) -> QuerySet[Any]:
    """The customers with `revenue` and `cost` as `margins` has them, summed for those that are read only."""
    return customers.annotate(
        revenue=-_booked(AccountKind.REVENUE, AccountKind.ROUNDING), cost=_booked(AccountKind.COST_OF_SALES)
    )


def _booked(*kinds: AccountKind) -> Any:
    """The sum on all accounts of the kinds of what concerns the customer. There are few such accounts: given by their
    ids, they are not looked for again with each customer.
    """
    money: DecimalField[Decimal, Decimal] = DecimalField(max_digits=38, decimal_places=20)
    sql = """(SELECT coalesce(sum(p.amount), 0) FROM ledger_transaction t
              JOIN ledger_posting p ON p.transaction_id = t.id
              WHERE t.customer_id = customers_customer.id AND p.account_id = ANY(%s::bigint[]))"""
    return RawSQL(sql, [account_ids(kinds)], output_field=money)  # noqa: S611  # constant text


def together() -> list[Margin]:
    """Revenue and cost of all brands over all time by currency, the largest revenue first; the customer id is 0."""
    kinds = (AccountKind.REVENUE, AccountKind.ROUNDING, AccountKind.COST_OF_SALES)
    found = balances(kinds)
    rows = []
    for currency in sorted({currency for _, currency in found}):
        revenue, rounding, cost = (found.get((kind.value, currency), _ZERO) for kind in kinds)
        rows.append(Margin(0, currency, -revenue - rounding, cost))
    return sorted(rows, key=lambda row: row.revenue, reverse=True)


def purchased(customer_ids: Sequence[int], start: datetime, end: datetime) -> dict[tuple[int, str], Decimal]:
    """What was bought for these customers (row ids) in the months that begin from `start` to before `end`, exact, by
    customer row id and currency; who has no purchases is not in it.
    """
    rows = Purchase.objects.filter(customer_id__in=customer_ids, period_start__gte=start, period_start__lt=end)
    sums = rows.order_by().values_list("customer_id", "currency").annotate(sum=Sum("amount"))
    return {(customer_id, currency): amount for customer_id, currency, amount in sums}
