"""What a usage event is and when two are the same; pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tollbook.kernel.errors import Problem, TollbookError, problem, shown
from tollbook.kernel.money import Rounding, round_to
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.period import Period
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import parse_instant
from tollbook.rating.aggregates import LEVEL_PLACES, MEAN_PLACES

FIELDS = frozenset({"id", "source", "customer", "meter", "subscription", "quantity", "at", "dimensions", "resource"})
BATCH_LIMIT = 10_000


class Draft(NamedTuple):
    """An event as sent, checked field by field but not yet matched to a customer, meter or subscription."""

    source: str
    event_id: str
    customer: str
    meter: str
    subscription: str
    quantity: Decimal
    at: datetime
    dimensions: Mapping[str, str]
    resource: str


class Event(NamedTuple):
    """An event that can be stored: names resolved to row ids, dimensions to canonical text."""

    customer_id: int
    source: str
    event_id: str
    payload_hash: bytes
    meter_id: int
    subscription_id: int
    quantity: Decimal
    at: datetime
    shift_min: int
    dims: str
    resource: str


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REPEATED = "repeated"
    CONFLICT = "conflict"
    REFUSED = "refused"


class Key(NamedTuple):
    """What an event is known by, for ever."""

    customer_id: int
    source: str
    event_id: str


class Correction(NamedTuple):
    """That an event of a customer (by public id) counts no more, or that `replacement` counts instead."""

    customer: str
    source: str
    event_id: str
    reason: str
    replacement: Draft | None


class Corrected(StrEnum):
    CORRECTED = "corrected"
    REPEATED = "repeated"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Reading:
    """A meter of a subscription aggregated over a window."""

    meter_id: int
    dims: str
    quantity: Decimal
    events: int


def parse_events(raw: Sequence[object], *, source: str = "api") -> tuple[list[Draft], list[Problem]]:
    """Check a whole batch before anything is written: the drafts in order, and every problem found (rows from
    1).
    """
    if len(raw) > BATCH_LIMIT:
        reason = f"a batch has at most {BATCH_LIMIT} events, this one has {len(raw)}"
        return [], [Problem(None, "events", str(len(raw)), "batch_too_large", reason)]
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for row, item in enumerate(raw, 1):
        if not isinstance(item, Mapping):
            problems.append(Problem(row, "event", shown(item), "not_an_object", "an event is a JSON object"))
            continue
        draft, found = _parse_event(item, row, source)
        problems += found
        if draft is not None:
            drafts.append(draft)
    return drafts, problems


def _parse_event(item: Mapping[str, Any], row: int, source: str) -> tuple[Draft | None, list[Problem]]:
    problems = [
        Problem(row, shown(name), "", "unknown_field", f"an event has no field {shown(name)}")
        for name in item
        if name not in FIELDS
    ]
    values: dict[str, Any] = {}

    def take(name: str, parse: Any) -> None:
        try:
            values[name] = parse()
        except TollbookError as error:
            problems.append(problem(error, row=row, value=item.get(name)))

    take("source", lambda: clean_text(item.get("source", source), "source", 80))
    take("id", lambda: clean_text(item.get("id"), "id", 120))
    take(
        "customer",
        lambda: clean_text(item.get("customer", ""), "customer", 200) if item.get("customer") else "",
    )
    take("meter", lambda: clean_text(item.get("meter"), "meter", 120))
    take("subscription", lambda: _optional(item, "subscription", 40))
    take("quantity", lambda: parse_decimal(item.get("quantity"), "quantity", negative=True))
    take("at", lambda: parse_instant(item.get("at"), "at"))
    take("resource", lambda: _optional(item, "resource", 500))
    dimensions, bad = read_dimensions(item.get("dimensions") or {}, row)
    problems += bad
    if problems:
        return None, problems
    return (
        Draft(
            values["source"],
            values["id"],
            values["customer"],
            values["meter"],
            values["subscription"],
            values["quantity"],
            values["at"],
            dimensions,
            values["resource"],
        ),
        [],
    )


def _optional(item: Mapping[str, Any], name: str, limit: int) -> str:
    return clean_text(item[name], name, limit) if item.get(name) else ""


def read_dimensions(given: object, row: int | None) -> tuple[dict[str, str], list[Problem]]:
    """The dimensions of an event as texts, and what is wrong with them."""
    if not isinstance(given, Mapping):
        return {}, [Problem(row, "dimensions", shown(given), "not_an_object", "dimensions are an object of texts")]
    problems: list[Problem] = []
    found: dict[str, str] = {}
    for name, value in given.items():
        try:
            found[clean_text(name, "dimensions", 60)] = clean_text(value, f"dimensions.{name}", 200)
        except TollbookError as error:
            problems.append(problem(error, row=row, value=value))
    return found, problems


def mean(total: Decimal, events: int) -> Decimal:
    """The mean of `events` values, rounded half up to MEAN_PLACES; zero of none."""
    return round_to(Fraction(total) / events, MEAN_PLACES) if events else Decimal(0)


def mean_level(area: Decimal, seconds: Fraction) -> Decimal:
    """The mean level whose area is `area` (quantity times seconds) over `seconds`, half up to LEVEL_PLACES."""
    return round_to(Fraction(area) / seconds, LEVEL_PLACES)


def seconds_between(start: datetime, end: datetime) -> Fraction:
    """The exact seconds from `start` to `end`."""
    return seconds_in(end - start)


def seconds_in(span: timedelta) -> Fraction:
    """How many seconds a span lasts, exactly."""
    return Fraction(span // timedelta(microseconds=1), 1_000_000)


def rounded(quantity: Decimal, places: int | None, mode: Rounding) -> Decimal:
    """A reading as the meter rounds it: to `places` (negative: tens, hundreds), or not at all."""
    return quantity if places is None else round_to(quantity, places, mode)


@dataclass(slots=True)
class Gauge:
    """What a period may have of a meter (`limit`), and what it has: `used` by dimensions, as it came in, and `held`.

    Use counts as the meter rounds it, for each combination of dimensions, just as it is charged.
    """

    limit: Decimal
    used: dict[str, Decimal]
    held: Decimal = Decimal(0)
    round_to: int | None = None
    round_mode: Rounding = Rounding.HALF_UP

    @property
    def total(self) -> Decimal:
        """The units that are used."""
        return sum((self._rounded(quantity) for quantity in self.used.values()), Decimal(0))

    @property
    def left(self) -> Decimal:
        """The units that are neither used nor held; never below zero."""
        return max(self.limit - self.total - self.held, Decimal(0))

    def has_room(self, dims: str, quantity: Decimal) -> bool:
        """Whether so much more stays within the limit; what adds nothing always does."""
        before = self.used.get(dims, Decimal(0))
        more = self._rounded(before + quantity) - self._rounded(before)
        return more <= 0 or self.total + self.held + more <= self.limit

    def take(self, dims: str, quantity: Decimal) -> None:
        """Count so much more as used."""
        self.used[dims] = self.used.get(dims, Decimal(0)) + quantity

    def _rounded(self, quantity: Decimal) -> Decimal:
        return rounded(quantity, self.round_to, self.round_mode)


def canonical_dims(names: Iterable[str], dimensions: Mapping[str, str]) -> str:
    """The dimensions that a meter splits by, as text that is equal when they are; empty when it splits by
    none.
    """
    kept = {name: dimensions.get(name, "") for name in names}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":")) if kept else ""


def payload_hash(draft: Draft) -> bytes:
    """128 bits over everything that the event says; equal numbers and instants hash alike however they are
    spelt.
    """
    body = (
        draft.meter,
        draft.subscription,
        format(draft.quantity.normalize(), "f"),
        draft.at.timestamp().hex(),
        draft.resource,
        sorted(draft.dimensions.items()),
    )
    return hashlib.blake2b(repr(body).encode(), digest_size=16).digest()


def zone_shift(zone: str, at: datetime) -> int:
    """Minutes past the UTC hour at which a local hour begins: 0 nearly everywhere, 30 in India, 45 in Nepal.

    Roll-ups are cut at local hours, so that a local midnight is always a border between two of them.
    """
    offset = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)
    return int(-offset.total_seconds() // 60) % 60


@lru_cache(maxsize=8192)
def whole_hours(span: Period, zone: str) -> Period:
    """`span` widened to the borders of local hours: use is read by the hour, a started hour belongs to it."""
    start = span.start - _past_the_hour(span.start, zone)
    over = _past_the_hour(span.end, zone)
    return Period(start, span.end + timedelta(hours=1) - over if over else span.end)


def _past_the_hour(at: datetime, zone: str) -> timedelta:
    local = at.astimezone(ZoneInfo(zone))
    return timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
