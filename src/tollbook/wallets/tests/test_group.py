"""Holds that are decided together: the answers of one after the other, and never one too many."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money
from tollbook.site.tests.world import World
from tollbook.wallets import group, holds
from tollbook.wallets.actions import draw, give, give_back, open_wallet
from tollbook.wallets.group import Wish, hold_together
from tollbook.wallets.models import Hold, TopUpRequest, Wallet
from tollbook.wallets.rules import Verdict, reserve
from tollbook.wallets.tests.wishes import eur, filled, said, standing, wish
from tollbook.wallets.top_ups import ask_below

KEYS = st.sampled_from("abcdef")
AMOUNTS = st.decimals("0.01", "6", places=2)


@pytest.mark.parametrize(
    ("available", "wishes", "verdicts"),
    [
        pytest.param("10", ["a 4", "b 6", "c 1"], ["held 4", "held 6", "short 0"], id="in order"),
        pytest.param("10", ["a 7", "b 5", "c 3"], ["held 7", "short 3", "held 3"], id="a smaller one passes"),
        pytest.param("10", ["a 7", "a 7", "a 2"], ["held 7", "repeated 7", "conflict 7"], id="one key"),
        pytest.param("10", ["x 7", "x 8"], ["repeated 7", "conflict 7"], id="a key of before"),
        pytest.param("-1", ["a 1"], ["short -1"], id="nothing"),
    ],
)
def test_who_gets_a_hold(available: str, wishes: list[str], verdicts: list[str]) -> None:
    asked = [(key, Decimal(amount)) for key, amount in map(str.split, wishes)]
    found = reserve(Decimal(available), asked, {"x": Decimal(7)})
    assert [f"{verdict} {amount}" for verdict, amount in found] == verdicts


def test_each_wish_is_judged_by_what_the_ones_before_left(world: World) -> None:
    acme, bolt = filled(world, "10"), filled(world, "3", "bolt", limit="2")
    wishes = [
        wish(acme, "a", "7"),
        wish(bolt, "a", "5"),
        wish(acme, "b", "5"),
        wish(bolt, "b", "0.01"),
        wish(acme, "c", "3"),
    ]
    answers = hold_together(wishes, at=world.now)
    assert said(answers) == ["held", "held", "wallet_short", "wallet_short", "held"]
    assert [standing(acme), standing(bolt)] == [["10", "10"], ["3", "5"]]
    refusal = answers[2]
    assert isinstance(refusal, Refused)
    assert refusal.message == "the wallet has 3.0000000000 EUR available, 5 is needed"
    assert refusal.details == {"missing": "2.0000000000"}
    made = Hold.objects.get(public_id=answers[0])
    assert (made.wallet, made.key, made.amount, made.captured, made.state, made.expires_at, made.created_at) == (
        acme, "a", 7, 0, "open", None, world.now,
    )  # fmt: skip


def test_what_a_group_refuses_changes_nothing(world: World) -> None:
    acme = filled(world, "10")
    hold_together([wish(acme, "a", "4")], at=world.now)
    dollars = Wish(acme.pk, "d", Money(Decimal(1), "USD"))
    wishes = [wish(acme, "a", "4"), dollars, wish(acme, "b", "6.01"), Wish(0, "z", eur("1"))]
    assert said(hold_together(wishes, at=world.now)) == ["alone", "alone", "wallet_short", "alone"]
    assert said(hold_together([wish(acme, "a", "5")], at=world.now)) == ["wallet_key_conflict"]
    assert [standing(acme), Hold.objects.count()] == [["10", "4"], 1]


def test_alone_it_says_what_is_wrong_and_repeats_the_hold_as_it_stands(world: World) -> None:
    acme = filled(world, "10")
    made = group.hold(acme.pk, eur("4"), key="a")
    holds.capture(made)
    assert group.hold(acme.pk, eur("4"), key="a") == made
    with pytest.raises(Refused, match="the wallet holds EUR, not USD"):
        group.hold(acme.pk, Money(Decimal(1), "USD"), key="b")
    with pytest.raises(NotFound, match="there is no wallet 0"):
        group.hold(0, eur("1"), key="b")
    for amount in ("0", "-1"):
        with pytest.raises(Refused, match="must be more than zero"):
            group.hold(acme.pk, eur(amount), key="b")
    assert standing(acme) == ["6", "0"]


def test_holds_that_are_over_are_freed_first(world: World) -> None:
    acme = filled(world, "10")
    soon = world.now + timedelta(minutes=1)
    hold_together([wish(acme, "a", "8", expires_at=soon), wish(acme, "b", "2")], at=world.now)
    assert said(hold_together([wish(acme, "c", "1")], at=soon - timedelta(seconds=1))) == ["wallet_short"]
    assert said(hold_together([wish(acme, "c", "8"), wish(acme, "d", "1")], at=soon)) == ["held", "wallet_short"]
    over = Hold.objects.get(key="a")
    assert [over.state, over.closed_at, standing(acme)] == ["expired", soon, ["10", "10"]]


def test_credit_that_is_over_is_left_to_the_one_who_can_book_it(world: World) -> None:
    acme = filled(world, "10")
    ends = world.now + timedelta(days=1)
    give(acme.pk, eur("5"), key="bonus", name="Bonus", expires_at=ends)
    world.on(ends)
    assert said(hold_together([wish(acme, "a", "12")], at=ends)) == ["alone"]
    with pytest.raises(Refused, match=r"has 10\.0+ EUR available"):
        group.hold(acme.pk, eur("12"), key="a")
    # The refusal took back what it booked, so the credit is still to expire; a hold that fits expires it for good.
    group.hold(acme.pk, eur("9"), key="b")
    assert [standing(acme), said(hold_together([wish(acme, "c", "1")], at=ends))] == [["10", "9"], ["held"]]


def test_credit_that_is_over_but_held_keeps_nobody_waiting(world: World) -> None:
    acme = open_wallet(world.customer().row, "EUR", credit_limit=Decimal(3))
    ends = world.now + timedelta(days=1)
    give(acme.pk, eur("5"), key="bonus", name="Bonus", expires_at=ends)
    hold_together([wish(acme, "a", "5")], at=world.now)
    assert said(hold_together([wish(acme, "b", "3"), wish(acme, "c", "1")], at=ends)) == ["held", "wallet_short"]


def test_a_group_that_makes_a_wallet_low_asks_for_a_top_up_once(world: World) -> None:
    acme, bolt = filled(world, "10"), filled(world, "10", "bolt")
    ask_below(acme.pk, Decimal(4), Decimal(20))
    ask_below(bolt.pk, Decimal(4), Decimal(20))
    hold_together([wish(acme, "a", "5"), wish(acme, "b", "1"), wish(bolt, "a", "5.99")], at=world.now)
    hold_together([wish(acme, "c", "1")], at=world.now)
    request = TopUpRequest.objects.get()
    assert (request.wallet, request.amount, request.cause, request.opened_at) == (acme, 20, "b", world.now)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=st.lists(st.tuples(KEYS, AMOUNTS), max_size=4), after=st.lists(st.tuples(KEYS, AMOUNTS), max_size=12))
def test_the_statement_decides_as_the_rule(
    world: World, before: list[tuple[str, Decimal]], after: list[tuple[str, Decimal]]
) -> None:
    with transaction.atomic():
        wallet = filled(world, "12", f"n{Wallet.objects.count()}")
        hold_together([wish(wallet, *each) for each in before], at=world.now)
        earlier = dict(wallet.holds.values_list("key", "amount"))
        # A key that comes for the second time in one group is left to its caller.
        first = {key: number for number, (key, _) in reversed(list(enumerate(after)))}
        asked = [each for number, each in enumerate(after) if first[each[0]] == number]
        words = {
            Verdict.HELD: "held",
            Verdict.SHORT: "wallet_short",
            Verdict.CONFLICT: "wallet_key_conflict",
            Verdict.REPEATED: "alone",
        }
        expected = iter(
            [words[verdict] for verdict, _ in reserve(12 - sum(earlier.values(), Decimal(0)), asked, earlier)]
        )
        found = said(hold_together([wish(wallet, *each) for each in after], at=world.now))
        assert found == [next(expected) if first[key] == n else "alone" for n, (key, _) in enumerate(after)]
        transaction.set_rollback(True)


def test_draws_and_returns_see_what_groups_hold(world: World) -> None:
    acme = filled(world, "10")
    hold_together([wish(acme, "a", "4")], at=world.now)
    with pytest.raises(Refused, match=r"has 6\.0+ EUR available"):
        draw(acme.pk, eur("6.01"), key="x")
    draw(acme.pk, eur("6"), key="x")
    assert said(hold_together([wish(acme, "b", "0.01")], at=world.now)) == ["wallet_short"]
    give_back(acme.pk, eur("6"), key="r", draw_key="x")
    assert said(hold_together([wish(acme, "b", "6")], at=world.now)) == ["held"]
