"""An event counts once, for ever: repeated, reordered, in any batch, from any number of senders at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.errors import Invalid
from tollbook.kernel.money import plain
from tollbook.kernel.period import Period
from tollbook.metering.actions import record
from tollbook.metering.models import UsageBatch, UsageConflict, UsageEvent, UsageHour
from tollbook.metering.queries import move_borders
from tollbook.metering.rules import BATCH_LIMIT, parse_events, whole_hours, zone_shift
from tollbook.site.tests.world import Party, World, instant


def outcomes(party: Party, *drafts: Any) -> Any:
    last = party.sends(*drafts).last
    assert last is not None
    return [str(outcome) for outcome in last.outcomes]


def hours() -> Any:
    rows = UsageHour.objects.order_by("hour", "dims")
    return [(h.hour.strftime("%d %H:%M"), h.events, plain(h.total), plain(h.peak), plain(h.last)) for h in rows]


@pytest.fixture
def acme(world: World) -> Any:
    world.meter("sms").meter("seats", "max").meter("calls", "count").meter("gb", "sum", "region", negative=True)
    return world.customer()


def test_repeats_change_nothing_and_conflicts_are_kept_apart(acme: Party) -> None:
    first = acme.draft("sms", 5, "2026-05-02 10:15", id="a")
    assert outcomes(acme, first, acme.draft("sms", 3, "2026-05-02 10:45", id="b")) == 2 * ["accepted"]
    assert outcomes(acme, first, acme.draft("sms", "5.000", "2026-05-02 10:15", id="a")) == 2 * ["repeated"]
    other = acme.draft("sms", 6, "2026-05-02 10:15", id="a")
    assert outcomes(acme, other, other, acme.draft("sms", 1, "2026-05-02 10:20", id="c")) == [
        "conflict", "conflict", "accepted",
    ]  # fmt: skip
    assert hours() == [("02 10:00", 3, "9", "5", "3")]
    (conflict,) = UsageConflict.objects.all()
    assert (conflict.event_id, conflict.body["quantity"]) == ("a", "6")
    batches = list(UsageBatch.objects.order_by("pk").values_list("accepted", "repeated", "conflicting"))
    assert batches == [(2, 0, 0), (0, 2, 0), (1, 0, 2)]


def test_within_one_batch_the_first_of_an_id_counts(acme: Party) -> None:
    a, again, other = (acme.draft("sms", q, "2026-05-02", id="a") for q in (5, 5, 6))
    assert outcomes(acme, a, again, other) == ["accepted", "repeated", "conflict"]
    assert [hours(), UsageEvent.objects.count()] == [[("02 00:00", 1, "5", "5", "5")], 1]


def test_one_id_from_two_sources_or_customers_is_two_events(acme: Party, world: World) -> None:
    bolt = world.customer("bolt")
    draft = acme.draft("sms", 5, "2026-05-02", id="a")
    assert outcomes(acme, draft, draft._replace(source="other")) == 2 * ["accepted"]
    assert outcomes(bolt, bolt.draft("sms", 7, "2026-05-02", id="a")) == ["accepted"]


def test_a_late_event_joins_its_hour_and_marks_it_for_charging(acme: Party) -> None:
    acme.uses("seats", 4, "2026-05-02 10:30").uses("seats", 9, "2026-05-02 10:10").uses("seats", 6, "2026-05-02 10:40")
    assert not UsageHour.objects.filter(pending=True).exists()
    move_borders({acme.row.pk: instant("2026-05-02 11:00")})
    acme.uses("seats", 7, "2026-05-02 10:05").uses("seats", 1, "2026-05-02 11:00")
    assert hours() == [("02 10:00", 4, "26", "9", "6"), ("02 11:00", 1, "1", "1", "1")]
    assert list(UsageHour.objects.order_by("hour").values_list("pending", flat=True)) == [True, False]


def test_of_two_values_of_one_instant_the_larger_is_the_latest_in_any_order(acme: Party, world: World) -> None:
    bolt = world.customer("bolt")
    for party, values in ((acme, (3, 8, 5)), (bolt, (8, 5, 3))):
        for value in values:
            party.uses("seats", value, "2026-05-02 10:00")
    assert [plain(h.last) for h in UsageHour.objects.all()] == ["8", "8"]


def test_dimensions_that_the_meter_names_split_its_hours(acme: Party) -> None:
    acme.uses("gb", 1, "2026-05-02", region="eu", noise="x").uses("gb", 2, "2026-05-02", region="us")
    acme.uses("gb", 4, "2026-05-02", region="eu", noise="y").uses("gb", -8, "2026-05-02")
    rows = UsageHour.objects.order_by("dims").values_list("dims", "total")
    assert [(dims, plain(total)) for dims, total in rows] == [
        ('{"region":""}', "-8"), ('{"region":"eu"}', "5"), ('{"region":"us"}', "2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "at", "bucket"),
    [
        ("UTC", "2026-05-02 10:59:59", "10:00"),
        ("Europe/Berlin", "2026-05-02 10:59:59", "10:00"),
        ("Asia/Kolkata", "2026-05-02 10:29:59", "09:30"),
        ("Asia/Kolkata", "2026-05-02 10:30:00", "10:30"),
        ("Asia/Kathmandu", "2026-05-02 10:14:59", "09:15"),
        ("Asia/Kathmandu", "2026-05-02 10:15:00", "10:15"),
        # Lord Howe goes from +10:30 to +11:00 at 15:30 UTC on 3 October 2026.
        ("Australia/Lord_Howe", "2026-10-03 15:29:00", "14:30"),
        ("Australia/Lord_Howe", "2026-10-03 15:31:00", "15:00"),
    ],
)
def test_hours_are_cut_where_local_hours_begin(world: World, zone: str, at: str, bucket: str) -> None:
    world.meter("sms")
    world.customer(zone=zone).uses("sms", 1, at)
    (event,) = UsageEvent.objects.all()
    assert event.bucket.strftime("%H:%M") == bucket


def test_the_shift_of_an_hour_does_not_depend_on_what_came_before_it_in_the_batch(world: World) -> None:
    world.meter("sms")
    parties = [world.customer(name, zone="Australia/Lord_Howe") for name in ("acme", "bolt")]
    times = ("2026-10-03 13:40", "2026-10-03 15:10", "2026-10-03 15:40")
    for party, order in zip(parties, (times, times[::-1]), strict=True):
        party.sends(*(party.draft("sms", 1, at) for at in order))
    cut = [sorted(UsageEvent.objects.filter(customer_id=p.row.pk).values_list("at", "bucket")) for p in parties]
    assert cut[0] == cut[1]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"customer": "cus_other"}, "customer", "customer_not_found"),
        ({"meter": "fax"}, "meter", "meter_not_found"),
        ({"quantity": Decimal(-1)}, "quantity", "negative_refused"),
        ({"meter": "calls", "quantity": Decimal(2)}, "quantity", "count_is_one"),
        ({"subscription": "sub_other"}, "subscription", "subscription_not_found"),
    ],
)
def test_a_batch_with_a_fault_stores_nothing(acme: Party, changes: Any, field: str, code: str) -> None:
    good = acme.draft("sms", 5, "2026-05-02")
    with pytest.raises(Invalid) as invalid:
        acme.sends(good, acme.draft("sms", 5, "2026-05-02")._replace(**changes))
    assert [(p.row, p.field, p.code) for p in invalid.value.problems] == [(2, field, code)]
    assert [UsageEvent.objects.count(), UsageHour.objects.count(), UsageBatch.objects.count()] == [0, 0, 0]


def test_the_subscription_of_another_customer_is_unknown(acme: Party, world: World) -> None:
    world.plan("cloud", world.metered("sms"))
    bolt = world.customer("bolt").buys("cloud")
    theirs = acme.draft("sms", 5, "2026-05-02")._replace(subscription=bolt.subscriptions["cloud"].public_id)
    with pytest.raises(Invalid) as invalid:
        acme.sends(theirs)
    assert [p.code for p in invalid.value.problems] == ["subscription_not_found"]


def test_every_fault_of_a_batch_is_told_at_once(acme: Party) -> None:
    with pytest.raises(Invalid) as invalid:
        acme.sends(*(acme.draft("fax", -1, "2026-05-02") for _ in range(3)))
    assert [(p.row, p.code) for p in invalid.value.problems] == [(n, "meter_not_found") for n in (1, 2, 3)]


GOOD = {"id": "a", "customer": "cus_x", "meter": "sms", "quantity": "1", "at": "2026-05-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"quantity": 0.1}, "quantity", "float_refused"),
        ({"quantity": "NaN"}, "quantity", "not_finite"),
        ({"quantity": "-Infinity"}, "quantity", "not_finite"),
        ({"quantity": "1e3x"}, "quantity", "not_a_number"),
        ({"quantity": None}, "quantity", "not_a_number"),
        ({"quantity": True}, "quantity", "not_a_number"),
        ({"quantity": "0.0000000000001"}, "quantity", "too_many_digits"),
        ({"quantity": "1" + 16 * "0"}, "quantity", "too_many_digits"),
        ({"at": "2026-05-01T00:00:00"}, "at", "naive_datetime"),
        ({"at": "1969-12-31T23:59:59Z"}, "at", "out_of_range"),
        ({"at": "2200-01-01T00:00:00Z"}, "at", "out_of_range"),
        ({"at": "yesterday"}, "at", "not_a_datetime"),
        ({"id": ""}, "id", "text_empty"),
        ({"id": "a\0b"}, "id", "text_nul"),
        ({"id": "a" * 121}, "id", "text_too_long"),
        ({"meter": 7}, "meter", "text_wrong"),
        ({"resource": "r" * 501}, "resource", "text_too_long"),
        ({"dimensions": ["eu"]}, "dimensions", "not_an_object"),
        ({"dimensions": {"region": 1}}, "dimensions.region", "text_wrong"),
        ({"colour": "red"}, "'colour'", "unknown_field"),
    ],
)
def test_bad_input_has_its_code(changes: Any, field: str, code: str) -> None:
    drafts, problems = parse_events([GOOD, {**GOOD, **changes}])
    assert [len(drafts), [(p.row, p.field, p.code) for p in problems]] == [1, [(2, field, code)]]


def test_a_batch_has_a_limit_and_an_event_is_an_object() -> None:
    assert [p.code for p in parse_events((BATCH_LIMIT + 1) * [GOOD])[1]] == ["batch_too_large"]
    assert [(p.row, p.code) for p in parse_events([GOOD, 7])[1]] == [(2, "not_an_object")]


@pytest.mark.parametrize(
    ("zone", "start", "end", "hours"),
    [
        ("UTC", "10:00", "12:00", "10:00 12:00"),
        ("UTC", "10:15", "11:01", "10:00 12:00"),
        ("Asia/Kolkata", "10:15", "11:31", "09:30 12:30"),
        ("Asia/Kolkata", "10:30", "11:30", "10:30 11:30"),
    ],
)
def test_whole_hours(zone: str, start: str, end: str, hours: str) -> None:
    day = datetime(2026, 5, 2, tzinfo=UTC)
    times = [day + timedelta(hours=int(t[:2]), minutes=int(t[3:])) for t in (start, end)]
    found = whole_hours(Period(*times), zone)
    assert f"{found.start:%H:%M} {found.end:%H:%M}" == hours
    assert zone_shift(zone, times[0]) == int(hours[3:5])


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_from_two_senders_at_once_counts_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    world.meter("sms")
    acme = world.customer()
    batch = [acme.draft("sms", n, f"2026-05-02 {n % 24:02}:00") for n in range(300)]
    results = at_once(*3 * [lambda: record(batch, door="test", customer=acme.row)])
    assert sum(r.count("accepted") for r in results) == 300
    assert sum(r.count("repeated") for r in results) == 600
    assert [UsageEvent.objects.count(), sum(h.total for h in UsageHour.objects.all())] == [300, sum(range(300))]
