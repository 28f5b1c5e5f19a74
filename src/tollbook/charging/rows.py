"""From fees and readings that are due to rows of charges: the whole for the first time, then by the difference."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from tollbook.catalog.models import Price
from tollbook.charging.due import Fee, Work, windows
from tollbook.charging.promoting import FeeSteps, promoted_fee, promoted_use
from tollbook.charging.queries import Charged, ChargeKey, charged_prices, charged_since, charged_so_far
from tollbook.charging.rules import LATE, Owed, credits_unused, nothing, owe, why
from tollbook.customers.rules import draws_on_wallet
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import round_to
from tollbook.kernel.period import Period
from tollbook.metering import queries as usage

EXACT_PLACES = 20

Row = dict[str, Any]


def fee_rows(works: Sequence[Work]) -> list[Row]:
    """Rows for fees that are due, and for those that a change of plan or an early end has made larger or smaller."""
    wanted = [(w, fee) for w in works for fee in w.fees]
    keys = [_key(w, fee.price.pk, fee.period) for w, fee in wanted]
    before = charged_so_far(keys)
    # A fee is the same for everybody who owes it for the same share of a period.
    owed: dict[tuple[int, Fraction], Owed] = {}
    steps: FeeSteps = {}
    rows = []
    for (work, fee), key in zip(wanted, keys, strict=True):
        same = (fee.price.pk, fee.share)
        if same not in owed:
            owed[same] = owe(work.prices.terms[fee.price.pk], Decimal(1), fee.share)
        due = promoted_fee(work, fee.price, fee.period, owed[same], steps)
        already = before.get(key, Charged())
        if _fee_differs(work, fee, due, already):
            rows.append(_row(work, fee.price, fee.period, due, 0, already))
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


def void_rows(works: Sequence[Work]) -> list[Row]:
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


def use_rows(works: Sequence[Work], until: datetime) -> list[Row]:
    """Rows for readings that differ from what is charged of them so far."""
    meters = usage.meters()
    codes = {meter.code: pk for pk, meter in meters.items()}
    found, owners = windows(works, codes, until)
    usage.move_borders(_borders(works, found))
    usage.claim(found)
    usage.leave(found)
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


def _borders(works: Sequence[Work], read: Iterable[usage.Window]) -> dict[int, datetime | None]:
    """Up to where each customer's use has been looked at after this run: to the end of a period of which something is
    read, though the rest of it waits; None for those whose use is charged as it comes in.
    """
    found: dict[int, datetime | None] = {}
    for work in works:
        customer_id, turned = work.subscription.customer_id, work.borders.closed_until
        known = found.get(customer_id, turned)
        if work.draws_use:
            found[customer_id] = None
        elif turned is not None and known is not None:
            found[customer_id] = max(known, turned)
    for window in read:
        known = found.get(window.customer_id, window.closes)
        if known is not None:
            found[window.customer_id] = max(known, window.closes)
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
        owed = promoted_use(work, price, period, owed)
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
        "rated": msgspec.json.encode(owed.rated).decode(),
        "bill_at": over if in_arrears else key.period_start,
        "prepaid": draws_on_wallet(subscription.customer.billing_plan, price.mode),
        "subscription": subscription,
        "price": price,
    }
