"""Use as pages show it: what a meter counted for a customer in a month, by day, by resource; its events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from tollbook.base import clock
from tollbook.kernel.period import midnight
from tollbook.kernel.times import zone_info
from tollbook.metering.models import STATES, Aggregation, Meter, UsageEvent, UsageHour
from tollbook.metering.queries import aggregated, counted
from tollbook.metering.rules import mean_level, seconds_between

Span = tuple[datetime, datetime]
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Used:
    """What a meter counted in a span, aggregated as the meter says, and from how many events."""

    meter: Meter
    total: Decimal
    events: int


# Of each span (n): what the meters make of the hours in it, all subscriptions and dimensions together.
_SPANS = """
    unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY AS s (starts, ends, n)
"""
_ROLLED = f"""
    SELECT s.n, h.meter_id, m.aggregation, sum(h.events), sum(h.total), max(h.peak), min(h.low),
        (array_agg(h.last ORDER BY h.last_at DESC, h.last DESC))[1]
    FROM {_SPANS} JOIN usage_hour h ON h.customer_id = %(customer)s AND h.hour >= s.starts AND h.hour < s.ends
    JOIN metering_meter m ON m.id = h.meter_id AND m.aggregation <> ALL(%(states)s)
    WHERE h.events > 0 AND (%(meter)s IS NULL OR h.meter_id = %(meter)s)
    GROUP BY 1, 2, 3
"""  # noqa: S608  # constant text
_AREAS = f"""
    SELECT s.n, h.meter_id, coalesce(sum(h.events) FILTER (WHERE h.hour >= s.starts), 0),
        sum(CASE WHEN h.hour >= s.starts
                 THEN h.moment + h.total * extract(epoch FROM s.ends - h.hour - interval '1 hour')
                 ELSE h.total * extract(epoch FROM s.ends - s.starts) END)
    FROM metering_meter m CROSS JOIN {_SPANS}
    JOIN usage_hour h ON h.customer_id = %(customer)s AND h.meter_id = m.id
        AND h.hour < s.ends AND (m.carries OR h.hour >= s.starts)
    WHERE m.aggregation = %(weighted)s AND h.events > 0 AND (%(meter)s IS NULL OR m.id = %(meter)s)
    GROUP BY 1, 2
"""  # noqa: S608  # constant text
_THINGS = f"""
    SELECT n, meter_id, sum(events), count(DISTINCT (dims, resource)) FILTER (WHERE present) FROM (
        SELECT s.n, t.meter_id, t.dims, t.resource,
            coalesce(sum(t.added + t.removed) FILTER (WHERE t.hour >= s.starts), 0) AS events,
            coalesce(bool_or(t.added > 0) FILTER (WHERE t.hour >= s.starts), false)
            OR (coalesce((array_agg(t.last ORDER BY t.last_at DESC) FILTER (WHERE t.hour < s.starts))[1], 0) > 0
                AND NOT coalesce(bool_or(t.first < 0 AND t.first_at = s.starts), false)) AS present
        FROM metering_meter m CROSS JOIN {_SPANS}
        JOIN usage_thing t ON t.customer_id = %(customer)s AND t.meter_id = m.id
            AND t.hour < s.ends AND (m.carries OR t.hour >= s.starts)
        WHERE m.aggregation = %(unique)s AND (%(meter)s IS NULL OR m.id = %(meter)s)
        GROUP BY s.n, t.subscription_id, t.meter_id, t.dims, t.resource
    ) by_resource GROUP BY 1, 2
"""  # noqa: S608  # constant text


def _read(
    customer_id: int, spans: Sequence[Span], meter: Meter | None = None
) -> dict[tuple[int, int], tuple[Decimal, int]]:
    """`(quantity, events)` by the span's place in the list and the meter's row id, of all meters or of one; nothing
    where nothing is.
    """
    parameters: dict[str, Any] = {
        "customer": customer_id,
        "starts": [start for start, _ in spans],
        "ends": [end for _, end in spans],
        "meter": meter.pk if meter else None,
        "states": [a.value for a in STATES],
        "weighted": Aggregation.WEIGHTED.value,
        "unique": Aggregation.UNIQUE.value,
    }
    found: dict[tuple[int, int], tuple[Decimal, int]] = {}
    with connection.cursor() as cursor:
        if meter is None or meter.aggregation == Aggregation.UNIQUE:
            cursor.execute(_THINGS, parameters)
            for n, meter_id, events, present in cursor.fetchall():
                found[n - 1, meter_id] = Decimal(present), int(events)
        if meter is None or meter.aggregation == Aggregation.WEIGHTED:
            cursor.execute(_AREAS, parameters)
            for n, meter_id, events, area in cursor.fetchall():
                found[n - 1, meter_id] = mean_level(area, seconds_between(*spans[n - 1])), int(events)
        if meter is None or meter.aggregation not in STATES:
            cursor.execute(_ROLLED, parameters)
            for n, meter_id, aggregation, events, *values in cursor.fetchall():
                found[n - 1, meter_id] = aggregated(aggregation, int(events), *values), int(events)
    return {key: (quantity, events) for key, (quantity, events) in found.items() if quantity or events}


def _past(start: datetime, end: datetime) -> list[Span]:
    """The span as far as it has come: what is there later is not known yet. None when it is all to come."""
    now = clock.now()
    until = min(end, max(now.replace(minute=0, second=0, microsecond=0) + _HOUR, start))
    return [(start, until)] if start < until else []


def used(customer_id: int, start: datetime, end: datetime, meter: Meter | None = None) -> list[Used]:
    """What a customer used in [start, end), one entry for each meter (or only for `meter`), by the meter's name; levels
    as far as time has come.
    """
    # In the first span the levels are left out, which would go on to its end; in the second one all else.
    spans = [(start, end), *_past(start, end)]
    found = _read(customer_id, spans, meter)
    known = Meter.objects.in_bulk([meter_id for _, meter_id in found])
    rows = [
        Used(known[meter_id], total, events)
        for (n, meter_id), (total, events) in found.items()
        if (known[meter_id].aggregation in STATES) == bool(n)
    ]
    return sorted(rows, key=lambda u: (u.meter.name, u.meter.pk))


def used_by_day(
    customer_id: int, meter: Meter, start: datetime, end: datetime, zone: str
) -> dict[date, tuple[Decimal, int]]:
    """`(quantity, events)` of a meter by local day of `zone`, each day as the meter says; days on which nothing was are
    not in it.
    """
    first, after = (at.astimezone(zone_info(zone)).date() for at in (start, end))
    days = [first + timedelta(days=n) for n in range((after - first).days)]
    spans = [(midnight(day, zone), midnight(day + timedelta(days=1), zone)) for day in days]
    if meter.aggregation in STATES:
        spans = [past for span in spans for past in _past(*span)]
    found = _read(customer_id, spans, meter)
    return {days[n]: value for (n, _), value in found.items()}


def used_by_resource(
    customer_id: int, meter: Meter, start: datetime, end: datetime, limit: int
) -> list[tuple[str, Decimal, int]]:
    """`(resource, sum, events)` of a meter, the largest sums first, at most `limit`. A meter that counts different
    resources counts each once, however often it was added.
    """
    value = "max(quantity)" if meter.aggregation == Aggregation.UNIQUE else "sum(quantity)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT resource, {value}, count(*) FROM usage_event e "  # noqa: S608  # one of two constants
            "WHERE customer_id = %s AND meter_id = %s AND bucket >= %s AND bucket < %s AND NOT EXISTS (SELECT FROM "
            "usage_correction c WHERE (c.customer_id, c.source, c.event_id) = (e.customer_id, e.source, e.event_id)) "
            "GROUP BY resource ORDER BY 2 DESC, 1 LIMIT %s",
            [customer_id, meter.pk, start, end, limit],
        )
        return [(row[0], row[1], int(row[2])) for row in cursor.fetchall()]


def events_in(customer_id: int, meter: Meter, start: datetime, end: datetime) -> QuerySet[UsageEvent]:
    """The events of a customer's meter in [start, end) that count."""
    return counted().filter(customer_id=customer_id, meter_id=meter.pk, bucket__gte=start, bucket__lt=end)


def first_and_last_use(customer_id: int) -> tuple[datetime, datetime] | None:
    """The first and the last hour with use of a customer; None when there was none. What is carried on is used until
    now.
    """
    hours = UsageHour.objects.filter(customer_id=customer_id, events__gt=0).values_list("hour", flat=True)
    first = hours.order_by("hour").first()
    last = hours.order_by("-hour").first()
    if first is None or last is None:
        return None
    carried = Meter.objects.filter(carries=True).values("pk")
    return first, max(last, clock.now()) if hours.filter(meter_id__in=carried).exists() else last


def meter_of(customer_id: int, public_id: str) -> Meter | None:
    """The meter with that id if the customer ever used it, else None."""
    meter = Meter.objects.filter(public_id=public_id).first()
    if meter is None or not UsageHour.objects.filter(customer_id=customer_id, meter_id=meter.pk).exists():
        return None
    return meter
