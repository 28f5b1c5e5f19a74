"""Limits of units: how much of a meter a subscription's period may have, has, and has left.

A price may say a `limit` (`rating.Terms`). What would bring the use of a period above it is refused before it is
stored. The limit is that of the plan in force at the time of the use, and counts all that the subscription used in the
period up to the end of that plan, also under the plans before it; where the price says `prorate: limits`, each plan has
its share of the limit and its own use. Use dated before a change of plan has to fit into the limits after it, too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db import connection

from tollbook.catalog.models import Price
from tollbook.catalog.queries import PriceList, indexed
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Rounding, plain
from tollbook.kernel.period import Period
from tollbook.metering.models import SUMMED, Meter
from tollbook.metering.queries import Window, used_and_held
from tollbook.metering.rules import Event, Gauge, Key
from tollbook.metering.spans import Life, hours_of, life_hours, owned_spans
from tollbook.rating import Prorate, Terms, units
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of, stages_of
from tollbook.subscriptions.rules import Schedule, Stage


@dataclass(frozen=True, slots=True)
class Lived:
    """A stage of a subscription in which some of the meters that are asked about have a price."""

    subscription: Subscription
    stage: Stage
    schedule: Schedule
    prices: PriceList
    life: Life

    def holds(self, hour: datetime) -> bool:
        """Whether use of that hour falls into the stage."""
        return self.life.start <= hour and (self.life.end is None or hour < self.life.end)


@dataclass(frozen=True, slots=True)
class Measured:
    """A price of a stage over one period, and what the period has of it."""

    lived: Lived
    price: Price
    meter: Meter
    terms: Terms
    whole: Period
    included: Decimal | None
    gauge: Gauge
    is_limited: bool

    def prices_dims(self, dims: str) -> bool:
        """Whether use with these dimensions falls under the price."""
        found = self.lived.prices.price_for(self.meter.code, dims)
        return found is not None and found.pk == self.price.pk

    @property
    def part(self) -> Period:
        """The part of the period that counts: of the stage where it has units of its own, else of the subscription."""
        schedule = self.lived.schedule if _alone(self.terms) else schedule_of(self.lived.subscription)
        return schedule.clip(self.whole) or self.whole

    @property
    def left(self) -> Decimal:
        """The units that are left until use is refused, or charged where nothing limits it; never below zero."""
        return max(self.most - self.gauge.total - self.gauge.held, Decimal(0))

    @property
    def used_percent(self) -> int:
        """How much of the limit, or of what is included, is used and held: 0 to 100."""
        return int((self.most - self.left) * 100 / self.most) if self.most else 100

    @property
    def most(self) -> Decimal:
        """The limit, or what is included where nothing limits it."""
        return self.gauge.limit if self.is_limited else self.included or Decimal(0)

    def refusal(self, quantity: Decimal) -> Refused:
        """Why so much more is refused."""
        gauge, unit = self.gauge, f" {self.meter.unit}".rstrip()
        held = f", {plain(gauge.held)} held" if gauge.held else ""
        message = (
            f"meter {self.meter.code}: {plain(quantity)}{unit} would go above the limit of {plain(gauge.limit)}: "
            f"{plain(gauge.total)} used{held}, {plain(gauge.left)} left until the period ends at "
            f"{self.part.end.isoformat()}"
        )
        return Refused(
            "limit_reached", message, param="quantity", meter=self.meter.code, limit=plain(gauge.limit),
            used=plain(gauge.total), held=plain(gauge.held), left=plain(gauge.left),
            period_ends_at=self.part.end.isoformat(),
        )  # fmt: skip


def _own(terms: Terms) -> bool:
    """Whether each part of a period has a limit and use of its own."""
    return terms.semantics.prorate is Prorate.LIMITS


def _alone(terms: Terms) -> bool:
    """Whether only the use of a stage itself counts: as what is included does, and a limit that is shared out."""
    return terms.limit is None or _own(terms)


# A price over a period: the row ids of the phase that began the stage and of the price, and when the period begins.
Place = tuple[int, int, datetime]


@dataclass(slots=True)
class Plans:
    """Which prices the use of some customers falls under: stages by customer row id, the oldest subscription first."""

    stages: dict[int, list[Lived]]
    meters: Mapping[str, Meter]
    at: datetime
    measured: dict[Place, Measured] = field(default_factory=dict)

    def lived(self, customer_id: int, subscription_id: int, code: str, hour: datetime) -> Lived | None:
        """The stage that prices use of a meter in an hour: of the named subscription, or (0) of the oldest one."""
        for each in self.stages.get(customer_id, ()):
            if subscription_id in (0, each.subscription.pk) and code in each.prices.metered and each.holds(hour):
                return each
        return None

    def _of_period(self, of: Lived, code: str, whole: Period) -> list[Lived]:
        """The stages of the same subscription in that period which price the meter, the earliest first."""
        return [
            each
            for each in self.stages[of.subscription.customer_id]
            if each.subscription.pk == of.subscription.pk and code in each.prices.metered and each.schedule.clip(whole)
        ]

    def limits_of(self, customer_id: int, subscription_id: int, code: str, hour: datetime, dims: str) -> list[Place]:
        """The places whose limits use in an hour has to fit into: that of its own stage first, then later ones."""
        own = self.lived(customer_id, subscription_id, code, hour)
        if own is None:
            return []
        whole = own.schedule.whole(hour)
        found = []
        for each in self._of_period(own, code, whole):
            price = each.prices.price_for(code, dims)
            if price is None or each.prices.terms[price.pk].limit is None or each.stage.start < own.stage.start:
                continue
            if each is own or not _own(each.prices.terms[price.pk]):
                place = (each.stage.phase_id, price.pk, whole.start)
                self.measured.setdefault(place, self.unread(each, price, whole))
                found.append(place)
        return found

    def unread(self, lived: Lived, price: Price, whole: Period) -> Measured:
        """A price of a stage over a period, of which nothing is read yet."""
        terms, meter = lived.prices.terms[price.pk], self.meters[price.meter]
        part = lived.schedule.clip(whole)
        share = lived.schedule.share(part, terms.semantics.proration) if part and _own(terms) else Fraction(1)
        included, limit = units(terms, share)
        gauge = Gauge(limit or Decimal(0), {}, Decimal(0), meter.round_to, Rounding(meter.round_mode))
        return Measured(lived, price, meter, terms, whole, included, gauge, limit is not None)

    def read(self) -> None:
        """Read what the periods of all places have: what is used and what is held, as the price would price it."""
        asked = list(self.measured.values())
        windows = [window for key, each in enumerate(asked) for window in self._windows(key, each)]
        used, held = used_and_held(windows, self.at)
        for key, each in enumerate(asked):
            each.gauge.used = {dims: n for dims, n in used[key].items() if each.prices_dims(dims)}
            each.gauge.held = sum((n for dims, n in held[key].items() if each.prices_dims(dims)), Decimal(0))

    def _windows(self, key: int, of: Measured) -> Iterable[Window]:
        code, customer_id = of.meter.code, of.lived.subscription.customer_id
        lives = [each.life for each in self.stages[customer_id] if code in each.prices.metered]
        for each in [of.lived] if _alone(of.terms) else self._of_period(of.lived, code, of.whole):
            part = each.schedule.clip(of.whole)
            hours = hours_of(each.schedule, part) if part else None
            if hours is None or each.stage.start > of.lived.stage.start:
                continue
            pk = each.subscription.pk
            for span, wide in [(hours, False), *((owned, True) for owned in owned_spans(lives, pk, hours))]:
                yield Window(
                    key, customer_id, pk, span.start, span.end, span.end, span.length, (of.meter.pk,), wide
                )  # fmt: skip


def plans(customer_ids: Iterable[int], meters: Iterable[Meter], at: datetime) -> Plans:
    """What the plans of these customers say of these meters; `at` is when holds are to be open."""
    by_code = {meter.code: meter for meter in meters}
    rows = Subscription.objects.filter(customer_id__in=set(customer_ids)).select_related("customer")
    subscriptions = list(rows.order_by("customer_id", "started_at", "pk"))
    in_force = stages_of(subscriptions)
    lists = _price_lists([stage for stages in in_force.values() for stage in stages], list(by_code))
    found: dict[int, list[Lived]] = defaultdict(list)
    for subscription in subscriptions:
        for stage in in_force[subscription.pk]:
            prices = lists.get((stage.version_id, stage.book_id))
            if prices is not None and stage.use:
                schedule = schedule_of(subscription).of_stage(stage)
                life = Life(subscription.pk, *life_hours(schedule))
                found[subscription.customer_id].append(Lived(subscription, stage, schedule, prices, life))
    return Plans(found, by_code, at)


def _price_lists(stages: Sequence[Stage], codes: list[str]) -> dict[tuple[int, int], PriceList]:
    """The prices of these meters, by version and book row id."""
    rows = Price.objects.filter(
        meter__in=codes, version_id__in={s.version_id for s in stages}, book_id__in={s.book_id for s in stages}
    )
    grouped: dict[tuple[int, int], list[Price]] = defaultdict(list)
    for price in rows.order_by("code"):
        grouped[price.version_id, price.book_id].append(price)
    return {key: indexed(prices) for key, prices in grouped.items()}


def refusals(events: Sequence[Event], limited: set[int], at: datetime) -> dict[int, Refused]:
    """Which of the staged `events` (by their place) are above a limit, and why; decided in their order.

    `limited` are the row ids of meters that a price limits. Events that are known already are left alone: they repeat
    or contradict what is stored. To be called while the customers' borders are held alone.
    """
    meters = Meter.objects.in_bulk(limited)
    asked = [(row, event) for row, event in enumerate(events) if event.meter_id in limited]
    found = plans({event.customer_id for _, event in asked}, meters.values(), at)
    places: dict[int, list[Place]] = {}
    for row, event in asked:
        code, hour = meters[event.meter_id].code, hour_of(event)
        places[row] = found.limits_of(event.customer_id, event.subscription_id, code, hour, event.dims)
    if not any(places.values()):
        return {}
    found.read()
    known = _known(limited)
    taken: set[Key] = set()
    refused = {}
    for row, event in enumerate(events):
        key = Key(*event[:3])
        if key in taken or row in known:
            continue
        measured = [found.measured[place] for place in places.get(row, ())]
        full = next((each for each in measured if not each.gauge.has_room(event.dims, event.quantity)), None)
        if full is not None:
            refused[row] = full.refusal(event.quantity)
            continue
        taken.add(key)
        for each in measured:
            each.gauge.take(event.dims, event.quantity)
    return refused


def _known(limited: set[int]) -> set[int]:
    """The places of staged events of these meters whose key is stored already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.row FROM usage_stage s JOIN usage_event e USING (customer_id, source, event_id) "
            "WHERE s.meter_id = ANY(%s)",
            [list(limited)],
        )
        return {row for (row,) in cursor.fetchall()}


def hour_of(event: Event) -> datetime:
    """When the customer's local hour of the event begins."""
    shift = timedelta(minutes=event.shift_min)
    return (event.at.astimezone(UTC) - shift).replace(minute=0, second=0, microsecond=0) + shift


def standing(subscription: Subscription, at: datetime) -> list[Measured]:
    """What the running period of a subscription (with its customer) includes, has used and has left, for each price
    with an allowance or a limit whose meter sums or counts; by name. Empty before it begins and after its end.
    """
    limited = Price.objects.filter(
        version__phases__subscription=subscription, terms__has_any_keys=["allowance", "limit"]
    )
    meters = list(Meter.objects.filter(code__in=limited.values("meter"), aggregation__in=SUMMED))
    if not meters:
        return []
    found = plans([subscription.customer_id], meters, at)
    for lived in found.stages.get(subscription.customer_id, ()):
        if lived.subscription.pk == subscription.pk and at in lived.stage:
            whole = lived.schedule.whole(at)
            for price in lived.prices.by_id.values():
                terms = lived.prices.terms[price.pk]
                if terms.limit is not None or terms.allowance:
                    place = (lived.stage.phase_id, price.pk, whole.start)
                    found.measured[place] = found.unread(lived, price, whole)
    found.read()
    return sorted(found.measured.values(), key=lambda each: (each.price.name, each.price.pk))
