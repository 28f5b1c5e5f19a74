"""Roll-ups of a customer, read a page at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection

from tollbook.customers.models import Customer
from tollbook.metering.models import Aggregation
from tollbook.metering.queries import aggregated
from tollbook.metering.rules import mean_level

_HOUR_SECONDS = Fraction(3600)


class Place(NamedTuple):
    """Where an hour stands in the list: its key without the customer."""

    hour: datetime
    meter: str
    subscription: str
    dims: str


@dataclass(frozen=True, slots=True)
class Hour:
    """What a meter counted for a customer in one hour, for one combination of dimensions."""

    place: Place
    unit: str
    aggregation: str
    dimensions: dict[str, str]
    events: int
    quantity: Decimal


# The row comparison follows the order, so that a page begins right after the place given.
_HOURS = """
    SELECT h.hour, h.code, h.subscription, h.dims, h.unit, h.aggregation, h.events, h.total, h.peak, h.low, h.last,
        CASE h.aggregation
            WHEN 'weighted_sum' THEN h.moment + 3600 * coalesce((
                SELECT sum(b.total) FROM usage_hour b
                WHERE h.carries AND b.customer_id = h.customer_id AND b.subscription_id = h.subscription_id
                    AND b.meter_id = h.meter_id AND b.dims = h.dims AND b.hour < h.hour), 0)
            WHEN 'unique' THEN (
                SELECT count(*) FROM (
                    SELECT bool_or(t.hour = h.hour AND t.added > 0)
                        OR (coalesce((array_agg(t.last ORDER BY t.last_at DESC) FILTER (WHERE t.hour < h.hour))[1], 0)
                            > 0 AND NOT bool_or(t.hour = h.hour AND t.first < 0 AND t.first_at = h.hour)) AS present
                    FROM usage_thing t
                    WHERE t.customer_id = h.customer_id AND t.subscription_id = h.subscription_id
                        AND t.meter_id = h.meter_id AND t.dims = h.dims
                        AND (t.hour = h.hour OR (h.carries AND t.hour < h.hour))
                    GROUP BY t.resource
                ) r WHERE r.present)
        END AS state
    FROM (
        SELECT h.*, m.code, m.unit, m.aggregation, m.carries, coalesce(s.public_id, '') AS subscription
        FROM usage_hour h
        JOIN metering_meter m ON m.id = h.meter_id
        LEFT JOIN subscriptions_subscription s ON s.id = h.subscription_id AND s.customer_id = h.customer_id
        WHERE h.customer_id = %(customer)s AND h.hour >= %(start)s AND h.hour < %(end)s AND h.events > 0
          AND (%(meter)s = '' OR m.code = %(meter)s)
          AND (%(subscription)s = '' OR s.public_id = %(subscription)s)
          AND (%(hour)s::timestamptz IS NULL OR (h.hour, m.code, coalesce(s.public_id, ''), h.dims)
               > (%(hour)s::timestamptz, %(code)s, %(of)s, %(dims)s))
        ORDER BY h.hour, m.code, coalesce(s.public_id, ''), h.dims LIMIT %(limit)s
    ) h ORDER BY 1, 2, 3, 4
"""


def hours(
    customer: Customer,
    start: datetime,
    end: datetime,
    *,
    meter: str = "",
    subscription: str = "",
    after: Place | None = None,
    limit: int = 100,
) -> list[Hour]:
    """Hours with use from `start` to `end` (exclusive), earliest first, that follow `after`; at most `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(
            _HOURS,
            {
                "customer": customer.pk,
                "start": start,
                "end": end,
                "meter": meter,
                "subscription": subscription,
                "hour": after.hour if after else None,
                "code": after.meter if after else "",
                "of": after.subscription if after else "",
                "dims": after.dims if after else "",
                "limit": limit,
            },
        )
        return [_hour(row) for row in cursor.fetchall()]


def _hour(row: Sequence[Any]) -> Hour:
    hour, code, subscription, dims, unit, aggregation, events, total, peak, low, last, state = row
    if aggregation == Aggregation.UNIQUE:
        quantity = Decimal(state)
    elif aggregation == Aggregation.WEIGHTED:
        quantity = mean_level(state, _HOUR_SECONDS)
    else:
        quantity = aggregated(aggregation, events, total, peak, low, last)
    return Hour(
        Place(hour, code, subscription, dims),
        unit,
        aggregation,
        json.loads(dims) if dims else {},
        events,
        quantity,
    )
