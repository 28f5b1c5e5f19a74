"""The replay: what charging and invoicing make of a past period, as it was and under other prices. Reads only.

The very functions of charging are used (works, windows, readings, `owe`) and of invoicing (`draft`): what was in force
comes out as it was charged.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from tollbook.base.bulk import WHOLE, Part
from tollbook.brands.queries import tax_rates
from tollbook.catalog.models import PriceBook
from tollbook.charging.due import Work, windows, works_of
from tollbook.charging.promoting import FeeSteps, add_offers, promoted_fee, promoted_use
from tollbook.charging.rules import Owed, owe
from tollbook.invoicing.drafting import DraftInvoice, DraftLine, draft
from tollbook.kernel.money import EXACT, add_up
from tollbook.kernel.period import Period
from tollbook.kernel.times import zone_info
from tollbook.metering import queries as usage
from tollbook.metering.models import Meter
from tollbook.metering.queries import Window
from tollbook.metering.rules import Reading
from tollbook.promotions.queries import offers_of
from tollbook.simulation.alternatives import DRAFT, Alternative
from tollbook.simulation.costs import match_of, unit_costs
from tollbook.simulation.lines import Line, as_waiting, line_of
from tollbook.simulation.periods import begun, closed, fee_share, kept_shares
from tollbook.simulation.rules import Compared, Sums
from tollbook.sourcing.queries import purchased
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of, stages_of
from tollbook.subscriptions.rules import Stage
from tollbook.tax import Rate

CHUNK = 200
_MONTH = timedelta(days=31)
_NO_COST = Decimal(0)


@contextmanager
def read_only() -> Iterator[None]:
    """A transaction, or a part of the caller's, in which the database refuses every write."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        isolation = "ISOLATION LEVEL REPEATABLE READ, " if outermost else ""
        cursor.execute(f"SET TRANSACTION {isolation}READ ONLY")
        yield


def next_customers(alternative: Alternative, window: Period, after: int, part: Part = WHOLE) -> list[int]:
    """Row ids of the next CHUNK of customers of a part, after a row id, who may have had the plan in the window."""
    return list(_concerned(alternative, window, part, after)[:CHUNK])


def count(alternative: Alternative, window: Period) -> int:
    """How many customers may have had the plan in the window."""
    return int(_concerned(alternative, window, WHOLE, 0).count())


def _concerned(alternative: Alternative, window: Period, part: Part, after: int) -> "QuerySet[Any]":
    # A subscription may begin after the window and still in a period that begins in it, and is then cut.
    began = Q(started_at__lt=window.end + _MONTH) | Q(months__gt=1)
    living = Subscription.objects.filter(
        began, Q(ended_at=None) | Q(ended_at__gt=window.start), customer_id__gt=after,
        phases__version_id__in=list(alternative.replaced),
    )  # fmt: skip
    return part.of(living).order_by("customer_id").values_list("customer_id", flat=True).distinct()


@dataclass(slots=True)
class Side:
    """A customer's invoice in one currency as it would be, with the lines of the plan, and what its use costs."""

    invoice: DraftInvoice
    plan_lines: list[DraftLine]
    cost: Decimal | None

    def sums(self, bought: Decimal | None) -> Sums:
        """What it comes to; what was `bought` for the customer is the cost, where it is known."""
        found = self.invoice
        return Sums(found.net, found.tax, found.total, self.cost if bought is None else bought)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A customer in one currency: both sides, whole; `row` is what is counted."""

    row: Compared
    old: Side
    new: Side


def replay(
    alternative: Alternative, window: Period, part: Part = WHOLE, after: int = 0
) -> Iterator[tuple[int, list[Replayed]]]:
    """Replay the customers of a part from `after` on, in chunks: how many customers were looked at, and what was found.

    Looked at are the periods of subscriptions that begin (whole, before any cut) in the window and are charged to
    their end. Each chunk is a read-only transaction of its own, so memory does not grow with the customers.
    """
    while True:
        with read_only():
            chunk = next_customers(alternative, window, after, part)
            found = replay_customers(chunk, alternative, window) if chunk else []
        if not chunk:
            return
        after = chunk[-1]
        yield len(chunk), found


def replay_customers(customer_ids: Sequence[int], alternative: Alternative, window: Period) -> list[Replayed]:
    """These customers (row ids) replayed; those who did not have the plan in the window are left out.

    Raises Refused "tax_rate_missing".
    """
    return _Chunk(customer_ids, alternative, window).compare()


@dataclass(slots=True)
class _Chunk:
    """The customers of a chunk, loaded once for both sides."""

    customer_ids: Sequence[int]
    alternative: Alternative
    window: Period
    subscriptions: list[Subscription] = field(init=False)
    then: dict[int, list[Stage]] = field(init=False)
    other: dict[int, list[Stage]] = field(init=False)
    books: dict[int, PriceBook] = field(init=False)
    meters: dict[int, Meter] = field(init=False)
    rates: tuple[Rate, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.subscriptions = list(
            Subscription.objects.select_related("customer__brand", "customer__profile", "book")
            .filter(customer_id__in=self.customer_ids)
            .order_by("customer_id", "started_at", "pk")
        )
        self.then = stages_of(self.subscriptions)
        self.books = PriceBook.objects.in_bulk({s.book_id for stages in self.then.values() for s in stages})
        self.other = {pk: self.alternative.stages(stages, self.books) for pk, stages in self.then.items()}
        self.meters = usage.meters()
        self.rates = tax_rates()

    def compare(self) -> list[Replayed]:
        works, changed = self._works(self.then), self._works(self.other)
        read, new_windows = self._windows(works), self._windows(changed)
        readings = usage.readings(read[0], self.meters)
        # The same windows read the same; most other prices ask of no other meters.
        same = new_windows[0] == read[0]
        new_readings = readings if same else usage.readings(new_windows[0], self.meters)
        old_lines = self._fees(works) + self._use(read[1], readings)
        new_lines = self._fees(changed) + self._use(new_windows[1], new_readings)
        costs = unit_costs([*works, *changed])
        old, new = self._sides(old_lines, costs), self._sides(new_lines, costs)
        return self._compared(old, new)

    def _works(self, in_force: Mapping[int, list[Stage]]) -> list[Work]:
        keys = {(s.version_id, s.book_id) for stages in in_force.values() for s in stages}
        lists = {(v, b): self.alternative.list_of(v, self.books[b]) for v, b in keys}
        end = self.window.end
        works = []
        for subscription in self.subscriptions:
            for work in works_of(subscription, in_force[subscription.pk], lists, end, end):
                work.periods.update(
                    p for p in begun(work.schedule, self.window) if closed(work.subscription, work.schedule, p)
                )
                works.append(work)
        self._add_offers(works)
        return works

    def _add_offers(self, works: Sequence[Work]) -> None:
        """Give each stage the promotions that are for its plan; a draft has those of the plan that it is for."""
        add_offers([work for work in works if work.stage.version_id != DRAFT])
        drafted = [work for work in works if work.stage.version_id == DRAFT]
        offers = offers_of(list({work.subscription.pk for work in drafted}))
        plan = self.alternative.plan
        for work in drafted:
            mine = offers.get(work.subscription.pk, ())
            work.offers = tuple(offer for offer in mine if offer.fits(plan.pk, plan.product_id))

    def _windows(self, works: Sequence[Work]) -> tuple[list[Window], dict[int, tuple[Work, Period]]]:
        until = max((p.end for work in works for p in work.periods), default=self.window.end)
        return windows(works, {meter.code: pk for pk, meter in self.meters.items()}, until)

    def _fees(self, works: Sequence[Work]) -> list[Line]:
        kept = kept_shares(works)
        # A fee is the same for everybody who owes it for the same share of a period.
        owed: dict[tuple[int, Fraction], Owed] = {}
        steps: FeeSteps = {}
        found = []
        for work in works:
            for period in sorted(work.periods, key=lambda p: p.start):
                once = work.begins if period.start == work.stage.start else []
                for price in [*once, *work.prices.recurring]:
                    share = Fraction(1) if price in once else fee_share(work, price, period, kept)
                    key = price.pk, share
                    if key not in owed:
                        owed[key] = owe(work.prices.terms[price.pk], Decimal(1), share)
                    found.append(line_of(work, price, period, promoted_fee(work, price, period, owed[key], steps)))
        return found

    def _use(self, owners: Mapping[int, tuple[Work, Period]], readings: Mapping[int, Sequence[Reading]]) -> list[Line]:
        found = []
        for group, (work, period) in owners.items():
            totals = dict.fromkeys(work.prices.due_unused, Decimal(0))
            for reading in readings.get(group, ()):
                price = work.prices.price_for(self.meters[reading.meter_id].code, reading.dims)
                if price is not None:
                    totals[price.pk] = totals.get(price.pk, Decimal(0)) + reading.quantity
            for price_id, quantity in totals.items():
                price = work.prices.by_id[price_id]
                owed = owe(work.prices.terms[price_id], quantity, work.use_share(price, period))
                found.append(line_of(work, price, period, promoted_use(work, price, period, owed)))
        return found

    def _sides(self, lines: Sequence[Line], costs: Mapping[tuple[str, str], Decimal]) -> dict[tuple[int, str], Side]:
        by: dict[tuple[int, str], list[Line]] = defaultdict(list)
        for line in lines:
            subscription = line.work.subscription
            by[subscription.customer_id, subscription.book.currency].append(line)
        return {key: self._side(key[1], found, costs) for key, found in by.items()}

    def _side(self, currency: str, lines: Sequence[Line], costs: Mapping[tuple[str, str], Decimal]) -> Side:
        customer = lines[0].work.subscription.customer
        on = self.window.end.astimezone(zone_info(customer.brand.zone)).date()
        charges = [as_waiting(number, line, currency) for number, line in enumerate(lines, 1)]
        prices = {line.price.pk: line.price for line in lines}
        invoice = draft(customer, currency, charges, prices, on, self.rates)
        mine = {self.alternative.version_id, *self.alternative.replaced}
        of_plan = [line for line in invoice.lines if line.price.version_id in mine]
        known = [
            (line.quantity, cost) for line in lines if (cost := costs.get((line.price.meter, match_of(line.price))))
        ]
        cost = add_up(EXACT.multiply(quantity, cost) for quantity, cost in known) if known else None
        return Side(invoice, of_plan, cost)

    def _compared(self, old: dict[tuple[int, str], Side], new: dict[tuple[int, str], Side]) -> list[Replayed]:
        bought = purchased(self.customer_ids, self.window.start, self.window.end)
        running = self._open_periods()
        customers = {s.customer_id: s.customer for s in self.subscriptions}
        found = []
        # Who had the plan has a row, even where all its periods are still open.
        had = {pk for pk, _ in running}
        for key in sorted(key for key in {*old, *new, *running} if key[0] in had):
            customer, currency = customers[key[0]], key[1]
            nothing = Side(DraftInvoice(customer.brand, customer, currency, []), [], _NO_COST)
            before, after = old.get(key, nothing), new.get(key, nothing)
            row = Compared(
                customer.pk, customer.public_id, customer.name, currency, before.sums(bought.get(key)),
                after.sums(bought.get(key)), add_up(line.net for line in before.plan_lines), running.get(key, 0),
            )  # fmt: skip
            found.append(Replayed(row, before, after))
        return found

    def _open_periods(self) -> dict[tuple[int, str], int]:
        """By row id of each customer who had the plan in the window, and currency: how many of its periods are not
        charged yet.
        """
        found: dict[tuple[int, str], int] = {}
        for subscription in self.subscriptions:
            for stage in self.then[subscription.pk]:
                if stage.version_id not in self.alternative.replaced:
                    continue
                schedule = schedule_of(subscription).of_stage(stage)
                periods = list(begun(schedule, self.window))
                if periods:
                    running = sum(not closed(subscription, schedule, p) for p in periods)
                    key = subscription.customer_id, subscription.book.currency
                    found[key] = found.get(key, 0) + running
        return found
