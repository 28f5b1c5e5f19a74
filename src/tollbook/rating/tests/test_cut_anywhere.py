"""What is cut anywhere costs what it costs in one piece, and what goes up and comes down again costs nothing."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from tollbook.kernel.money import add_up, round_to
from tollbook.rating import Terms, Usage, rate
from tollbook.rating.aggregates import time_weighted
from tollbook.rating.commitments import true_up
from tollbook.rating.proration import Boundary, plan_change, remaining_share

MONDAY = datetime.fromisoformat("2026-05-04T00:00:00")
DAY_S = 86_400
PLACES = 30
amounts = st.decimals(0, 1000, places=4)
seconds = st.integers(0, 3 * DAY_S)
plans = st.lists(st.tuples(amounts, st.integers(0, 9)), max_size=4)


def after(second: int) -> datetime:
    return MONDAY + timedelta(seconds=second)


@st.composite
def tariffs(draw: st.DrawFn) -> Terms:
    hours = sorted(draw(st.sets(st.integers(1, 23), max_size=3)))
    slots = [
        {
            "weekdays": [1, 2, 3, 4, 5, 6, 7],
            "from": f"{hour:02}:00",
            "connect_fee": str(draw(amounts)),
            "rate": str(draw(amounts)),
            "rate_unit_s": draw(st.sampled_from([1, 7, 60, 3600])),
            "increment_s": 1,
        }
        for hour in (0, *hours)
    ]
    return Terms.parse({"model": "timed", "slots": slots})


@given(tariffs(), st.lists(seconds, min_size=2, max_size=5))
@example(Terms.parse({"model": "timed", "slots": [
    {"weekdays": [1], "from": "00:00", "rate": "0.01", "rate_unit_s": 7, "increment_s": 1}]}), [0, 1, 7])  # fmt: skip
def test_a_session_cut_at_any_second_costs_the_same(tariff: Terms, cuts: list[int]) -> None:
    cuts.sort()

    def cost(start: int, end: int, goes_on: bool) -> Fraction:
        usage = Usage(start=after(start), end=after(end), goes_on=goes_on)
        return Fraction(rate(tariff, Decimal(0), usage=usage).amount)

    begun = next((start for start, end in pairwise(cuts) if end > start), cuts[0])
    parts = [cost(start, end, goes_on=start > begun) for start, end in pairwise(cuts)]
    # A seventh of a cent has no finite form: each part is rounded once, at the twentieth place.
    assert abs(sum(parts) - cost(cuts[0], cuts[-1], goes_on=False)) <= Fraction(len(parts) + 1, 2 * 10**20)


@given(
    st.lists(st.tuples(seconds, st.decimals(-50, 50, places=2)), max_size=8),
    st.decimals(0, 100, places=2),
    st.lists(st.integers(0, 3 * DAY_S), min_size=3, max_size=6, unique=True),
)
def test_a_level_measured_in_parts_is_the_level_measured_at_once(
    changes: list[tuple[int, Decimal]], initial: Decimal, cuts: list[int]
) -> None:
    cuts.sort()
    ordered = [(after(at), change) for at, change in sorted(changes, key=lambda pair: pair[0])]

    def total(start: int, end: int) -> Fraction:
        mean = time_weighted(after(start), after(end), ordered, initial, PLACES)
        return Fraction(mean) * (end - start)

    parts = sum(total(start, end) for start, end in pairwise(cuts))
    assert abs(parts - total(cuts[0], cuts[-1])) < Fraction(1, 10 ** (PLACES - 6))


@given(plans, plans, st.integers(0, 40), st.sampled_from(Boundary))
def test_an_upgrade_taken_back_at_the_same_instant_costs_nothing(
    old: list[tuple[Decimal, int]], new: list[tuple[Decimal, int]], day: int, boundary: Boundary
) -> None:
    start = MONDAY.date()
    left = remaining_share(start, start + timedelta(days=30), start + timedelta(days=day), boundary)
    up, down = plan_change(old, new, left)[1], plan_change(new, old, left)[1]
    assert up + down == 0


@given(st.lists(amounts, max_size=8).flatmap(lambda values: st.tuples(st.just(values), st.permutations(values))))
def test_the_order_of_transactions_changes_no_total(both: tuple[list[Decimal], list[Decimal]]) -> None:
    tiers = [{"upto": "700", "rate_percent": "3", "flat": "1"}, {"upto": None, "rate_percent": "2", "flat": "4"}]
    terms = Terms.parse({"model": "graduated_percentage", "tiers": tiers})
    listed, mixed = (Usage(values=tuple(values)) for values in both)
    assert rate(terms, listed.total, usage=listed).amount == rate(terms, mixed.total, usage=mixed).amount


@given(amounts, st.lists(amounts, max_size=6), st.fractions(0, 1, max_denominator=31), st.sampled_from([0, 2, 3]))
def test_a_true_up_reaches_the_minimum_and_never_passes_it(
    minimum: Decimal, fees: list[Decimal], share: Fraction, places: int
) -> None:
    added = true_up(minimum, fees, share, places)
    paid = Fraction(add_up(round_to(fee, places) for fee in fees))
    due = Fraction(minimum) * share
    if added:
        assert abs(paid + Fraction(added) - due) <= Fraction(1, 2 * 10**places)
    else:
        assert paid > due - Fraction(1, 10**places)
