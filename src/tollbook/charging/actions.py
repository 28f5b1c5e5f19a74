"""From periods and readings to charges: each amount once, a changed reading by its difference."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection
from psycopg.types.json import Json

from tollbook.base import clock
from tollbook.base.bulk import WHOLE, Part, array_text, copy_rows, next_ids
from tollbook.base.tasks import action
from tollbook.catalog.models import Price
from tollbook.charging.causes import tell_causes
from tollbook.charging.draws import draw_prepaid
from tollbook.charging.due import Fee, Work, plan_work, price_lists, take_over, windows
from tollbook.charging.queries import (
    Charged,
    ChargeKey,
    charged_prices,
    charged_since,
    charged_so_far,
    customers_with_changed_use,
)
from tollbook.charging.rules import LATE, Owed, credits_unused, nothing, owe, why
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import round_to
from tollbook.kernel.period import Period
from tollbook.metering import queries as usage
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import due, schedule_of, stages_of
from tollbook.subscriptions.rules import Stage

CHUNK = 200
EXACT_PLACES = 20

Row = dict[str, Any]


class DueLine(NamedTuple):
    """A charge as it would be made: row ids and start of its period, its price, and what it adds, exact and net."""

    key: ChargeKey
    price: Price
    period_end: datetime
    quantity: Decimal
    amount: Decimal
    reason: str


def charge_due(until: datetime | None = None, progress: Callable[[int], None] | None = None, part: Part = WHOLE) -> int:
    """Charge everything that has fallen due up to `until` (now, if not given); returns how many charges were
    made.

    Works in chunks of customers, each chunk one transaction: killed half way, the next run goes on where it
    stopped; two runs at once never charge the same thing twice. `progress` hears the number of customers
    done. `part` is the share of the customers to charge, for runs in several processes.
    """
    until = until or clock.now()
    made = 0
    done: set[int] = set()
    late = [c for c in customers_with_changed_use(until) if c % part.of_parts == part.number]
    while chunk := [c for c in [*due(until, CHUNK, done, part), *late] if c not in done][:CHUNK]:
        chunk = list(dict.fromkeys(chunk))
        made += charge_customers(chunk, until)
        done.update(chunk)
        if progress:
            progress(len(done))
    return made


@action
def charge_customers(customer_ids: Sequence[int], until: datetime) -> int:
    """Charge what is due of these customers up to `until`, in one transaction; returns how many charges were
    made.

    The customers' subscriptions are locked meanwhile; another run that wants them waits, and then finds
    nothing due.
    """
    works, rows = _due(customer_ids, until)
    _write(rows)
    draw_prepaid([row for row in rows if row["prepaid"]], until)
    _turn(works, until)
    return len(rows)


def due_lines(customer_ids: Sequence[int], until: datetime) -> list[DueLine]:
    """What `charge_customers` would charge now, computed by the same functions; nothing is charged.

    Hours of use are marked as read meanwhile: call it in a transaction that is rolled back.
    """
    _, rows = _due(customer_ids, until)
    return [
        DueLine(row["key"], row["price"], row["period_end"], row["quantity"], row["amount"], row["reason"])
        for row in rows
    ]


def _due(customer_ids: Sequence[int], until: datetime) -> tuple[list[Work], list[Row]]:
    """What is due of these customers up to `until`, with the rows of the charges; their subscriptions are locked."""
    subscriptions = list(
        Subscription.objects.select_for_update(of=("self",))
        .select_related("customer", "book")
        .filter(customer_id__in=customer_ids)
        .order_by("customer_id", "started_at", "pk")
    )
    usage.hold_borders(customer_ids)
    works = _works(subscriptions, until)
    rows = _fee_rows(works) + _use_rows(works, until) + _void_rows(works)
    tell_causes(rows)
    return works, rows


def _works(subscriptions: Sequence[Subscription], until: datetime) -> list[Work]:
    late: dict[int, list[datetime]] = defaultdict(list)
    for customer_id, hour in usage.pending_hours([s.customer_id for s in subscriptions], until):
        late[customer_id].append(hour)
    carried = usage.pending_carried([s.customer_id for s in subscriptions], until)
    in_force = stages_of(subscriptions)
    lists = price_lists(in_force.values())
    works = []
    for s in subscriptions:
        hours = [h for h in late[s.customer_id] if s.closed_until is not None and h < s.closed_until]
        since = carried.get(s.customer_id)
        if since is not None and s.closed_until is not None and since < s.closed_until:
            # What changed there is carried through every period from then on.
            hours += _starts(s, in_force[s.pk], since, s.closed_until)
        works += plan_work(s, in_force[s.pk], lists, hours, until)
    take_over(works)
    usage.claim_carried(list(carried), until)
    return works


def _starts(
    subscription: Subscription, stages: Sequence[Stage], since: datetime, until: datetime
) -> Iterable[datetime]:
    """When the periods of each stage begin, from the one that holds `since` on."""
    schedule = schedule_of(subscription)
    for stage in stages:
        yield from (period.start for period in schedule.of_stage(stage).periods(max(since, stage.start), until))


def _fee_rows(works: Sequence[Work]) -> list[Row]:
    """Rows for fees that are due, and for those that a change of plan or an early end has made larger or smaller."""
    wanted = [(w, fee) for w in works for fee in w.fees]
    keys = [_key(w, fee.price.pk, fee.period) for w, fee in wanted]
    before = charged_so_far(keys)
    # A fee is the same for everybody who owes it for the same share of a period.
    owed: dict[tuple[int, Fraction], Owed] = {}
    rows = []
    for (work, fee), key in zip(wanted, keys, strict=True):
        same = (fee.price.pk, fee.share)
        if same not in owed:
            owed[same] = owe(work.prices.terms[fee.price.pk], Decimal(1), fee.share)
        already = before.get(key, Charged())
        if _fee_differs(work, fee, owed[same], already):
            rows.append(_row(work, fee.price, fee.period, owed[same], 0, already))
    return rows


def _fee_differs(work: Work, fee: Fee, owed: Owed, already: Charged) -> bool:
    """Whether a fee is to be charged, or charged again by the difference."""
    if not already.revision:
        return True
    less = round_to(owed.amount, EXACT_PLACES) - already.amount
    if less < 0 and fee.price.in_advance:
        return credits_unused(work.prices.terms[fee.price.pk], work.stage)
    # A period that goes on after all is charged to its new end, even where that costs nothing.
    return bool(less) or (already.ends is not None and already.ends < fee.period.end)


def _void_rows(works: Sequence[Work]) -> list[Row]:
    """Rows that give back what is charged of periods that never were: of a plan that was replaced from its start on, or
    after an end in the past.
    """
    since = {w.subscription.pk: w.since for w in works if w.since is not None}
    alive = {(w.stage.phase_id, p.start) for w in works for p in w.read_again}
    of_phase = {w.stage.phase_id: w for w in works}
    of_subscription = {w.subscription.pk: w for w in works}
    gone = {
        key: already for key, already in charged_since(since).items() if (key.phase_id, key.period_start) not in alive
    }
    prices = Price.objects.in_bulk({key.price_id for key in gone})
    rows = []
    for key, already in gone.items():
        work = of_phase.get(key.phase_id)
        in_force = work.stage if work else None
        any_work, price = of_subscription[key.subscription_id], prices[key.price_id]
        reason = why(in_force, any_work.schedule.zone, True, bool(price.meter))
        ends = already.ends or key.period_start
        rows.append(_line(any_work, key, price, nothing(), already, ends=ends, events=0, reason=reason))
    return rows


def _use_rows(works: Sequence[Work], until: datetime) -> list[Row]:
    """Rows for readings that differ from what is charged of them so far."""
    meters = usage.meters()
    codes = {meter.code: pk for pk, meter in meters.items()}
    found, owners = windows(works, codes, until)
    usage.move_borders(_borders(works))
    usage.claim(found)
    readings = usage.readings(found, meters)
    totals: dict[ChargeKey, list[Decimal | int]] = {}
    context: dict[ChargeKey, tuple[Work, Price, Period]] = {}
    for group, (work, period) in owners.items():
        for reading in readings.get(group, ()):
            price = work.prices.price_for(meters[reading.meter_id].code, reading.dims)
            if price is None:
                for window in found:
                    if window.key == group:
                        usage.unclaim(window, reading.meter_id, reading.dims)
                continue
            key = _key(work, price.pk, period)
            total = totals.setdefault(key, [Decimal(0), 0])
            total[0] += reading.quantity
            total[1] += reading.events
            context[key] = (work, price, period)
    _add_unused(owners.values(), totals, context)
    return _differences(totals, context)


def _borders(works: Sequence[Work]) -> dict[int, datetime | None]:
    """Up to where this run reads each customer's use; None for those whose use is charged as it comes in."""
    found: dict[int, datetime | None] = {}
    for work in works:
        customer_id, turned = work.subscription.customer_id, work.borders.closed_until
        known = found.get(customer_id, turned)
        if work.prices.prepaid:
            found[customer_id] = None
        elif turned is not None and known is not None:
            found[customer_id] = max(known, turned)
    return found


def _add_unused(
    read: Iterable[tuple[Work, Period]],
    totals: dict[ChargeKey, list[Decimal | int]],
    context: dict[ChargeKey, tuple[Work, Price, Period]],
) -> None:
    """Add readings of nothing: where charged use is no longer this price's, and where no use costs something."""
    periods = {(work.subscription.pk, work.stage.phase_id, period.start): (work, period) for work, period in read}
    wanted = set(charged_prices(list(periods)))
    for work, period in periods.values():
        if work.closes(period):
            wanted |= {_key(work, price_id, period) for price_id in work.prices.due_unused}
    for key in sorted(wanted):
        work, period = periods[key.subscription_id, key.phase_id, key.period_start]
        if key not in totals:
            totals[key] = [Decimal(0), 0]
            context[key] = (work, work.prices.by_id[key.price_id], period)


def _differences(
    totals: dict[ChargeKey, list[Decimal | int]], context: dict[ChargeKey, tuple[Work, Price, Period]]
) -> list[Row]:
    before = charged_so_far(list(totals))
    rows = []
    for key, (quantity, events) in totals.items():
        work, price, period = context[key]
        already = before.get(key, Charged())
        unchanged = already.revision and (already.quantity, already.events) == (quantity, events)
        if unchanged and period not in work.read_again:
            continue
        # The same use costs something else where limits shrink with a period that was cut.
        owed = owe(work.prices.terms[price.pk], Decimal(quantity), work.use_share(price, period))
        if unchanged and round_to(owed.amount, EXACT_PLACES) == already.amount:
            continue
        rows.append(_row(work, price, period, owed, int(events), already))
    return rows


def _key(work: Work, price_id: int, period: Period) -> ChargeKey:
    return ChargeKey(work.subscription.pk, work.stage.phase_id, price_id, period.start)


def _row(work: Work, price: Price, period: Period, owed: Owed, events: int, already: Charged) -> Row:
    closed = work.subscription.closed_until
    reason = ""
    if already.revision and period in work.read_again:
        less = round_to(owed.amount, EXACT_PLACES) < already.amount
        reason = why(work.stage, work.schedule.zone, less, bool(price.meter)) if _cut(work, period, already) else LATE
    elif already.revision and closed is not None and period.end <= closed:
        reason = LATE
    key = _key(work, price.pk, period)
    return _line(work, key, price, owed, already, ends=period.end, events=events, reason=reason)


def _cut(work: Work, period: Period, already: Charged) -> bool:
    """Whether the period ends elsewhere than when it was charged."""
    return already.ends != period.end


def _line(
    work: Work, key: ChargeKey, price: Price, owed: Owed, already: Charged, *, ends: datetime, events: int, reason: str
) -> Row:
    subscription = work.subscription
    in_arrears = price.kind == Price.Kind.METERED or not price.in_advance
    # A correction is billed after what it corrects, or with it.
    over = max(ends, already.ends) if already.ends else ends
    return {
        "key": key,
        "public_id": new_id("chg"),
        "customer_id": subscription.customer_id,
        "subscription_id": subscription.pk,
        "phase_id": key.phase_id,
        "price_id": price.pk,
        "period_start": key.period_start,
        "period_end": ends,
        "revision": already.revision + 1,
        "corrects_id": already.latest_id,
        "reason": reason,
        "quantity": owed.quantity - already.quantity,
        "amount": round_to(owed.amount, EXACT_PLACES) - already.amount,
        "events": events - already.events,
        "currency": subscription.book.currency,
        "rated": Json(owed.rated),
        "bill_at": over if in_arrears else key.period_start,
        "prepaid": price.mode == Price.Mode.PREPAID,
        "subscription": subscription,
        "price": price,
    }


_COLUMNS = (
    "public_id", "customer_id", "subscription_id", "phase_id", "price_id", "period_start", "period_end", "revision",
    "corrects_id", "reason", "quantity", "amount", "events", "currency", "rated",
)  # fmt: skip


def _write(rows: Sequence[Row]) -> None:
    """Store the charges and queue them for invoicing; fills in each row's `id`."""
    if not rows:
        return
    created = clock.now()
    for row, row_id in zip(rows, next_ids("charging_charge", len(rows)), strict=True):
        row["id"] = row_id
    columns = ("id", *_COLUMNS, "created_at")
    copy_rows("charging_charge", columns, ((row["id"], *(row[c] for c in _COLUMNS), created) for row in rows))
    queue = ("charge_id", "customer_id", "bill_at")
    copy_rows("charging_unbilled", queue, ((row["id"], row["customer_id"], row["bill_at"]) for row in rows))


def _turn(works: Sequence[Work], until: datetime) -> None:
    """Store how far each subscription is charged, when it is due next, and which version counts now."""
    turned: dict[int, Work] = {}
    for work in works:
        if work.subscription.pk not in turned or work.stage.start <= until:
            turned[work.subscription.pk] = work
    rows = [
        (
            pk,
            work.borders.closed_until,
            min(filter(None, (work.borders.due_at, _still_to_read(work, until))), default=None),
            _still_to_read(work, until),
            work.stage.version_id,
            work.stage.book_id,
        )
        for pk, work in turned.items()
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE subscriptions_subscription s SET closed_until = w.closed_until, due_at = w.due_at, "
            "recharge_from = w.recharge_from, version_id = w.version_id, book_id = w.book_id "
            "FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], "
            "%s::bigint[]) AS w (id, closed_until, due_at, recharge_from, version_id, book_id) "
            "WHERE s.id = w.id AND (s.closed_until, s.due_at, s.recharge_from, s.version_id, s.book_id) "
            "IS DISTINCT FROM (w.closed_until, w.due_at, w.recharge_from, w.version_id, w.book_id)",
            [array_text(column) for column in zip(*rows, strict=True)],
        )


def _still_to_read(work: Work, until: datetime) -> datetime | None:
    later = work.subscription.recharge_from
    return later if later is not None and later > until else None
