"""Starting, suspending, resuming and ending."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.customers.models import Customer
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.period import Period
from tollbook.rating import ProrationBase
from tollbook.site.tests.world import World
from tollbook.subscriptions import actions
from tollbook.subscriptions.changes import change
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import Said, Schedule, Stage, State, stages


def at(text: str) -> Any:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_key_starts_one_subscription(world: World) -> None:
    flat, other = (world.plan(code, world.monthly("1")) for code in ("flat", "other"))
    acme = world.customer()
    first = actions.start(acme.row, flat, key="k", at=at("2026-05-10 12:00"))
    assert actions.start(acme.row, flat, key="k", at=at("2026-05-10 12:00")) == first
    assert (first.state, first.anchor, first.due_at) == (State.ACTIVE, date(2026, 5, 10), at("2026-05-10 12:00"))
    for version, when in ((other, "2026-05-10 12:00"), (flat, "2026-05-11")):
        with pytest.raises(Refused) as refused:
            actions.start(acme.row, version, key="k", at=at(when))
        assert refused.value.code == "subscription_key_conflict"
    assert Subscription.objects.count() == 1


def test_a_plan_of_another_brand_is_refused(world: World) -> None:
    flat = world.plan("flat", world.monthly("1"))
    brand = world.brand
    brand.pk, brand.public_id, brand.code = None, "brd_other", "other"
    brand.save(force_insert=True)
    stranger = world.customer("stranger")
    with pytest.raises(Refused) as refused:
        actions.start(stranger.row, flat, key="k", at=world.now)
    assert [refused.value.code, Subscription.objects.count()] == ["other_brand", 0]


@pytest.mark.parametrize(
    ("verbs", "state"),
    [
        (["suspend"], "suspended"),
        (["suspend", "resume"], "active"),
        (["suspend", "end"], "ended"),
        (["resume"], "invalid_transition"),
        (["suspend", "suspend"], "invalid_transition"),
        (["end", "end"], "invalid_transition"),
        (["end", "resume"], "invalid_transition"),
    ],
)
def test_states(world: World, verbs: Any, state: str) -> None:
    world.plan("flat", world.monthly("1"))
    name = world.customer().buys("flat").subscriptions["flat"].public_id
    calls = {
        "suspend": lambda: actions.suspend(name),
        "resume": lambda: actions.resume(name),
        "end": lambda: actions.end(name, world.now + timedelta(days=1)),
    }
    for verb in verbs[:-1]:
        calls[verb]()
    try:
        assert calls[verbs[-1]]().state == state
    except Refused as refused:
        assert refused.code == state
    with pytest.raises(NotFound):
        actions.suspend("sub_none")


def schedule(
    anchor: Any = "2026-01-31", months: int = 1, zone: str = "UTC", by_calendar: Any = False, ended: Any = None
) -> Any:
    return Schedule(months, date.fromisoformat(anchor), zone, by_calendar, at(anchor), at(ended) if ended else None)


@pytest.mark.parametrize(
    ("base", "months", "start", "end", "share"),
    [
        ("days", 1, "2026-02-10", "2026-03-01", Fraction(19, 28)),
        ("days", 1, "2026-02-01", "2026-03-01", Fraction(1)),
        ("days", 1, "2026-02-01", "2026-02-01 00:01", Fraction(1, 28)),
        ("days", 1, "2026-02-27 23:00", "2026-03-01", Fraction(2, 28)),
        ("days", 3, "2026-02-01", "2026-04-01", Fraction(59, 90)),
        # Of 30 days 9 have passed: what February lacks belongs to its last part (Kill Bill).
        ("days_30", 1, "2026-02-10", "2026-03-01", Fraction(21, 30)),
        ("days_30", 1, "2026-02-01", "2026-02-10", Fraction(9, 30)),
        ("days_30", 1, "2026-05-31", "2026-06-01", Fraction(0)),
        ("days_30", 3, "2026-02-01", "2026-04-01", Fraction(59, 90)),
        ("days_30", 12, "2026-12-31", "2027-01-01", Fraction(0)),  # a year has 360 of them
        ("seconds", 1, "2026-02-15", "2026-03-01", Fraction(1, 2)),
        ("none", 1, "2026-02-27", "2026-03-01", Fraction(1)),
    ],
)
def test_the_share_of_a_period(base: str, months: int, start: str, end: str, share: Any) -> None:
    calendar = schedule("2026-01-01", months, by_calendar=True)
    assert calendar.share(Period(at(start), at(end)), ProrationBase(base)) == share


LIFE = st.integers(0, 364 * 24 * 60).map(lambda minutes: at("2026-01-01") + timedelta(minutes=minutes))
WAYS = st.sampled_from([ProrationBase.DAYS, ProrationBase.DAYS_30, ProrationBase.SECONDS])
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Santiago"])


@given(cuts=st.lists(LIFE, max_size=6), months=st.sampled_from([1, 3, 12]), zone=ZONES, base=WAYS)
def test_the_parts_of_a_period_that_is_cut_anywhere_sum_to_the_whole(
    cuts: Any, months: int, zone: str, base: Any
) -> None:
    whole = Schedule(months, date(2026, 1, 1), zone, True, at("2026-01-01")).whole(at("2026-02-15"))
    said = [Said(n, n, n, 1, max(when, whole.start)) for n, when in enumerate([whole.start, *cuts], 1)]
    life = Schedule(months, date(2026, 1, 1), zone, True, whole.start)
    total = Fraction(0)
    for stage in stages(said, None):
        mine = life.of_stage(stage)
        part = mine.clip(whole)
        share = mine.share(part, base) if part else Fraction(0)
        assert 0 <= share <= 1
        total += share
    assert total == 1


@given(said=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3)), max_size=8), ends=st.integers(1, 12))
def test_at_any_instant_the_last_word_of_it_counts_once(said: Any, ends: int) -> None:
    begin = at("2026-01-01")
    rows = [(0, 1), *said]
    phases = [Said(n, n, to, 1, begin + timedelta(days=day)) for n, (day, to) in enumerate(rows, 1)]
    found = stages(phases, begin + timedelta(days=ends))
    for day in range(ends):
        (counts,) = (stage for stage in found if begin + timedelta(days=day) in stage)
        assert counts.version_id == [to for start, to in rows if start <= day][-1]
    assert [stage.end for stage in found[:-1]] == [stage.start for stage in found[1:]]
    assert [stage.cut for stage in found] == [True] * (len(found) - 1) + [False]
    assert all(one.version_id != other.version_id for one, other in pairwise(found))


def test_a_change_taken_back_goes_on_with_the_phase_it_replaced() -> None:
    day = [at(f"2026-01-{n:02}") for n in range(1, 10)]
    said = [Said(1, 1, 7, 1, day[0]), Said(2, 2, 8, 1, day[4]), Said(3, 3, 7, 1, day[4])]
    assert stages(said[:2], None) == [Stage(1, 7, 1, day[0], day[4], True), Stage(2, 8, 1, day[4])]
    assert stages(said, None) == [Stage(1, 7, 1, day[0])]
    assert stages(said, day[4]) == [Stage(1, 7, 1, day[0], day[4])]
    assert stages(said[:2], day[4]) == [Stage(1, 7, 1, day[0], day[4])]
    assert stages([*said[:2], Said(3, 3, 9, 1, day[2])], None) == [
        Stage(1, 7, 1, day[0], day[2], True), Stage(3, 9, 1, day[2]),
    ]  # fmt: skip


def test_a_day_of_23_hours_is_a_day() -> None:
    berlin = Schedule(1, date(2026, 3, 1), "Europe/Berlin", True, at("2026-02-28 23:00"))
    # 16 March to 1 April in Berlin is 16 days, one of them an hour short.
    assert berlin.share(Period(at("2026-03-15 23:00"), at("2026-03-31 22:00"))) == Fraction(16, 31)


def test_periods_are_clipped_to_the_life() -> None:
    found = list(schedule("2026-01-31", ended="2026-03-15").periods(at("2026-01-31"), at("2026-12-31")))
    assert [(p.start.date().isoformat(), p.end.date().isoformat()) for p in found] == [
        ("2026-01-31", "2026-02-28"), ("2026-02-28", "2026-03-15"),
    ]  # fmt: skip


def test_a_run_over_too_many_periods_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        list(schedule("1971-01-01").periods(at("1971-01-01"), at("2199-01-01")))
    assert refused.value.code == "too_many_periods"


def test_a_fixed_contract_needs_a_recurring_fee(world: World) -> None:
    world.meter("sms")
    use = world.plan("use", world.metered("sms"))
    world.plan("both", world.monthly("10"), world.metered("sms"))
    acme = world.customer().buys("use")
    Customer.objects.update(contract_type="fixed")
    acme.row.refresh_from_db()
    acme.buys("both")
    with pytest.raises(Refused, match="Use v1 has no recurring fee, and the contract is fixed") as refused:
        acme.buys("use", key="again")
    assert (refused.value.code, refused.value.param) == ("contract_needs_fee", "plan")
    with pytest.raises(Refused) as refused:
        change(acme.subscriptions["both"].public_id, use, world.now, key="c")
    assert refused.value.code == "contract_needs_fee"
    # What ran before goes on.
    assert [s.state for s in acme.row.subscriptions.order_by("pk")] == ["active", "active"]
