"""From periods and readings to charges: each amount once, a changed reading by its difference."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db import connection
from psycopg.types.json import Json

from tollbook.base import clock
from tollbook.base.bulk import WHOLE, Part, array_text, copy_rows, next_ids
from tollbook.base.tasks import action
from tollbook.catalog.models import Price
from tollbook.catalog.queries import PriceList, price_list
from tollbook.charging.causes import LATE, tell_causes
from tollbook.charging.draws import draw_prepaid
from tollbook.charging.due import Work, plan_work, take_over, windows
from tollbook.charging.queries import Charged, charged_prices, charged_so_far, customers_with_changed_use
from tollbook.charging.rules import Owed, owe
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import round_to
from tollbook.kernel.period import Period
from tollbook.metering import queries as usage
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import due, schedule_of

CHUNK = 200
EXACT_PLACES = 20

Row = dict[str, object]


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
    subscriptions = list(
        Subscription.objects.select_for_update(of=("self",))
        .select_related("customer", "book")
        .filter(customer_id__in=customer_ids)
        .order_by("customer_id", "started_at", "pk")
    )
    usage.hold_borders(customer_ids)
    works = _works(subscriptions, until)
    rows = _fee_rows(works) + _use_rows(works, until)
    tell_causes(rows)
    _write(rows)
    draw_prepaid([row for row in rows if row["prepaid"]], until)
    _turn(works)
    return len(rows)


def _works(subscriptions: Sequence[Subscription], until: datetime) -> list[Work]:
    lists: dict[tuple[int, int], PriceList] = {}
    late: dict[int, list[datetime]] = defaultdict(list)
    for customer_id, hour in usage.pending_hours([s.customer_id for s in subscriptions], until):
        late[customer_id].append(hour)
    carried = usage.pending_carried([s.customer_id for s in subscriptions], until)
    works = []
    for s in subscriptions:
        key = (s.version_id, s.book_id)
        if key not in lists:
            lists[key] = price_list(*key)
        hours = [h for h in late[s.customer_id] if s.closed_until is not None and h < s.closed_until]
        since = carried.get(s.customer_id)
        if since is not None and s.closed_until is not None and since < s.closed_until:
            # What changed there is carried through every period from then on.
            hours += [period.start for period in schedule_of(s).periods(since, s.closed_until)]
        works.append(plan_work(s, lists[key], hours, until))
    take_over(works)
    usage.claim_carried(list(carried), until)
    return works


def _fee_rows(works: Sequence[Work]) -> list[Row]:
    wanted = [(w, fee) for w in works for fee in w.fees]
    keys = [(w.subscription.pk, fee.price.pk, fee.period.start) for w, fee in wanted]
    before = charged_so_far(keys)
    # A fee is the same for everybody who owes it for the same share of a period.
    owed: dict[tuple[int, Fraction], Owed] = {}
    rows = []
    for (work, fee), key in zip(wanted, keys, strict=True):
        if key not in before:
            same = (fee.price.pk, fee.share)
            if same not in owed:
                owed[same] = owe(work.prices.terms[fee.price.pk], Decimal(1), fee.share)
            rows.append(_row(work, fee.price, fee.period, owed[same], 0, Charged()))
    return rows


def _use_rows(works: Sequence[Work], until: datetime) -> list[Row]:
    """Rows for readings that differ from what is charged of them so far."""
    meters = usage.meters()
    codes = {meter.code: pk for pk, meter in meters.items()}
    found, owners = windows(works, codes, until)
    usage.move_borders(_borders(works))
    usage.claim(found)
    readings = usage.readings(found, meters)
    totals: dict[tuple[int, int, Period], list[Decimal | int]] = {}
    context: dict[tuple[int, int, Period], tuple[Work, Price]] = {}
    for group, (work, period) in owners.items():
        for reading in readings.get(group, ()):
            price = work.prices.price_for(meters[reading.meter_id].code, reading.dims)
            if price is None:
                for window in found:
                    if window.key == group:
                        usage.unclaim(window, reading.meter_id, reading.dims)
                continue
            key = (work.subscription.pk, price.pk, period)
            total = totals.setdefault(key, [Decimal(0), 0])
            total[0] += reading.quantity
            total[1] += reading.events
            context[key] = (work, price)
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
    totals: dict[tuple[int, int, Period], list[Decimal | int]],
    context: dict[tuple[int, int, Period], tuple[Work, Price]],
) -> None:
    """Add readings of nothing: where charged use is no longer this price's, and where no use costs something."""
    periods = {(work.subscription.pk, period.start): (work, period) for work, period in read}
    wanted = set(charged_prices(list(periods)))
    for (subscription_id, starts), (work, period) in periods.items():
        if period in work.borders.ended:
            wanted |= {(subscription_id, price_id, starts) for price_id in work.prices.due_unused}
    for subscription_id, price_id, starts in sorted(wanted):
        work, period = periods[subscription_id, starts]
        key = (subscription_id, price_id, period)
        if key not in totals:
            totals[key] = [Decimal(0), 0]
            context[key] = (work, work.prices.by_id[price_id])


def _differences(
    totals: dict[tuple[int, int, Period], list[Decimal | int]],
    context: dict[tuple[int, int, Period], tuple[Work, Price]],
) -> list[Row]:
    before = charged_so_far([(s, p, period.start) for s, p, period in totals])
    rows = []
    for key, (quantity, events) in totals.items():
        work, price = context[key]
        already = before.get((key[0], key[1], key[2].start), Charged())
        if already.revision and (already.quantity, already.events) == (quantity, events):
            continue
        owed = owe(work.prices.terms[price.pk], Decimal(quantity))
        rows.append(_row(work, price, key[2], owed, int(events), already))
    return rows


def _row(work: Work, price: Price, period: Period, owed: Owed, events: int, already: Charged) -> Row:
    subscription = work.subscription
    closed = subscription.closed_until
    late = already.revision > 0 and closed is not None and period.end <= closed
    in_arrears = price.kind == Price.Kind.METERED or not price.in_advance
    return {
        "public_id": new_id("chg"),
        "customer_id": subscription.customer_id,
        "subscription_id": subscription.pk,
        "price_id": price.pk,
        "period_start": period.start,
        "period_end": period.end,
        "revision": already.revision + 1,
        "corrects_id": already.latest_id,
        "reason": LATE if late else "",
        "quantity": owed.quantity - already.quantity,
        "amount": round_to(owed.amount, EXACT_PLACES) - already.amount,
        "events": events - already.events,
        "currency": subscription.book.currency,
        "rated": Json(owed.rated),
        "bill_at": period.end if in_arrears else period.start,
        "prepaid": price.mode == Price.Mode.PREPAID,
        "subscription": subscription,
        "price": price,
    }


_COLUMNS = (
    "public_id", "customer_id", "subscription_id", "price_id", "period_start", "period_end", "revision", "corrects_id",
    "reason", "quantity", "amount", "events", "currency", "rated",
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


def _turn(works: Sequence[Work]) -> None:
    """Store how far each subscription is charged, and when it is due next."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE subscriptions_subscription s SET closed_until = w.closed_until, due_at = w.due_at "
            "FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS w (id, closed_until, due_at) "
            "WHERE s.id = w.id AND (s.closed_until, s.due_at) IS DISTINCT FROM (w.closed_until, w.due_at)",
            [
                array_text(work.subscription.pk for work in works),
                array_text(work.borders.closed_until for work in works),
                array_text(work.borders.due_at for work in works),
            ],
        )
