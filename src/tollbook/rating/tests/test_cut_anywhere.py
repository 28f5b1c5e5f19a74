"""What is cut anywhere costs what it costs in one piece, and what goes up and comes down again costs nothing."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import example, given

from tollbook.kernel.money import add_up, round_to
from tollbook.rating import Terms, Usage, rate
from tollbook.rating.aggregates import time_weighted
from tollbook.rating.commitments import true_up
from tollbook.rating.proration import Boundary, plan_change, remaining_share
from tollbook.rating.tests.packed import Packed, packed

MONDAY = datetime.fromisoformat("2026-05-04T00:00:00")
DAY_S = 86_400
PLACES = 30
BOUNDARIES = list(Boundary)


def after(second: int) -> datetime:
    return MONDAY + timedelta(seconds=second)


def amount(of: Packed) -> Decimal:
    return of.decimal(0, 1000, 4)


def second(of: Packed) -> int:
    return of.whole(0, 3 * DAY_S)


def plan(of: Packed) -> list[tuple[Decimal, int]]:
    return of.many(lambda: (amount(of), of.whole(0, 9)), 0, 4)


def tariff_of(of: Packed) -> Terms:
    hours = sorted(set(of.many(lambda: of.whole(1, 23), 0, 3)))
    slots = [
        {
            "weekdays": [1, 2, 3, 4, 5, 6, 7],
            "from": f"{hour:02}:00",
            "connect_fee": str(amount(of)),
            "rate": str(amount(of)),
            "rate_unit_s": of.one_of([1, 7, 60, 3600]),
            "increment_s": 1,
        }
        for hour in (0, *hours)
    ]
    return Terms.parse({"model": "timed", "slots": slots})


@given(packed(lambda of: (tariff_of(of), sorted(of.many(lambda: second(of), 2, 5))), 80))
@example((Terms.parse({"model": "timed", "slots": [
    {"weekdays": [1], "from": "00:00", "rate": "0.01", "rate_unit_s": 7, "increment_s": 1}]}), [0, 1, 7]))  # fmt: skip
def test_a_session_cut_at_any_second_costs_the_same(found: tuple[Terms, list[int]]) -> None:
    tariff, cuts = found

    def cost(start: int, end: int, goes_on: bool) -> Fraction:
        usage = Usage(start=after(start), end=after(end), goes_on=goes_on)
        return Fraction(rate(tariff, Decimal(0), usage=usage).amount)

    begun = next((start for start, end in pairwise(cuts) if end > start), cuts[0])
    parts = [cost(start, end, goes_on=start > begun) for start, end in pairwise(cuts)]
    # A seventh of a cent has no finite form: each part is rounded once, at the twentieth place.
    assert abs(sum(parts) - cost(cuts[0], cuts[-1], goes_on=False)) <= Fraction(len(parts) + 1, 2 * 10**20)


def level(of: Packed) -> tuple[list[tuple[int, Decimal]], Decimal, list[int]]:
    """Changes at seconds, the level before them, and three to six seconds to cut at."""
    changes = of.many(lambda: (second(of), of.decimal(-50, 50, 2)), 0, 8)
    cuts = set(of.many(lambda: second(of), 3, 6))
    while len(cuts) < 3:
        cuts.add(max(cuts) + 1)
    return changes, of.decimal(0, 100, 2), sorted(cuts)


@given(packed(level, 96))
def test_a_level_measured_in_parts_is_the_level_measured_at_once(
    found: tuple[list[tuple[int, Decimal]], Decimal, list[int]],
) -> None:
    changes, initial, cuts = found
    ordered = [(after(at), change) for at, change in sorted(changes, key=lambda pair: pair[0])]

    def total(start: int, end: int) -> Fraction:
        mean = time_weighted(after(start), after(end), ordered, initial, PLACES)
        return Fraction(mean) * (end - start)

    parts = sum(total(start, end) for start, end in pairwise(cuts))
    assert abs(parts - total(cuts[0], cuts[-1])) < Fraction(1, 10 ** (PLACES - 6))


@given(packed(lambda of: (plan(of), plan(of), of.whole(0, 40), of.one_of(BOUNDARIES)), 64))
def test_an_upgrade_taken_back_at_the_same_instant_costs_nothing(
    found: tuple[list[tuple[Decimal, int]], list[tuple[Decimal, int]], int, Boundary],
) -> None:
    old, new, day, boundary = found
    start = MONDAY.date()
    left = remaining_share(start, start + timedelta(days=30), start + timedelta(days=day), boundary)
    up, down = plan_change(old, new, left)[1], plan_change(new, old, left)[1]
    assert up + down == 0


def shuffled(of: Packed) -> tuple[list[Decimal], list[Decimal]]:
    """Up to eight values, in two orders."""
    values = of.many(lambda: amount(of), 0, 8)
    return values, [values[place] for place in sorted(range(len(values)), key=lambda place: (of.byte(), place))]


@given(packed(shuffled, 56))
def test_the_order_of_transactions_changes_no_total(both: tuple[list[Decimal], list[Decimal]]) -> None:
    tiers = [{"upto": "700", "rate_percent": "3", "flat": "1"}, {"upto": None, "rate_percent": "2", "flat": "4"}]
    terms = Terms.parse({"model": "graduated_percentage", "tiers": tiers})
    listed, mixed = (Usage(values=tuple(values)) for values in both)
    assert rate(terms, listed.total, usage=listed).amount == rate(terms, mixed.total, usage=mixed).amount


@given(packed(lambda of: (amount(of), of.many(lambda: amount(of), 0, 6), of.fraction(1, 31), of.one_of([0, 2, 3])), 48))
def test_a_true_up_reaches_the_minimum_and_never_passes_it(
    found: tuple[Decimal, list[Decimal], Fraction, int],
) -> None:
    minimum, fees, share, places = found
    added = true_up(minimum, fees, share, places)
    paid = Fraction(add_up(round_to(fee, places) for fee in fees))
    due = Fraction(minimum) * share
    if added:
        assert abs(paid + Fraction(added) - due) <= Fraction(1, 2 * 10**places)
    else:
        assert paid > due - Fraction(1, 10**places)
