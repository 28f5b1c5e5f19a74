"""Charges, read."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from django.db import connection
from django.db.models import Max, Min, OuterRef, QuerySet, Subquery, Sum

from tollbook.base.bulk import array_text
from tollbook.charging.models import Charge
from tollbook.customers.models import Customer
from tollbook.subscriptions.models import Subscription


class Charged(NamedTuple):
    """What is charged so far for one price of a phase in one period: sums over the revisions, and the end that the
    latest of them gives the period.
    """

    quantity: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    events: int = 0
    revision: int = 0
    latest_id: int | None = None
    ends: datetime | None = None


class ChargeKey(NamedTuple):
    """What a charge is for; revisions share it. Row ids, and the start of the period."""

    subscription_id: int
    phase_id: int
    price_id: int
    period_start: datetime


_SUMS = """
    sum(c.quantity), sum(c.amount), sum(c.events), max(c.revision), max(c.id),
    (array_agg(c.period_end ORDER BY c.revision DESC))[1]
"""
_KEY = "c.subscription_id, c.phase_id, c.price_id, c.period_start"


class Waiting(NamedTuple):
    """A charge that no invoice carries yet; the fields are those of `Charge`. A bill run reads millions of them."""

    pk: int
    customer_id: int
    subscription_id: int
    phase_id: int
    price_id: int
    period_start: datetime
    period_end: datetime
    revision: int
    reason: str
    quantity: Decimal
    amount: Decimal
    currency: str
    rated: dict[str, Any]


def waiting(
    customer_ids: Sequence[int], until: datetime, subscription_ids: Sequence[int] | None = None
) -> list[Waiting]:
    """The customers' charges that are to be billed up to `until`, oldest first, locked until the transaction ends; of
    some subscriptions only, if row ids of them are given.
    """
    only = "" if subscription_ids is None else "AND c.subscription_id = ANY(%s::bigint[])"
    of = [] if subscription_ids is None else [array_text(subscription_ids)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {", ".join("c.id" if name == "pk" else f"c.{name}" for name in Waiting._fields)}
            FROM charging_unbilled u JOIN charging_charge c ON c.id = u.charge_id
            WHERE u.customer_id = ANY(%s::bigint[]) AND u.bill_at <= %s {only} ORDER BY c.id FOR UPDATE OF u
            """,  # noqa: S608  # names from our code
            [array_text(customer_ids), until, *of],
        )
        return [Waiting._make((*row[:-1], msgspec.json.decode(row[-1]))) for row in cursor.fetchall()]


def billed(charge_ids: Sequence[int]) -> None:
    """Take charges that now stand on an invoice out of the queue."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM charging_unbilled WHERE charge_id = ANY(%s::bigint[])", [array_text(charge_ids)])


def charged_so_far(keys: Sequence[ChargeKey]) -> dict[ChargeKey, Charged]:
    """`Charged` by key; what was never charged is not in it."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {_KEY}, {_SUMS}
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[])
                AS w (subscription_id, phase_id, price_id, period_start)
            JOIN charging_charge c USING (subscription_id, phase_id, price_id, period_start)
            GROUP BY 1, 2, 3, 4
            """,  # noqa: S608  # constant text
            [array_text(column) for column in zip(*keys, strict=True)],
        )
        return dict(_charged(row) for row in cursor.fetchall())


def charged_by_month(customer: Customer, first: date) -> list[tuple[int, date, Decimal]]:
    """(subscription row id, month, amount) of what was charged, in the customer's currency, for periods that begin in
    the month `first` or later, in the customer's zone.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.subscription_id, date_trunc('month', c.period_start AT TIME ZONE %s)::date AS month, sum(c.amount)
            FROM charging_charge c
            WHERE c.customer_id = %s AND c.currency = %s AND c.period_start >= (%s::date)::timestamp AT TIME ZONE %s
            GROUP BY 1, 2
            """,
            [customer.zone, customer.pk, customer.currency, first, customer.zone],
        )
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]


def charged_since(since: dict[int, datetime]) -> dict[ChargeKey, Charged]:
    """All that is charged, and not given back whole, of the periods of these subscriptions (by row id) that begin at or
    after an instant.
    """
    if not since:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {_KEY}, {_SUMS}
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS w (subscription_id, since)
            JOIN charging_charge c ON c.subscription_id = w.subscription_id AND c.period_start >= w.since
            GROUP BY 1, 2, 3, 4 HAVING sum(c.quantity) <> 0 OR sum(c.amount) <> 0 OR sum(c.events) <> 0
            ORDER BY 1, 2, 3, 4
            """,  # noqa: S608  # constant text
            [array_text(since), array_text(since.values())],
        )
        return dict(_charged(row) for row in cursor.fetchall())


def _charged(row: Sequence[Any]) -> tuple[ChargeKey, Charged]:
    quantity, amount, events, revision, latest_id, ends = row[4:]
    return ChargeKey(*row[:4]), Charged(quantity, amount, int(events), revision, latest_id, ends)


def charged_prices(periods: Sequence[tuple[int, int, datetime]]) -> list[ChargeKey]:
    """The key of each metered price that is charged for a (subscription row id, phase row id, period start)."""
    if not periods:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT w.subscription_id, w.phase_id, c.price_id, w.period_start
            FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS w (subscription_id, phase_id, period_start)
            CROSS JOIN LATERAL (
                SELECT c.price_id FROM charging_charge c
                WHERE c.subscription_id = w.subscription_id AND c.phase_id = w.phase_id
                  AND c.period_start = w.period_start AND c.revision = 1
                -- By period, never by price: how many charges a price has is often guessed wrong.
                OFFSET 0
            ) c
            JOIN catalog_price p ON p.id = c.price_id
            WHERE p.kind = 'metered'
            """,
            [array_text(column) for column in zip(*periods, strict=True)],
        )
        return [ChargeKey(*row) for row in cursor.fetchall()]


def customers_with_changed_use(until: datetime) -> list[int]:
    """Row ids of customers whose use has changed where it is already charged, or draws on a wallet as it
    happens.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT s.customer_id FROM subscriptions_subscription s
            WHERE s.closed_until IS NOT NULL AND EXISTS (
                SELECT 1 FROM usage_hour h JOIN metering_meter m ON m.id = h.meter_id
                WHERE h.customer_id = s.customer_id AND h.pending
                  AND (h.hour >= date_trunc('hour', s.started_at) OR m.carries)
                  AND h.hour < CASE WHEN s.prepaid THEN %s ELSE s.closed_until END)
            ORDER BY 1
            """,
            [until],
        )
        return [row[0] for row in cursor.fetchall()]


def of_period(charge: Charge) -> QuerySet[Charge]:
    """The revisions of a charge's price and period, the first one first."""
    return Charge.objects.filter(
        subscription_id=charge.subscription_id,
        phase_id=charge.phase_id,
        price_id=charge.price_id,
        period_start=charge.period_start,
    ).order_by("revision")


def unbilled(customer: Customer) -> dict[str, Decimal]:
    """The net sum of the customer's charges that no invoice carries yet, by currency."""
    rows = Charge.objects.filter(unbilled__customer_id=customer.pk, customer=customer).order_by()
    return dict(rows.values_list("currency").annotate(sum=Sum("amount")))


def latest_period(customer: Customer) -> tuple[datetime, datetime] | None:
    """The first and the last start of the periods that the customer was charged for; None without charges."""
    found = Charge.objects.filter(customer=customer).aggregate(first=Min("period_start"), last=Max("period_start"))
    return None if found["first"] is None else (found["first"], found["last"])


def of_subscription(subscription: Subscription) -> QuerySet[Charge]:
    """The charges of a subscription with their prices."""
    rows = Charge.objects.filter(customer_id=subscription.customer_id, subscription=subscription)
    return rows.select_related("price")


def rated_before(charge_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What the revision before each of these charges (row ids) said of the whole reading; none before the first."""
    before = Charge.objects.filter(
        subscription=OuterRef("subscription"), phase=OuterRef("phase"), price=OuterRef("price"),
        period_start=OuterRef("period_start"), revision=OuterRef("revision") - 1,
    )  # fmt: skip
    rows = Charge.objects.filter(pk__in=charge_ids, revision__gt=1).annotate(before=Subquery(before.values("rated")))
    return dict(rows.values_list("pk", "before"))


def taken_off(promotion_id: int) -> list[tuple[str, Decimal]]:
    """What a promotion (row id) has taken off, exact and as priced, by currency: of each price and period what its
    latest revision says, or of whole invoices what it took off each.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT currency, sum(amount) FROM (
            SELECT last.currency, -(step ->> 'amount')::numeric
                                  * CASE WHEN last.rated ->> 'credited' = 'true' THEN -1 ELSE 1 END AS amount
            FROM (
                SELECT DISTINCT ON (c.subscription_id, c.phase_id, c.price_id, c.period_start) c.currency, c.rated
                FROM charging_charge c
                WHERE c.subscription_id IN (SELECT subscription_id FROM promotions_redemption WHERE promotion_id = %s)
                ORDER BY c.subscription_id, c.phase_id, c.price_id, c.period_start, c.revision DESC
            ) last
            CROSS JOIN LATERAL jsonb_array_elements(last.rated -> 'lines') step
            WHERE step ->> 'kind' = 'promotion' AND step ->> 'redemption' IN (
                SELECT public_id FROM promotions_redemption WHERE promotion_id = %s)
            UNION ALL
            SELECT u.currency, u.amount FROM promotions_use u JOIN promotions_redemption d ON d.id = u.redemption_id
            WHERE d.promotion_id = %s
            ) each GROUP BY 1 ORDER BY 1
            """,
            [promotion_id, promotion_id, promotion_id],
        )
        return [(currency, total) for currency, total in cursor.fetchall()]
