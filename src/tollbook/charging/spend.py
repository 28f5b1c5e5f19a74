"""What was charged, spread over time for a chart: by month, or by day of one period; read only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from tollbook.customers.models import Customer
from tollbook.kernel.allocate import allocate
from tollbook.kernel.money import round_to
from tollbook.kernel.period import Period

LAYERS = 4


@dataclass(frozen=True, slots=True)
class Spend:
    """Exact amounts in one currency by product (the largest first, the rest as "Other") over days or months."""

    currency: str
    names: tuple[str, ...]
    rows: tuple[tuple[date, tuple[Decimal, ...]], ...]


def by_month(customer: Customer, months: int) -> Spend | None:
    """What was charged for periods that began in each of the last `months` months with charges, net; None without."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT date_trunc('month', c.period_start AT TIME ZONE %s)::date AS month, p.name, sum(c.amount)
            FROM charging_charge c JOIN catalog_price i ON i.id = c.price_id
            JOIN catalog_plan_version v ON v.id = i.version_id JOIN catalog_plan l ON l.id = v.plan_id
            JOIN catalog_product p ON p.id = l.product_id
            WHERE c.customer_id = %s AND c.currency = %s GROUP BY 1, 2 ORDER BY 1 DESC, 2
            """,
            [customer.zone, customer.pk, customer.currency],
        )
        found = cursor.fetchall()
    kept = sorted({row[0] for row in found})[-months:]
    amounts = {(day, name): amount for day, name, amount in found if day in kept}
    return _spend(customer.currency, kept, amounts)


def by_day(customer: Customer, period: Period) -> Spend | None:
    """What was charged for the period, net, by local day: fees spread evenly over their days, use on the days on which
    it happened, in proportion to the quantity; None when nothing was charged.
    """
    days = _days(period, customer.zone)
    charges = _charges(customer, period)
    use = _use_by_day(customer, period) if any(row.meter for row in charges) else {}
    amounts: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    for row in charges:
        mine = _days(row.period, customer.zone)
        weights = [use.get((row.meter, row.match, day), Decimal(0)) for day in mine] if row.meter else []
        if row.once:
            mine, weights = mine[:1], [Decimal(1)]
        if not any(weight > 0 for weight in weights):
            weights = [Decimal(1)] * len(mine)
        parts = allocate(round_to(row.amount, 10), [max(w, Decimal(0)) for w in weights], 10)
        for day, part in zip(mine, parts, strict=True):
            amounts[day, row.product] += part
    return _spend(customer.currency, days, amounts) if charges else None


@dataclass(frozen=True, slots=True)
class _Row:
    product: str
    once: bool
    meter: str
    match: str
    period: Period
    amount: Decimal


def _charges(customer: Customer, period: Period) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.name, i.kind = 'one_time', i.meter, i.match::text, c.period_start, c.period_end, sum(c.amount)
            FROM charging_charge c JOIN catalog_price i ON i.id = c.price_id
            JOIN catalog_plan_version v ON v.id = i.version_id JOIN catalog_plan l ON l.id = v.plan_id
            JOIN catalog_product p ON p.id = l.product_id
            WHERE c.customer_id = %s AND c.currency = %s AND c.period_start >= %s AND c.period_start < %s
            GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 3, 4, 5
            """,
            [customer.pk, customer.currency, period.start, period.end],
        )
        return [
            _Row(product, once, meter, match, Period(start, end), amount)
            for product, once, meter, match, start, end, amount in cursor.fetchall()
        ]


def _use_by_day(customer: Customer, period: Period) -> dict[tuple[str, str, date], Decimal]:
    """Quantities by meter, price match and local day, for the prices that were charged in the period."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT m.code, i.match::text, (h.hour AT TIME ZONE %s)::date, sum(h.total)
            FROM (SELECT DISTINCT i.meter, i.match FROM charging_charge c JOIN catalog_price i ON i.id = c.price_id
                  WHERE c.customer_id = %s AND c.period_start >= %s AND c.period_start < %s AND i.meter <> '') i
            -- Changes of a level say nothing of how much was there on a day: such charges are spread evenly.
            JOIN metering_meter m ON m.code = i.meter AND m.aggregation NOT IN ('unique', 'weighted_sum')
            JOIN usage_hour h ON h.customer_id = %s AND h.meter_id = m.id AND h.hour >= %s AND h.hour < %s
             AND (i.match = '{}'::jsonb OR nullif(h.dims, '')::jsonb @> i.match)
            GROUP BY 1, 2, 3
            """,
            [customer.zone, customer.pk, period.start, period.end, customer.pk, period.start, period.end],
        )
        return {(row[0], row[1], row[2]): row[3] for row in cursor.fetchall()}


def _days(period: Period, zone: str) -> list[date]:
    first, after = period.dates(zone)
    return [first + timedelta(days=i) for i in range(max((after - first).days, 1))]


def _spend(currency: str, days: Sequence[date], amounts: dict[tuple[date, str], Decimal]) -> Spend | None:
    if not days:
        return None
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for (_, name), amount in amounts.items():
        sums[name] += amount
    ranked = sorted(sums, key=lambda name: (-sums[name], name))
    shown, rest = ranked[:LAYERS], ranked[LAYERS:]
    rows = []
    for day in days:
        values = [amounts.get((day, name), Decimal(0)) for name in shown]
        if rest:
            values.append(sum((amounts.get((day, name), Decimal(0)) for name in rest), Decimal(0)))
        rows.append((day, tuple(values)))
    return Spend(currency, (*shown, *(("Other",) if rest else ())), tuple(rows))
