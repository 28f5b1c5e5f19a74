"""Roll-ups of a customer, read a page at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from tollbook.customers.models import Customer
from tollbook.metering.models import Aggregation


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


_VALUE = {Aggregation.SUM: 0, Aggregation.MAX: 1, Aggregation.LATEST: 2}
# The row comparison follows the order, so that a page begins right after the place given.
_HOURS = """
    SELECT h.hour, m.code, coalesce(s.public_id, ''), h.dims, m.unit, m.aggregation, h.events, h.total, h.peak, h.last
    FROM usage_hour h
    JOIN metering_meter m ON m.id = h.meter_id
    LEFT JOIN subscriptions_subscription s ON s.id = h.subscription_id AND s.customer_id = h.customer_id
    WHERE h.customer_id = %(customer)s AND h.hour >= %(start)s AND h.hour < %(end)s
      AND (%(meter)s = '' OR m.code = %(meter)s)
      AND (%(subscription)s = '' OR s.public_id = %(subscription)s)
      AND (%(hour)s::timestamptz IS NULL OR (h.hour, m.code, coalesce(s.public_id, ''), h.dims)
           > (%(hour)s::timestamptz, %(code)s, %(of)s, %(dims)s))
    ORDER BY 1, 2, 3, 4 LIMIT %(limit)s
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


def _hour(row: Sequence[object]) -> Hour:
    hour, code, subscription, dims, unit, aggregation, events, *values = row
    counted = (
        Decimal(str(events)) if aggregation == Aggregation.COUNT else values[_VALUE[Aggregation(str(aggregation))]]
    )
    return Hour(
        Place(hour, str(code), str(subscription), str(dims)),  # type: ignore[arg-type]  # a timestamptz column
        str(unit),
        str(aggregation),
        json.loads(str(dims)) if dims else {},
        int(str(events)),
        Decimal(str(counted)),
    )
