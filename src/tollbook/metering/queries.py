"""Readings and events, read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet

from tollbook.base.bulk import array_text
from tollbook.metering.models import Aggregation, Meter, UsageEvent, UsageHour
from tollbook.metering.rules import Reading, canonical_dims


@dataclass(frozen=True, slots=True)
class Window:
    """Hours to read: a span of one subscription's use, or (`wide`) the use of the customer at large.

    Windows that share a `key` make one reading: the maximum over two spans is one maximum. `start` and `end`
    are borders of local hours.
    """

    key: int
    customer_id: int
    subscription_id: int
    start: datetime
    end: datetime
    meter_ids: tuple[int, ...]
    wide: bool


_WINDOWS = """
    (SELECT * FROM unnest(%(keys)s::int[], %(customers)s::bigint[], %(subscriptions)s::bigint[],
                          %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(meters)s::text[])
     AS w (key, customer_id, subscription_id, starts, ends, meters)) w
"""


def _parameters(windows: Sequence[Window]) -> dict[str, str | list[str]]:
    return {
        "keys": array_text(w.key for w in windows),
        "customers": array_text(w.customer_id for w in windows),
        "subscriptions": array_text(0 if w.wide else w.subscription_id for w in windows),
        "starts": array_text(w.start for w in windows),
        "ends": array_text(w.end for w in windows),
        "meters": [array_text(w.meter_ids) for w in windows],
    }


def readings(windows: Sequence[Window], aggregations: dict[int, str]) -> dict[int, list[Reading]]:
    """The readings by the key of their windows: one for each meter and combination of dimensions with events."""
    found: dict[int, list[Reading]] = {}
    if not windows:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT w.key, h.meter_id, h.dims, sum(h.events), sum(h.total), max(h.peak),
                   (array_agg(h.last ORDER BY h.last_at DESC, h.last DESC))[1]
            FROM {_WINDOWS} JOIN usage_hour h
              ON h.customer_id = w.customer_id AND h.subscription_id = w.subscription_id
             AND h.hour >= w.starts AND h.hour < w.ends AND h.meter_id = ANY(w.meters::bigint[])
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """,  # noqa: S608  # constant text
            _parameters(windows),
        )
        for key, meter_id, dims, events, total, peak, last in cursor.fetchall():
            values = {
                Aggregation.SUM.value: total,
                Aggregation.COUNT.value: Decimal(events),
                Aggregation.MAX.value: peak,
                Aggregation.LATEST.value: last,
            }
            found.setdefault(key, []).append(Reading(meter_id, dims, values[aggregations[meter_id]], int(events)))
    return found


def move_borders(read_until: Mapping[int, datetime | None]) -> None:
    """Say up to where the use of these customers (by row id) is about to be read; None: as it comes in, for ever.

    To be called before reading. Ingestion that is under way is waited for and will be read; what comes in later waits
    for this transaction, and finds the new border. A border never moves back.
    """
    rows = sorted(read_until.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_border AS b (customer_id, read_until) "
            "SELECT c, coalesce(u, 'infinity') FROM unnest(%s::bigint[], %s::timestamptz[]) AS w (c, u) ORDER BY c "
            "ON CONFLICT (customer_id) DO UPDATE SET read_until = greatest(b.read_until, excluded.read_until)",
            [array_text(customer_id for customer_id, _ in rows), array_text(until for _, until in rows)],
        )


def claim(windows: Sequence[Window]) -> None:
    """Mark the pending hours of the windows as read. Call `move_borders` first."""
    if windows:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE usage_hour SET pending = false FROM (
                    SELECT h.ctid FROM {_WINDOWS} JOIN usage_hour h
                      ON h.customer_id = w.customer_id AND h.subscription_id = w.subscription_id
                     AND h.hour >= w.starts AND h.hour < w.ends AND h.meter_id = ANY(w.meters::bigint[])
                    WHERE h.pending ORDER BY h.customer_id, h.subscription_id, h.meter_id, h.dims, h.hour
                    FOR UPDATE OF h
                ) found WHERE usage_hour.ctid = found.ctid
                """,  # noqa: S608  # constant text
                _parameters(windows),
            )


def unclaim(window: Window, meter_id: int, dims: str) -> None:
    """Put hours that no price fits back to pending: they wait for a price, and `check-books` reports them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE usage_hour SET pending = true WHERE customer_id = %s AND subscription_id = %s AND meter_id = %s "
            "AND dims = %s AND hour >= %s AND hour < %s",
            [
                window.customer_id,
                0 if window.wide else window.subscription_id,
                meter_id,
                dims,
                window.start,
                window.end,
            ],
        )


def pending_hours(customer_ids: Sequence[int], until: datetime) -> list[tuple[int, datetime]]:
    """`(customer row id, hour)` of the customers' pending hours before `until`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT customer_id, hour FROM usage_hour WHERE pending AND customer_id = ANY(%s) AND hour < %s",
            [list(set(customer_ids)), until],
        )
        return list(cursor.fetchall())


def meters() -> dict[int, Meter]:
    """All meters by row id."""
    return {m.pk: m for m in Meter.objects.all()}


def events_of(
    customer_id: int,
    subscription_id: int,
    meter_code: str,
    match: dict[str, str],
    start: datetime,
    end: datetime,
) -> QuerySet[UsageEvent]:
    """The events behind a reading, in time order: those of the subscription and those of the customer at
    large.
    """
    meter = Meter.objects.filter(code=meter_code).first()
    rows = UsageEvent.objects.filter(
        customer_id=customer_id,
        subscription_id__in=(0, subscription_id),
        meter_id=meter.pk if meter else 0,
        bucket__gte=start,
        bucket__lt=end,
    )
    for name, value in match.items():
        # dims is canonical JSON text; a pair of it can be looked for as text.
        rows = rows.filter(dims__contains=_pair(name, value))
    return rows.order_by("at", "source", "event_id")


def _pair(name: str, value: str) -> str:
    return canonical_dims([name], {name: value})[1:-1]


@dataclass(frozen=True, slots=True)
class Used:
    """What a meter counted in a span, aggregated as the meter says, and from how many events."""

    meter: Meter
    total: Decimal
    events: int


_TOTALS = "sum(total), sum(events), max(peak), (array_agg(last ORDER BY last_at DESC))[1]"


def _as_aggregated(meter: Meter, total: Decimal, events: int, peak: Decimal, last: Decimal) -> Decimal:
    values = {"sum": total, "count": Decimal(events), "max": peak, "latest": last}
    return values[meter.aggregation]


def used(customer_id: int, start: datetime, end: datetime) -> list[Used]:
    """What a customer used in [start, end), one entry for each meter, by the meter's name."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT meter_id, {_TOTALS} FROM usage_hour "  # noqa: S608  # constant text
            "WHERE customer_id = %s AND hour >= %s AND hour < %s GROUP BY meter_id",
            [customer_id, start, end],
        )
        rows = cursor.fetchall()
    known = Meter.objects.in_bulk([row[0] for row in rows])
    found = [Used(known[row[0]], _as_aggregated(known[row[0]], *row[1:]), int(row[2])) for row in rows]
    return sorted(found, key=lambda u: (u.meter.name, u.meter.pk))


def used_by_day(
    customer_id: int, meter: Meter, start: datetime, end: datetime, zone: str
) -> dict[date, tuple[Decimal, int]]:
    """`(total, events)` of a meter by local day of `zone`; days without events are not in it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (hour AT TIME ZONE %s)::date, {_TOTALS} FROM usage_hour "  # noqa: S608  # constant text
            "WHERE customer_id = %s AND meter_id = %s AND hour >= %s AND hour < %s GROUP BY 1",
            [zone, customer_id, meter.pk, start, end],
        )
        return {row[0]: (_as_aggregated(meter, *row[1:]), int(row[2])) for row in cursor.fetchall()}


def used_by_resource(
    customer_id: int, meter: Meter, start: datetime, end: datetime, limit: int
) -> list[tuple[str, Decimal, int]]:
    """`(resource, sum, events)` of a meter, the largest sums first, at most `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resource, sum(quantity), count(*) FROM usage_event "
            "WHERE customer_id = %s AND meter_id = %s AND bucket >= %s AND bucket < %s "
            "GROUP BY resource ORDER BY 2 DESC, 1 LIMIT %s",
            [customer_id, meter.pk, start, end, limit],
        )
        return [(row[0], row[1], int(row[2])) for row in cursor.fetchall()]


def events_in(customer_id: int, meter: Meter, start: datetime, end: datetime) -> QuerySet[UsageEvent]:
    """The events of a customer's meter in [start, end)."""
    return UsageEvent.objects.filter(customer_id=customer_id, meter_id=meter.pk, bucket__gte=start, bucket__lt=end)


def first_and_last_use(customer_id: int) -> tuple[datetime, datetime] | None:
    """The first and the last hour with use of a customer; None when there was none. Two probes of one index."""
    hours = UsageHour.objects.filter(customer_id=customer_id).values_list("hour", flat=True)
    first = hours.order_by("hour").first()
    last = hours.order_by("-hour").first()
    return None if first is None or last is None else (first, last)


def meter_of(customer_id: int, public_id: str) -> Meter | None:
    """The meter with that id if the customer ever used it, else None."""
    meter = Meter.objects.filter(public_id=public_id).first()
    if meter is None or not UsageHour.objects.filter(customer_id=customer_id, meter_id=meter.pk).exists():
        return None
    return meter
