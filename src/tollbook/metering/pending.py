"""Use that charging has yet to look at."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection


def pending_hours(customer_ids: Sequence[int], until: datetime) -> list[tuple[int, datetime]]:
    """`(customer row id, hour)` of the customers' pending hours before `until`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT customer_id, hour FROM usage_hour WHERE pending AND customer_id = ANY(%s) AND hour < %s",
            [list(set(customer_ids)), until],
        )
        return list(cursor.fetchall())


def pending_carried(customer_ids: Sequence[int], until: datetime) -> dict[int, datetime]:
    """By customer row id, the earliest pending hour before `until` of what is carried on: all from there on is to be
    read again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.customer_id, min(h.hour) FROM usage_hour h JOIN metering_meter m ON m.id = h.meter_id "
            "WHERE h.pending AND m.carries AND h.customer_id = ANY(%s) AND h.hour < %s GROUP BY 1",
            [list(set(customer_ids)), until],
        )
        return dict(cursor.fetchall())


def claim_carried(customer_ids: Sequence[int], until: datetime) -> None:
    """Mark what `pending_carried` found as read, also where nobody's window holds it: an hour before a subscription
    began changes what it begins with. The borders must have been held since.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE usage_hour h SET pending = false FROM metering_meter m "
            "WHERE m.id = h.meter_id AND m.carries AND h.pending AND h.customer_id = ANY(%s) AND h.hour < %s",
            [list(set(customer_ids)), until],
        )
