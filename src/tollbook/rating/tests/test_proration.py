"""Parts of a period: one table a convention, worked by hand or taken from the engine that is named."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from tollbook.kernel.calendars import Every
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import add_up, round_to
from tollbook.rating.proration import (
    Boundary,
    Step,
    billing_cycles,
    days_share,
    month_share,
    period_share,
    plan_change,
    prorated,
    remaining_share,
    seconds_share,
    spread,
    started_units,
    unused,
)
from tollbook.rating.tests.packed import packed


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("amount", "used", "of", "places", "result"),
    [
        ("1000", 15, 31, 0, "484"),  # Lago: whole minor units, 483.87
        ("1000", 1, 3, 0, "333"),
        ("1000", 2, 3, 0, "667"),
        ("49.00", 15, 30, 2, "24.50"),
        ("0.05", 1, 2, 2, "0.03"),  # half up
    ],
)
def test_part_of_an_amount(amount: str, used: int, of: int, places: int, result: str) -> None:
    assert prorated(Decimal(amount), days_share(used, of), places) == Decimal(result)


def test_credit_for_unused_days() -> None:
    assert unused(Decimal(1000), 10, 31, 0) == Decimal(677)  # 21 of 31 days


@pytest.mark.parametrize("of", [0, -1])
def test_a_period_without_days_has_no_shares(of: int) -> None:
    with pytest.raises(Refused) as refused:
        days_share(1, of)
    assert refused.value.code == "bad_share"


@pytest.mark.parametrize(
    ("at", "share"),
    [
        ("2026-01-01T00:00", Fraction(1)),
        ("2026-01-16T12:00", Fraction(1, 2)),
        ("2026-01-31T23:59:59", Fraction(1, 31 * 86400)),
        ("2026-02-01T00:00", Fraction(0)),
        ("2026-02-10T00:00", Fraction(0)),
    ],
)
def test_seconds(at: str, share: Fraction) -> None:
    """Flexprice and OpenMeter count true time."""
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert seconds_share(start, end, datetime.fromisoformat(at).replace(tzinfo=UTC)) == share


def test_no_time_no_share() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(Refused) as refused:
        seconds_share(now, now, now)
    assert refused.value.code == "bad_share"


@pytest.mark.parametrize(
    ("start", "end", "share", "days"),
    [
        ("2026-01-10", "2026-01-20", Fraction(10, 30), 10),
        ("2026-01-20", "2026-02-10", Fraction(20, 30), 20),  # 21 days, less the 31st
        ("2026-02-20", "2026-03-10", Fraction(20, 30), 20),  # 18 days, and the two that February lacks
        ("2026-04-20", "2026-05-10", Fraction(20, 30), 20),
        ("2026-01-01", "2026-02-01", Fraction(1), 30),
    ],
)
def test_months_of_thirty_days(start: str, end: str, share: Fraction, days: int) -> None:
    """Kill Bill's fixed month length."""
    assert month_share(day(start), day(end), 30) == (share, days)


def test_days_of_the_period() -> None:
    found = period_share(day("2026-02-10"), day("2026-02-24"), day("2026-02-01"), day("2026-03-01"))
    assert found == (Fraction(1, 2), 14)


@pytest.mark.parametrize(
    ("start", "end", "target", "bill_day", "every", "cycles"),
    [
        ("2026-01-15", None, "2026-03-15", 15, Every.MONTH, "3"),
        ("2026-01-15", None, "2026-03-14", 15, Every.MONTH, "2"),
        # 17 of the 31 days before the first bill date, then one whole month
        ("2026-01-15", None, "2026-02-01", 1, Every.MONTH, "1.548387097"),
        ("2026-01-15", "2026-01-20", "2026-02-01", 1, Every.MONTH, "0.161290323"),
        # bill day 31: the stub before 28 February is measured from 28 January, not the 31st
        ("2026-02-10", None, "2026-02-28", 31, Every.MONTH, f"{1 + Decimal(18) / 31:.9f}"),
        # the last part: 10 of the 31 days from 15 March on
        ("2026-01-15", "2026-03-25", "2026-12-31", 15, Every.MONTH, "2.322580645"),
        ("2026-01-15", "2026-02-15", "2026-12-31", 15, Every.MONTH, "1"),
        ("2026-01-01", None, "2028-01-01", 1, Every.YEAR, "3"),
        ("2026-01-15", None, "2025-12-01", 15, Every.MONTH, "0"),
    ],
)
def test_billing_cycles(
    start: str, end: str | None, target: str, bill_day: int, every: Every, cycles: str
) -> None:  # fmt: skip
    """Kill Bill, in advance."""
    until = None if end is None else day(end)
    assert billing_cycles(day(start), until, day(target), bill_day, every) == Decimal(cycles)


@pytest.mark.parametrize(
    ("boundary", "end", "share"),
    [
        (Boundary.END_INCLUSIVE, "2026-01-31", Fraction(16, 31)),  # Flexprice names the last day
        (Boundary.END_EXCLUSIVE, "2026-02-01", Fraction(16, 31)),  # Meteroid names the day after
        (Boundary.END_EXCLUSIVE, "2026-01-10", Fraction(0)),
    ],
)
def test_what_is_left_of_a_period(boundary: Boundary, end: str, share: Fraction) -> None:
    assert remaining_share(day("2026-01-01"), day(end), day("2026-01-16"), boundary) == share


def test_plan_change() -> None:
    lines, net = plan_change([(Decimal(10), 1)], [(Decimal(30), 1), (Decimal(5), 3)], Fraction(16, 31))
    assert lines == (Decimal("-5.16"), Decimal("15.48"), Decimal("7.74"))
    assert net == Decimal("18.06")


@given(packed(lambda of: (of.many(lambda: (of.decimal(0, 1000, 2), of.whole(1, 9)), 0, 5), of.fraction(1, 366)), 40))
def test_up_and_down_at_one_instant_cost_nothing(found: tuple[list[tuple[Decimal, int]], Fraction]) -> None:
    plan, share = found
    assert plan_change(plan, plan, share)[1] == 0


@given(
    packed(lambda of: (of.decimal(0, 10_000, 4), of.many(lambda: of.whole(1, 100), 1, 12), of.one_of([0, 2, 3])), 40)
)
def test_a_plan_cut_anywhere_costs_its_price(found: tuple[Decimal, list[int], int]) -> None:
    price, cuts, places = found
    parts = spread(price, [Fraction(cut, sum(cuts)) for cut in cuts], places)
    assert add_up(parts) == round_to(price, places)
    assert len(parts) == len(cuts)


@pytest.mark.parametrize(
    ("step", "start", "end", "units"),
    [
        (Step.HOUR, "2026-01-01T10:00", "2026-01-01T11:00", "1"),
        (Step.HOUR, "2026-01-01T10:00", "2026-01-01T11:00:01", "2"),
        (Step.HOUR, "2026-01-01T10:00", "2026-01-01T10:00", "0"),
        (Step.DAY, "2026-01-01T10:00", "2026-01-03T09:00", "2"),
        (Step.MONTH, "2026-01-01T00:00", "2026-01-31T23:59:59", "1"),
        (Step.MONTH, "2026-01-16T00:00", "2026-01-31T23:59:59", "0.52"),  # 16 of 31, rounded up
        (Step.MONTH, "2026-02-01T00:00", "2026-02-14T12:00", "0.50"),
        (Step.HALF_MONTH, "2026-01-01T00:00", "2026-01-15T23:59", "1"),
        (Step.HALF_MONTH, "2026-01-16T00:00", "2026-01-31T23:59", "1"),
        (Step.HALF_MONTH, "2026-01-01T00:00", "2026-01-31T23:59", "2"),
        (Step.HALF_MONTH, "2026-01-01T00:00", "2026-01-20T23:59", "1.33"),  # 1 + 5 / 15.5
        (Step.HALF_MONTH, "2026-01-10T00:00", "2026-01-31T23:59", "1.39"),  # 1 + 6 / 15.5
        (Step.HALF_MONTH, "2026-01-10T00:00", "2026-01-20T23:59", "0.71"),  # 11 / 15.5
    ],
)
def test_started_units(step: Step, start: str, end: str, units: str) -> None:
    """Waldur."""
    first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end))
    assert started_units(step, first, last) == Decimal(units)


def test_months_do_not_cross_a_border() -> None:
    with pytest.raises(Refused) as refused:
        started_units(Step.MONTH, datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert refused.value.code == "two_months"
