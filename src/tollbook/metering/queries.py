"""What charging reads: windows of use, what a meter makes of them, and what waits to be read again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from tollbook.base.bulk import array_text
from tollbook.kernel.money import Rounding
from tollbook.metering.models import STATES, Aggregation, Meter, UsageCorrection, UsageEvent
from tollbook.metering.rules import Reading, mean, mean_level, rounded, seconds_in


@dataclass(frozen=True, slots=True)
class Window:
    """Hours to read: a span of one subscription's use, or (`wide`) the use of the customer at large.

    Windows that share a `key` make one reading: the maximum over two spans is one maximum. `start` and `end`
    are borders of local hours. `closes` is where the span ends once it is over: a level holds until then. `over` is how
    long the whole billing period is, over which a level is averaged: so the parts of a period that is cut add up to it.
    """

    key: int
    customer_id: int
    subscription_id: int
    start: datetime
    end: datetime
    closes: datetime
    over: timedelta
    meter_ids: tuple[int, ...]
    wide: bool


_WINDOWS = """
    (SELECT * FROM unnest(%(keys)s::int[], %(customers)s::bigint[], %(subscriptions)s::bigint[],
                          %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(closes)s::timestamptz[],
                          %(meters)s::text[])
     AS w (key, customer_id, subscription_id, starts, ends, closes, meters)) w
"""
_LATEST = "(array_agg(h.last ORDER BY h.last_at DESC, h.last DESC))[1]"
# Of meters that do not ask for the latest value, it is not looked for: that would sort every hour.
_ROLLED = f"""
    SELECT w.key, h.meter_id, h.dims, sum(h.events), sum(h.total), max(h.peak), min(h.low), 0
    FROM {_WINDOWS} JOIN usage_hour h
      ON h.customer_id = w.customer_id AND h.subscription_id = w.subscription_id
     AND h.hour >= w.starts AND h.hour < w.ends AND h.meter_id = ANY(w.meters::bigint[])
    WHERE h.events > 0
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608  # constant text
_ROLLED_LATEST = _ROLLED.replace("min(h.low), 0", f"min(h.low), {_LATEST}")
_UNITS = f"""
    SELECT w.key, h.dims, sum(CASE WHEN m.aggregation = 'count' THEN h.events ELSE h.total END)
    FROM {_WINDOWS} JOIN usage_hour h
      ON h.customer_id = w.customer_id AND h.subscription_id = w.subscription_id
     AND h.hour >= w.starts AND h.hour < w.ends AND h.meter_id = ANY(w.meters::bigint[])
    JOIN metering_meter m ON m.id = h.meter_id
    GROUP BY 1, 2
"""  # noqa: S608  # constant text
# The area under the level in quantity times seconds: an event counts from its instant to where its window closes, one
# from before the window all through it.
_AREAS = f"""
    SELECT w.key, h.meter_id, h.dims, coalesce(sum(h.events) FILTER (WHERE h.hour >= w.starts), 0),
           sum(CASE WHEN h.hour >= w.starts
                    THEN h.moment + h.total * extract(epoch FROM w.closes - h.hour - interval '1 hour')
                    ELSE h.total * extract(epoch FROM w.closes - w.starts) END)
    FROM {_WINDOWS} JOIN metering_meter m ON m.id = ANY(w.meters::bigint[])
    JOIN usage_hour h
      ON h.customer_id = w.customer_id AND h.subscription_id = w.subscription_id AND h.meter_id = m.id
     AND h.hour < w.ends AND (m.carries OR h.hour >= w.starts)
    WHERE h.events > 0
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608  # constant text
# A resource counts when it was added in a window, or was there when one began: what is taken away at that very instant
# was not.
_THINGS = f"""
    SELECT key, meter_id, dims, sum(events), count(*) FILTER (WHERE present) FROM (
        SELECT key, meter_id, dims, resource, sum(events) AS events, bool_or(present) AS present FROM (
            SELECT w.key, t.meter_id, t.dims, t.resource,
                coalesce(sum(t.added + t.removed) FILTER (WHERE t.hour >= w.starts), 0) AS events,
                coalesce(bool_or(t.added > 0) FILTER (WHERE t.hour >= w.starts), false)
                OR (coalesce((array_agg(t.last ORDER BY t.last_at DESC) FILTER (WHERE t.hour < w.starts))[1], 0) > 0
                    AND NOT coalesce(bool_or(t.first < 0 AND t.first_at = w.starts), false)) AS present
            FROM {_WINDOWS} JOIN metering_meter m ON m.id = ANY(w.meters::bigint[])
            JOIN usage_thing t
              ON t.customer_id = w.customer_id AND t.subscription_id = w.subscription_id AND t.meter_id = m.id
             AND t.hour < w.ends AND (m.carries OR t.hour >= w.starts)
            GROUP BY w.key, w.customer_id, w.subscription_id, w.starts, t.meter_id, t.dims, t.resource
        ) by_window GROUP BY 1, 2, 3, 4
    ) by_resource GROUP BY 1, 2, 3 HAVING sum(events) > 0 OR bool_or(present) ORDER BY 1, 2, 3
"""  # noqa: S608  # constant text


def _parameters(windows: Sequence[Window]) -> dict[str, str | list[str]]:
    return {
        "keys": array_text(w.key for w in windows),
        "customers": array_text(w.customer_id for w in windows),
        "subscriptions": array_text(0 if w.wide else w.subscription_id for w in windows),
        "starts": array_text(w.start for w in windows),
        "ends": array_text(w.end for w in windows),
        "closes": array_text(w.closes for w in windows),
        "meters": [array_text(w.meter_ids) for w in windows],
    }


def _rows(sql: str, windows: Sequence[Window], meter_ids: set[int]) -> list[tuple[Any, ...]]:
    """The rows of a reading over the windows of these meters; no question is asked where no window has one."""
    parts = [(w, tuple(pk for pk in w.meter_ids if pk in meter_ids)) for w in windows]
    wanted = [w if ids == w.meter_ids else replace(w, meter_ids=ids) for w, ids in parts if ids]
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, _parameters(wanted))
        return list(cursor.fetchall())


def readings(windows: Sequence[Window], meters: Mapping[int, Meter]) -> dict[int, list[Reading]]:
    """The readings by the key of their windows: one for each meter and combination of dimensions with events, and for
    each with something carried in. `meters` are all that the windows name, by row id.

    Rounded as the meter says, once. The level of a window that is not over is taken to hold until it `closes`.
    """
    states = {pk for pk, meter in meters.items() if meter.aggregation in STATES}
    unique = {pk for pk in states if meters[pk].aggregation == Aggregation.UNIQUE}
    found: dict[int, list[Reading]] = defaultdict(list)

    def add(key: int, meter_id: int, dims: str, quantity: Decimal, events: int) -> None:
        meter = meters[meter_id]
        quantity = rounded(quantity, meter.round_to, Rounding(meter.round_mode))
        found[key].append(Reading(meter_id, dims, quantity, int(events)))

    latest = {pk for pk, meter in meters.items() if meter.aggregation == Aggregation.LATEST}
    summed = _rows(_ROLLED, windows, set(meters) - states - latest) + _rows(_ROLLED_LATEST, windows, latest)
    for key, meter_id, dims, events, total, peak, low, last in summed:
        add(key, meter_id, dims, aggregated(meters[meter_id].aggregation, int(events), total, peak, low, last), events)
    for key, meter_id, dims, events, present in _rows(_THINGS, windows, unique):
        add(key, meter_id, dims, Decimal(present), events)
    over = {w.key: w.over for w in windows}
    for key, meter_id, dims, events, area in _rows(_AREAS, windows, states - unique):
        if events or area:
            add(key, meter_id, dims, mean_level(area, seconds_in(over[key])), events)
    return {key: sorted(rows, key=lambda r: (r.meter_id, r.dims)) for key, rows in found.items()}


# What is reserved of the meters of windows and has not lapsed.
_HELD = f"""
    SELECT w.key, r.dims, sum(r.quantity) FROM {_WINDOWS} JOIN usage_hold r
      ON r.customer_id = w.customer_id AND r.subscription_id = w.subscription_id
     AND r.hour >= w.starts AND r.hour < w.ends AND r.meter_id = ANY(w.meters::bigint[])
    WHERE r.state = 'open' AND (r.expires_at IS NULL OR r.expires_at > %(at)s)
    GROUP BY 1, 2
"""  # noqa: S608  # constant text


def used_and_held(
    windows: Sequence[Window], at: datetime
) -> tuple[dict[int, dict[str, Decimal]], dict[int, dict[str, Decimal]]]:
    """The units of windows of meters that sum or count, by the key of the windows (which have one meter each) and
    dimensions, unrounded: those that are used, and those that are held at `at`.
    """
    used: dict[int, dict[str, Decimal]] = defaultdict(dict)
    held: dict[int, dict[str, Decimal]] = defaultdict(dict)
    if windows:
        with connection.cursor() as cursor:
            cursor.execute(_UNITS, _parameters(windows))
            for key, dims, units in cursor.fetchall():
                used[key][dims] = units
            cursor.execute(_HELD, {**_parameters(windows), "at": at})
            for key, dims, units in cursor.fetchall():
                held[key][dims] = units
    return used, held


def aggregated(aggregation: str, events: int, total: Decimal, peak: Decimal, low: Decimal, last: Decimal) -> Decimal:
    """What a meter that is no level makes of a roll-up of one or more hours with events."""
    if aggregation == Aggregation.AVG:
        return mean(total, events)
    values = {
        Aggregation.SUM: total,
        Aggregation.COUNT: Decimal(events),
        Aggregation.MIN: low,
        Aggregation.MAX: peak,
        Aggregation.LATEST: last,
    }
    return values[Aggregation(aggregation)]


def hold_borders(customer_ids: Sequence[int]) -> None:
    """Keep the use of these customers as it is until the end of the transaction: what is under way is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM usage_border WHERE customer_id = ANY(%s) ORDER BY customer_id FOR UPDATE",
            [sorted(set(customer_ids))],
        )


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


def leave(windows: Sequence[Window]) -> None:
    """Mark as pending what is there of windows between their end and where they close: it is dated later than what is
    read now, and lies in a period of which something is charged. Call `move_borders` up to there first.
    """
    if still_open := [window for window in windows if window.end < window.closes]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE usage_hour SET pending = true FROM (
                    SELECT h.ctid FROM {_WINDOWS} JOIN usage_hour h
                      ON h.customer_id = w.customer_id AND h.subscription_id = w.subscription_id
                     AND h.hour >= w.ends AND h.hour < w.closes AND h.meter_id = ANY(w.meters::bigint[])
                    WHERE NOT h.pending ORDER BY h.customer_id, h.subscription_id, h.meter_id, h.dims, h.hour
                    FOR UPDATE OF h
                ) found WHERE usage_hour.ctid = found.ctid
                """,  # noqa: S608  # constant text
                _parameters(still_open),
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


def meters() -> dict[int, Meter]:
    """All meters by row id."""
    return {m.pk: m for m in Meter.objects.all()}


def counted() -> QuerySet[UsageEvent]:
    """The events that count: all but those that were cancelled or changed."""
    corrected = UsageCorrection.objects.filter(
        customer_id=OuterRef("customer_id"), source=OuterRef("source"), event_id=OuterRef("event_id")
    )
    return UsageEvent.objects.filter(~Exists(corrected))
