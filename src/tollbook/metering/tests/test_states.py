"""Readings from roll-ups are what the pure rules make of the raw events: in any order, batches and repetition, whole or in
spans, with events cancelled.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tollbook.customers.tests.people import csv, reader, text
from tollbook.kernel.errors import Invalid
from tollbook.metering.corrections import correct
from tollbook.metering.hours import hours
from tollbook.metering.models import Aggregation, Meter, UsageThing
from tollbook.metering.queries import Window, meters, readings
from tollbook.metering.rules import Correction, Draft
from tollbook.metering.shown import used_by_day
from tollbook.rating import aggregates
from tollbook.site.tests.world import Party, World

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAIN = {a: aggregates.Aggregation(a.value) for a in Aggregation if a.value in set(aggregates.Aggregation)}


class Sent(NamedTuple):
    """An event: when (microseconds from the beginning), what, and of which resource."""

    at: int
    quantity: Decimal
    resource: str
    cancelled: bool


DAY = 24 * 3600 * 1_000_000
# Few instants, so that events share hours, borders of hours and instants; and any instant.
instants = st.one_of(st.sampled_from([n * 3600_000_000 + d for n in range(24) for d in (0, 1, 1800_000_000)]),
                     st.integers(0, DAY - 1))  # fmt: skip
sents = st.lists(
    st.builds(Sent, instants, st.sampled_from([Decimal(1), Decimal(-1)]), st.sampled_from("abc"), st.booleans()),
    min_size=1,
    max_size=14,
)


def drafts_of(party: Party, sent: Sequence[Sent], quantities: Sequence[Decimal], meter: str) -> list[Draft]:
    return [
        party.draft(meter, quantity, BEGIN + timedelta(microseconds=s.at), id=f"{meter}{n}", resource=s.resource)
        for n, (s, quantity) in enumerate(zip(sent, quantities, strict=True))
    ]


def send(party: Party, drafts: list[Draft], sent: Sequence[Sent], cut: int) -> None:
    """In two batches that overlap; what is cancelled is so after the first one as far as it has come, and at the end."""
    gone = [Correction(d.customer, d.source, d.event_id, "wrong", None) for d in drafts]
    party.sends(*drafts[:cut])
    correct([c for c, s in list(zip(gone, sent, strict=True))[:cut] if s.cancelled], door="test")
    party.sends(*drafts[max(cut - 2, 0) :])
    correct([c for c, s in zip(gone, sent, strict=True) if s.cancelled], door="test")


def read(party: Party, code: str, spans: Sequence[tuple[int, int]]) -> tuple[Decimal, int]:
    """The reading of the spans (hours from the beginning): quantity and events."""
    known = meters()
    meter = next(m for m in known.values() if m.code == code)
    over = (max(b for _, b in spans) - min(a for a, _ in spans)) * HOUR
    windows = [
        Window(1, party.row.pk, 0, BEGIN + a * HOUR, BEGIN + b * HOUR, BEGIN + b * HOUR, over, (meter.pk,), wide=True)
        for a, b in spans
    ]
    found = readings(windows, known).get(1, [])
    return (found[0].quantity, found[0].events) if found else (Decimal(0), 0)


def level(sent: Sequence[tuple[int, Decimal]], spans: Sequence[tuple[int, int]], *, carries: bool) -> Decimal:
    """The mean over all spans together, by the pure rule on each."""
    total = Decimal(0)
    for a, b in spans:
        start, end = BEGIN + a * HOUR, BEGIN + b * HOUR
        changes = [(BEGIN + timedelta(microseconds=at), q) for at, q in sorted(sent)]
        mine = [(at, q) for at, q in changes if start <= at < end]
        initial = sum((q for at, q in changes if at < start), Decimal(0)) if carries else Decimal(0)
        total += aggregates.time_weighted(start, end, mine, initial, places=30) * (b - a)
    whole = max(b for _, b in spans) - min(a for a, _ in spans)
    return Decimal(total / whole).quantize(Decimal("0.00001"), rounding="ROUND_HALF_UP")


def present(sent: Sequence[Sent], spans: Sequence[tuple[int, int]], *, carries: bool) -> int:
    """How many resources were there at any moment of any span, step by step."""
    found = set()
    for a, b in spans:
        start, end = a * 3600_000_000, b * 3600_000_000
        there: set[str] = set()
        # Of both at one instant the adding comes last and counts.
        for s in sorted(sent, key=lambda s: (s.at, s.quantity)):
            if s.at >= end or (s.at < start and not carries):
                continue
            if s.at > start:
                found |= there
            there = there | {s.resource} if s.quantity > 0 else there - {s.resource}
            if s.at >= start and s.quantity > 0:
                found.add(s.resource)
        found |= there
    return len(found)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sent=sents,
    order=st.randoms(use_true_random=False),
    cut=st.integers(0, 14),
    spans=st.sampled_from([[(0, 24)], [(5, 20)], [(0, 7), (9, 24)], [(3, 4), (4, 5), (20, 21)]]),
    values=st.lists(st.decimals(-1000, 1000, places=6), min_size=14, max_size=14),
)
def test_readings_from_roll_ups_are_those_of_the_events(
    world: World, sent: list[Sent], order: Any, cut: int, spans: list[tuple[int, int]], values: list[Decimal]
) -> None:
    with transaction.atomic():
        party = _trial(world)
        order.shuffle(sent)
        kinds = [(a.value, a) for a in Aggregation] + [
            (f"{a.value}-on", a) for a in (Aggregation.UNIQUE, Aggregation.WEIGHTED)
        ]
        for code, kind in kinds:
            one = kind in (Aggregation.COUNT, Aggregation.UNIQUE)
            quantities = [s.quantity if kind == Aggregation.UNIQUE else Decimal(1) if one else v
                          for s, v in zip(sent, values, strict=False)]  # fmt: skip
            send(party, drafts_of(party, sent, quantities, code), sent, min(cut, len(sent)))
            left = [(s, q) for s, q in zip(sent, quantities, strict=True) if not s.cancelled]
            within = [(s, q) for s, q in left if any(a * 3600_000_000 <= s.at < b * 3600_000_000 for a, b in spans)]
            carries = code.endswith("-on")
            if kind == Aggregation.UNIQUE:
                expected = Decimal(present([s for s, _ in left], spans, carries=carries))
            elif kind == Aggregation.WEIGHTED:
                expected = level([(s.at, q) for s, q in left], spans, carries=carries)
            else:
                # Of two at one instant the pure rule takes the first one listed, roll-ups the larger one.
                events = sorted(
                    (aggregates.Event(BEGIN + timedelta(microseconds=s.at), q) for s, q in within),
                    key=lambda e: (e.at, -e.value),
                )
                expected = aggregates.aggregate(PLAIN[kind], events, 6)
            assert read(party, code, spans) == (expected, len(within)), (code, spans)
        transaction.set_rollback(True)


def _trial(world: World) -> Party:
    for kind in Aggregation:
        world.meter(kind.value, kind.value, negative=True)
    for kind in (Aggregation.UNIQUE, Aggregation.WEIGHTED):
        world.meter(f"{kind.value}-on", kind.value, carries=True)
    return world.customer()


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"resource": ""}, "resource", "resource_required"),
        ({"quantity": Decimal(2)}, "quantity", "one_or_minus_one"),
        ({"quantity": Decimal(0)}, "quantity", "one_or_minus_one"),
        ({"quantity": Decimal("-0.5")}, "quantity", "one_or_minus_one"),
    ],
)
def test_what_a_meter_of_resources_does_not_take(world: World, changes: Any, field: str, code: str) -> None:
    acme = world.meter("vm", "unique").customer()
    with pytest.raises(Invalid) as invalid:
        acme.sends(acme.draft("vm", 1, "2026-05-02", resource="a")._replace(**changes))
    assert [(p.field, p.code) for p in invalid.value.problems] == [(field, code)]
    assert UsageThing.objects.count() == 0


def test_hours_of_resources_and_levels(world: World) -> None:
    world.meter("vm", "unique", carries=True).meter("gb", "weighted_sum", carries=True)
    acme = world.customer().uses("vm", 1, "2026-05-02 10:10", resource="a").uses("gb", 6, "2026-05-02 10:30")
    acme.uses("vm", 1, "2026-05-02 12:00", resource="b").uses("vm", -1, "2026-05-02 13:30", resource="a")
    acme.uses("vm", -1, "2026-05-02 14:00", resource="b").uses("gb", -3, "2026-05-02 12:20")
    found = hours(acme.row, BEGIN, BEGIN + timedelta(days=2))
    assert [(f"{h.place.hour:%H}", h.place.meter, h.events, h.quantity) for h in found] == [
        ("10", "gb", 1, Decimal(3)), ("10", "vm", 1, 1), ("12", "gb", 1, Decimal(4)), ("12", "vm", 1, 2),
        ("13", "vm", 1, 2), ("14", "vm", 1, 0),
    ]  # fmt: skip


def test_days_and_months_of_resources_and_levels_on_the_customers_pages(world: World) -> None:
    world.meter("vm", "unique", carries=True).meter("gb", "weighted_sum", carries=True).meter("ip", "unique")
    acme = world.customer(zone="Europe/Berlin")
    acme.uses("vm", 1, "2026-05-01 22:30", resource="a").uses("vm", 1, "2026-05-04 12:00", resource="b")
    acme.uses("vm", -1, "2026-05-05 12:00", resource="a").uses("gb", 24, "2026-05-02 10:00")
    for at, of in (("2026-05-03 10:00", "x"), ("2026-05-03 11:00", "y"), ("2026-05-04 10:00", "x")):
        acme.uses("ip", 1, at, resource=of)
    world.on("2026-05-06 10:30")
    zone = "Europe/Berlin"
    start, end = datetime(2026, 4, 30, 22, tzinfo=UTC), datetime(2026, 5, 31, 22, tzinfo=UTC)

    def days(code: str) -> list[tuple[int, Decimal]]:
        found = used_by_day(acme.row.pk, Meter.objects.get(code=code), start, end, zone)
        return [(day.day, quantity) for day, (quantity, _) in sorted(found.items())]

    # Each day what was there at any moment of it; not what was added; nothing after now.
    assert days("vm") == [(2, 1), (3, 1), (4, 2), (5, 2), (6, 1)]
    assert days("ip") == [(3, 2), (4, 1)]
    assert days("gb") == [(2, Decimal(12)), (3, Decimal(24)), (4, Decimal(24)), (5, Decimal(24)), (6, Decimal(24))]
    rows = csv(reader(acme.row), "/portal/usage/?month=2026-05&sort=name&export=csv")[1:]
    # The level: 24 for 97 of the 133 hours that have come.
    assert [row.split(",")[:2] for row in rows] == [["Gb", "17.50376"], ["Ip", "2"], ["Vm", "2"]]
    page = text(reader(acme.row), f"/portal/usage/{Meter.objects.get(code='vm').public_id}/?month=2026-05")
    assert '<p class="stat-value">2</p>' in page
    assert "on 5 days" in page
    # What is carried on is there in the next month too.
    world.on("2026-06-02")
    assert "Vm,1," in "\n".join(csv(reader(acme.row), "/portal/usage/?month=2026-06&export=csv"))
