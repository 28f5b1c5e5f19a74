"""A wallet that becomes low or empty: the top-up that it asks for, what then, and when that will be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, plain
from tollbook.site.tests.world import World
from tollbook.wallets import holds, queries
from tollbook.wallets.actions import draw, expire_due, give, give_back, open_wallet, top_up
from tollbook.wallets.models import TopUpRequest, Wallet
from tollbook.wallets.rules import AtZero, Forecast, Then, at_zero, needs_top_up, runs_empty
from tollbook.wallets.top_ups import ask_below, decide_at_zero

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def eur(amount: str | Decimal) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.fixture
def wallet(world: World) -> Wallet:
    """10 EUR in it; at 4 or less 20 are asked for."""
    found = open_wallet(world.customer().row, "EUR")
    top_up(found.pk, eur("10"), key="a")
    ask_below(found.pk, Decimal(4), Decimal(20))
    return found


def asked(wallet: Wallet) -> list[str]:
    """Each request: amount, cause, and by which key it was paid."""
    rows = TopUpRequest.objects.filter(wallet=wallet).order_by("pk").select_related("paid_by")
    return [f"{plain(r.amount)} {r.cause} {r.paid_by.key if r.paid_by else 'open'}" for r in rows]


def code(call: Callable[..., Any], *args: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*args, **more)
    return refused.value.code


@pytest.mark.parametrize(
    ("available", "threshold", "is_open", "needed"),
    [
        ("4.01", "4", False, False),
        ("4", "4", False, True),
        ("-1", "0", False, True),
        ("1", "4", True, False),
        ("0", None, False, False),
    ],
)
def test_when_a_top_up_is_needed(available: str, threshold: str | None, is_open: bool, needed: bool) -> None:
    limit = None if threshold is None else Decimal(threshold)
    assert needs_top_up(Decimal(available), limit, is_open=is_open) is needed


def test_a_top_up_is_asked_for_once_until_it_is_paid(world: World, wallet: Wallet) -> None:
    draw(wallet.pk, eur("5.99"), key="d1")
    assert asked(wallet) == []
    draw(wallet.pk, eur("0.01"), key="d2")
    draw(wallet.pk, eur("1"), key="d3")
    holds.hold(wallet.pk, eur("1"), key="h")
    assert asked(wallet) == ["20 d2 open"]
    top_up(wallet.pk, eur("0.5"), key="little")
    assert asked(wallet) == ["20 d2 open"]
    top_up(wallet.pk, eur("20"), key="paid", request=TopUpRequest.objects.get().public_id)
    assert asked(wallet) == ["20 d2 paid"]
    draw(wallet.pk, eur("19"), key="d4")
    assert asked(wallet) == ["20 d2 paid", "20 d4 open"]
    top_up(wallet.pk, eur("5"), key="other")
    assert asked(wallet) == ["20 d2 paid", "20 d4 other"]
    for key in ("d1", "d2", "d3", "d4"):
        drawn = wallet.movements.get(kind="draw", key=key)
        give_back(wallet.pk, eur(-drawn.amount), key=f"r{key}", draw_key=key)


def test_a_request_is_paid_by_its_name_or_refused(wallet: Wallet) -> None:
    assert code(top_up, wallet.pk, eur("5"), key="x", request="tur_none") == "top_up_request_not_open"
    holds.hold(wallet.pk, eur("9"), key="h")
    name = TopUpRequest.objects.get().public_id
    top_up(wallet.pk, eur("0.5"), key="part", request=name)
    assert [asked(wallet), code(top_up, wallet.pk, eur("5"), key="y", request=name)] == [
        ["20 h part"], "top_up_request_not_open",
    ]  # fmt: skip
    wallet.refresh_from_db()
    assert plain(wallet.balance) == "10.5"


def test_holds_expiry_and_a_new_threshold_ask_too(world: World, wallet: Wallet) -> None:
    holds.hold(wallet.pk, eur("6"), key="h")
    bolt = open_wallet(world.customer("bolt").row, "EUR")
    give(bolt.pk, eur("10"), key="gift", name="Gift", expires_at=world.now + timedelta(days=1))
    ask_below(bolt.pk, Decimal(0), Decimal(7))
    carl = open_wallet(world.customer("carl").row, "EUR")
    ask_below(carl.pk, Decimal(0), Decimal(7))
    world.on("2026-05-02")
    expire_due(world.now)
    gift = bolt.grants.get().public_id
    assert [asked(wallet), asked(bolt), asked(carl)] == [["20 h open"], [f"7 {gift}:1 open"], ["7 set open"]]
    ask_below(bolt.pk, None)
    assert [asked(bolt), queries.open_request(bolt) is not None] == [[f"7 {gift}:1 open"], True]


def test_what_is_asked_for_wrongly_is_refused(wallet: Wallet) -> None:
    assert code(ask_below, wallet.pk, Decimal(1)) == code(ask_below, wallet.pk, None, Decimal(1))
    assert code(ask_below, wallet.pk, Decimal(1)) == "threshold_incomplete"
    assert code(ask_below, wallet.pk, Decimal(1), Decimal(0)) == "amount_not_positive"
    wallet.refresh_from_db()
    assert (wallet.threshold, wallet.top_up_amount) == (4, 20)


@pytest.mark.django_db(transaction=True)
def test_many_threads_ask_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    wallet = open_wallet(world.customer().row, "EUR", credit_limit=Decimal(99))
    ask_below(wallet.pk, Decimal(90), Decimal(20))
    at_once(*(lambda n=n: holds.hold(wallet.pk, eur("1"), key=f"h{n}") for n in range(20)))
    assert [len(asked(wallet)), asked(wallet)[0].endswith(" open")] == [1, True]


@pytest.mark.parametrize(
    ("policy", "grace_hours", "after_hours", "then"),
    [
        ("refuse", 0, 0, "refused"),
        ("suspend", 0, 0, "suspended"),
        ("grace", 24, 0, "goes_on"),
        ("grace", 24, 23, "goes_on"),
        ("grace", 24, 24, "suspended"),
        ("overage", 0, 999, "goes_on"),
    ],
)
def test_what_then(policy: str, grace_hours: int, after_hours: int, then: str) -> None:
    now = NOON + timedelta(hours=after_hours)
    assert at_zero(AtZero(policy), grace_hours, NOON, now) == then
    assert at_zero(AtZero(policy), grace_hours, None, now) is Then.GOES_ON


def test_the_policy_is_stored_with_its_hours(wallet: Wallet) -> None:
    assert (wallet.at_zero, wallet.grace_hours) == ("overage", 0)
    decide_at_zero(wallet.pk, AtZero.GRACE, 36)
    wallet.refresh_from_db()
    assert (wallet.at_zero, wallet.grace_hours) == ("grace", 36)
    for policy, hours in ((AtZero.GRACE, 0), (AtZero.REFUSE, 1), (AtZero.GRACE, 32_768), (AtZero.GRACE, -1)):
        assert code(decide_at_zero, wallet.pk, policy, hours) == "grace_hours_wrong"


def test_since_when_it_is_empty(world: World) -> None:
    wallet = open_wallet(world.customer().row, "EUR", credit_limit=Decimal(9))
    assert queries.empty_since(wallet) == world.now
    top_up(wallet.pk, eur("5"), key="a")
    wallet.refresh_from_db()
    assert queries.empty_since(wallet) is None
    for day, amount in (("2026-05-02", "5"), ("2026-05-03", "1")):
        world.on(day)
        holds.capture(holds.hold(wallet.pk, eur(amount), key=day).public_id)
    wallet.refresh_from_db()
    assert f"{queries.empty_since(wallet):%m-%d}" == "05-02"


@pytest.mark.parametrize(
    ("available", "drawn", "days", "empty_at"),
    [
        ("10", "0", 7, None),
        ("10", "-3", 7, None),
        ("10", "7", 7, "05-11 12:00"),
        ("10.5", "7", 7, "05-12 00:00"),
        ("0.5", "1", 1, "05-02 00:00"),
        ("0", "7", 7, "05-01 12:00"),
        ("-3", "7", 7, "05-01 12:00"),
        ("999999999999999999", "0.0000000001", 7, None),
    ],
)
def test_when_it_runs_empty(available: str, drawn: str, days: int, empty_at: str | None) -> None:
    found = runs_empty(Decimal(available), Decimal(drawn), days, NOON)
    assert (found and f"{found.empty_at:%m-%d %H:%M}") == empty_at


def test_whole_days_left() -> None:
    for hours, days in ((-5, 0), (0, 0), (23, 0), (24, 1), (49, 2)):
        assert Forecast(NOON + timedelta(hours=hours), Decimal(1), 7).days_left(NOON) == days


def test_the_rate_is_that_of_a_week_or_of_a_day_for_a_wallet_new_in_use(world: World, wallet: Wallet) -> None:
    top_up(wallet.pk, eur("90"), key="b")
    assert queries.forecast(wallet, world.now) is None
    rates = {}
    for number in range(1, 10):
        world.on(f"2026-05-{number:02} 12:00")
        holds.capture(holds.hold(wallet.pk, eur("5" if number == 9 else "2"), key=f"u{number}").public_id)
        wallet.refresh_from_db()
        found = queries.forecast(wallet, world.now)
        assert found is not None
        rates[number] = (round(found.per_day * found.basis_days, 6), found.basis_days)
    # First used on the 1st at noon; both ends of the time that is looked back at count.
    assert rates == {1: (2, 1), **{n: (4, 1) for n in range(2, 8)}, 8: (16, 7), 9: (19, 7)}
    # 79 left, 19/7 a day: 29.105... days from 9 May, 12:00.
    assert found and f"{found.empty_at:%Y-%m-%d %H:%M}" == "2026-06-07 14:31"
