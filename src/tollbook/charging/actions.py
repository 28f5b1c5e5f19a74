"""From periods and readings to charges: each amount once, a changed reading by its difference."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from django.db import connection

from tollbook.base import clock
from tollbook.base.again import again
from tollbook.base.bulk import WHOLE, Part, array_text, copy_rows, next_ids
from tollbook.base.tasks import action
from tollbook.catalog.models import Price
from tollbook.charging.causes import tell_causes
from tollbook.charging.draws import draw_prepaid
from tollbook.charging.due import Work, plan_work, price_lists, take_over
from tollbook.charging.promoting import add_offers
from tollbook.charging.queries import (
    ChargeKey,
    customers_with_changed_use,
)
from tollbook.charging.rows import Row, fee_rows, use_rows, void_rows
from tollbook.charging.settings import PREPAID_HOURLY
from tollbook.customers.features import value_for_each
from tollbook.customers.models import Customer
from tollbook.customers.rules import BillingPlan, draws_on_wallet
from tollbook.metering import pending
from tollbook.metering import queries as usage
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import due, locked_of, schedule_of, stages_of
from tollbook.subscriptions.rules import Stage

CHUNK = 500


class DueLine(NamedTuple):
    """A charge as it would be made: row ids and start of its period, its price, and what it adds, exact, as priced; and
    the row id of the charge that it corrects, if it does.
    """

    key: ChargeKey
    price: Price
    period_end: datetime
    quantity: Decimal
    amount: Decimal
    reason: str
    customer_id: int
    currency: str
    corrects_id: int | None


def charge_due(until: datetime | None = None, progress: Callable[[int], None] | None = None, part: Part = WHOLE) -> int:
    """Charge everything that has fallen due up to `until` (now, if not given); returns how many charges were
    made.

    Works in chunks of customers, each chunk one transaction: killed half way, the next run goes on where it
    stopped; two runs at once never charge the same thing twice. A chunk that the database ends for the sake of another
    transaction is tried again. `progress` hears the number of customers
    done. `part` is the share of the customers to charge, for runs in several processes.
    """
    until = until or clock.now()
    made = 0
    done: set[int] = set()
    late = [c for c in customers_with_changed_use(until) if c % part.of_parts == part.number]
    while chunk := [c for c in [*due(until, CHUNK, done, part), *late] if c not in done][:CHUNK]:
        chunk = list(dict.fromkeys(chunk))
        made += again(partial(charge_customers, chunk, until))
        done.update(chunk)
        if progress:
            progress(len(done))
    return made


@action
def charge_customers(
    customer_ids: Sequence[int], until: datetime, becoming: BillingPlan | None = None, *, to_now: bool = False
) -> int:
    """Charge what is due of these customers up to `until`, in one transaction; returns how many charges were
    made.

    The customers' subscriptions are locked meanwhile; another run that wants them waits, and then finds
    nothing due. `becoming` is the billing plan that they have from `until` on: use in the periods that still run is
    charged up to then under the plan they had, and what begins then is the new one's. With `to_now`, use in the periods
    that still run is charged up to `until`, too; the rest of it follows when they end, as the difference.
    """
    works, rows = _due(customer_ids, until, read_open=to_now or becoming is not None)
    if becoming is not None:
        for row in rows:
            if row["period_start"] >= until:
                row["prepaid"] = draws_on_wallet(becoming, row["price"].mode)
    _write(rows)
    draw_prepaid([row for row in rows if row["prepaid"]], until)
    _turn(works, until)
    return len(rows)


def due_lines(customer_ids: Sequence[int], until: datetime) -> list[DueLine]:
    """What `charge_customers` would charge now, computed by the same functions; nothing is charged.

    Hours of use are marked as read meanwhile: call it in a transaction that is rolled back.
    """
    _, rows = _due(customer_ids, until)
    return [DueLine(*(row[name] for name in DueLine._fields)) for row in rows]


def _due(customer_ids: Sequence[int], until: datetime, read_open: bool = False) -> tuple[list[Work], list[Row]]:
    """What is due of these customers up to `until`, with the rows of the charges; their subscriptions are locked."""
    subscriptions = list(locked_of(customer_ids).select_related("customer", "book"))
    # Read after the lock: a change of the billing plan holds it, too.
    plans = dict(Customer.objects.filter(pk__in=customer_ids).values_list("pk", "billing_plan"))
    for subscription in subscriptions:
        subscription.customer.billing_plan = plans[subscription.customer_id]
    usage.hold_borders(customer_ids)
    works = _works(subscriptions, until, read_open)
    rows = fee_rows(works) + use_rows(works, until) + void_rows(works)
    tell_causes(rows)
    return works, rows


def _works(subscriptions: Sequence[Subscription], until: datetime, read_open: bool) -> list[Work]:
    prepaid = {s.customer_id for s in subscriptions if s.prepaid}
    hourly = value_for_each(prepaid, PREPAID_HOURLY) if prepaid else {}
    late: dict[int, list[datetime]] = defaultdict(list)
    for customer_id, hour in pending.pending_hours([s.customer_id for s in subscriptions], until):
        late[customer_id].append(hour)
    carried = pending.pending_carried([s.customer_id for s in subscriptions], until)
    in_force = stages_of(subscriptions)
    lists = price_lists(in_force.values())
    works = []
    for s in subscriptions:
        hours = [h for h in late[s.customer_id] if s.closed_until is not None and h < s.closed_until]
        since = carried.get(s.customer_id)
        if since is not None and s.closed_until is not None and since < s.closed_until:
            # What changed there is carried through every period from then on.
            hours += _starts(s, in_force[s.pk], since, s.closed_until)
        drawn_hourly = hourly.get(s.customer_id, True)
        works += plan_work(s, in_force[s.pk], lists, hours, until, hourly=drawn_hourly, read_open=read_open)
    add_offers(works)
    take_over(works)
    pending.claim_carried(list(carried), until)
    return works


def _starts(
    subscription: Subscription, stages: Sequence[Stage], since: datetime, until: datetime
) -> Iterable[datetime]:
    """When the periods of each stage begin, from the one that holds `since` on."""
    schedule = schedule_of(subscription)
    for stage in stages:
        yield from (period.start for period in schedule.of_stage(stage).periods(max(since, stage.start), until))


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
