"""Money that went into a wallet goes back to the payer: only what is unused, out of the wallet first, once."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tollbook.gateways.test import actions as sandbox
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.ledger.rules import AccountKind
from tollbook.payments import asking
from tollbook.payments.disputes import end_dispute, open_dispute
from tollbook.payments.models import Dispute, Payment, Refund
from tollbook.payments.refunds import order_refund, refundable
from tollbook.payments.tests.conftest import Payer, eur
from tollbook.payments.tests.test_giving_back import topped_up
from tollbook.wallets import holds
from tollbook.wallets.actions import draw, give, give_back, open_wallet
from tollbook.wallets.models import Movement, TopUpRequest, Wallet
from tollbook.wallets.paying_out import pay_out, take_in, unused
from tollbook.wallets.top_ups import ask_below

Make = Callable[..., Payer]


def refund(payment: Payment, amount: str, key: str = "r", *, send: bool = True) -> Refund:
    made = order_refund(payment.public_id, Decimal(amount), reason="Not needed", key=key)
    if send:
        asking.send_refund(made.public_id)
    return Refund.objects.get(pk=made.pk)


def wallet_of(acme: Payer) -> Wallet:
    return open_wallet(acme.row, "EUR")


def unuse(wallet: Wallet, amount: str, key: str = "use") -> None:
    """Give back what was drawn: the books want a charge for what stays drawn, and there is none here."""
    give_back(wallet.pk, eur(amount), key=f"{key}:back", draw_key=key)


def test_unused_money_of_a_wallet_goes_back(payer: Make) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    ordered = refund(payment, "20", send=False)
    assert (ordered.state, ordered.from_wallet, acme.party.balance) == ("started", 20, "30")
    assert (acme.ledger(AccountKind.UNAPPLIED), acme.ledger(AccountKind.CLEARING, "test")) == ("-20", "50")
    assert acme.credit == []
    asking.send_refund(ordered.public_id)
    payment = acme.again(payment)
    assert (payment.topped_up, payment.refunded, plain(refundable(payment))) == (30, 20, "30")
    assert (acme.ledger(AccountKind.UNAPPLIED), acme.ledger(AccountKind.CLEARING, "test")) == ("0", "30")
    assert refund(payment, "20").pk == ordered.pk
    refund(acme.again(payment), "30", "rest")
    assert (acme.party.balance, acme.ledger(AccountKind.CLEARING, "test")) == ("0", "0")
    assert list(wallet_of(acme).grants.values_list("remaining", flat=True)) == [0]


def test_what_was_used_held_or_given_does_not_go_back(payer: Make) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    wallet = wallet_of(acme)
    give(wallet.pk, eur("100"), key="bonus", name="Welcome", priority=90)
    draw(wallet.pk, eur("12.50"), key="use")
    assert plain(unused(wallet.pk, payment.public_id)) == "37.5"
    holds.hold(wallet.pk, eur("120"), key="h")
    assert plain(refundable(acme.again(payment))) == "17.5"
    with pytest.raises(Refused, match=r"more than the 17\.5"):
        refund(payment, "17.51")
    assert (acme.party.balance, Refund.objects.count(), acme.again(payment).topped_up) == ("137.5", 0, 50)
    refund(payment, "17.50")
    assert (acme.party.balance, wallet_of(acme).held) == ("120", 120)
    unuse(wallet, "12.50")


def test_a_refund_that_fails_is_in_the_wallet_again(payer: Make) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    sandbox.script(payment.public_id, fails_refund=True)
    failed = refund(payment, "50")
    assert (failed.state, acme.party.balance, acme.credit) == ("failed", "50", [])
    assert (acme.ledger(AccountKind.UNAPPLIED), acme.ledger(AccountKind.CLEARING, "test")) == ("0", "50")
    payment = acme.again(payment)
    assert (payment.topped_up, payment.refunded) == (50, 0)
    (grant,) = wallet_of(acme).grants.all()
    assert grant.remaining == 50
    sandbox.script(payment.public_id)
    assert refund(payment, "50", "again").state == "succeeded"


def test_what_comes_back_pays_what_was_overdrawn_meanwhile(payer: Make) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    sandbox.script(payment.public_id, fails_refund=True)
    made = refund(payment, "40", send=False)
    wallet = wallet_of(acme)
    Wallet.objects.filter(pk=wallet.pk).update(credit_limit=30)
    draw(wallet.pk, eur("25"), key="use")
    assert acme.party.balance == "-15"
    asking.send_refund(made.public_id)
    (grant,) = wallet.grants.all()
    assert (acme.party.balance, grant.remaining) == ("25", 25)
    unuse(wallet, "25")


def test_a_silent_gateway_keeps_the_money_out_of_the_wallet(payer: Make) -> None:
    """It may have gone: what is not known cannot be spent."""
    acme = payer()
    payment = topped_up(acme, "50")
    sandbox.script(payment.public_id, swallows_refund=True)
    made = refund(payment, "50")
    assert (made.state, acme.party.balance) == ("unknown", "0")
    with pytest.raises(Refused, match="0 EUR available"):
        draw(wallet_of(acme).pk, eur("1"), key="use")
    asking.ask_refund(made.public_id)
    assert (Refund.objects.get().state, acme.ledger(AccountKind.CLEARING, "test")) == ("succeeded", "0")


def test_paying_out_asks_for_no_top_up(payer: Make) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    ask_below(wallet_of(acme).pk, Decimal(40), Decimal(100))
    refund(payment, "50")
    assert not TopUpRequest.objects.exists()


def test_a_dispute_over_wallet_money_and_a_refund_share_it(payer: Make) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    disputed = open_dispute(payment.public_id, Decimal(30), "case", reason="fraud")
    with pytest.raises(Refused, match="more than the 20"):
        refund(payment, "20.01")
    refund(payment, "20")
    end_dispute(disputed.public_id, Dispute.State.LOST)
    payment = acme.again(payment)
    assert (payment.topped_up, payment.refunded, payment.lost) == (0, 20, 30)


@pytest.mark.broken_books
def test_what_was_never_paid_out_is_not_put_in(payer: Make) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    wallet = wallet_of(acme)
    with pytest.raises(Refused, match="was not paid out"):
        take_in(wallet.pk, eur("5"), key="rfd_x", top_up_key=payment.public_id)
    with pytest.raises(Refused, match="more than the 0"):
        pay_out(wallet.pk, eur("5"), key="rfd_x", top_up_key="nothing")
    with pytest.raises(Refused, match="already moved 5"):
        pay_out(wallet.pk, eur("5"), key="one", top_up_key=payment.public_id)
        pay_out(wallet.pk, eur("6"), key="one", top_up_key=payment.public_id)
    assert list(Movement.objects.filter(kind="refund").values_list("key", "amount")) == [("one", Decimal(-5))]


@pytest.mark.django_db(transaction=True)
def test_refunds_and_use_at_once_never_take_more_than_there_is(payer: Make, at_once: Callable[..., list[Any]]) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    wallet = wallet_of(acme)
    orders = [partial(order_refund, payment.public_id, Decimal(20), reason="x", key=f"r{n}") for n in range(4)]
    draws = [partial(draw, wallet.pk, eur("20"), key=f"d{n}") for n in range(4)]
    found = at_once(*orders, *draws)
    assert all(isinstance(each, Refused) for each in found if isinstance(each, Exception)), found
    assert sum(isinstance(each, Refused) for each in found) == 6
    assert acme.party.balance == "10"
    for n, each in enumerate(found[4:]):
        if not isinstance(each, Exception):
            unuse(wallet, "20", f"d{n}")


@pytest.mark.broken_books
@pytest.mark.parametrize(
    ("change", "invariant"),
    [
        ("UPDATE payments_refund SET from_wallet = 10", "M21"),
        ("DELETE FROM wallets_movement WHERE key LIKE '%:returned'", "M21"),
        ("UPDATE wallets_movement SET amount = 49 WHERE key LIKE '%:returned'", "M21"),
        ("UPDATE payments_payment SET topped_up = 40", "M11"),
    ],
)
def test_the_books_see_it(payer: Make, breaking: Callable[..., str], change: str, invariant: str) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    sandbox.script(payment.public_id, fails_refund=True)
    refund(payment, "50")
    assert breaking("UPDATE payments_refund SET note = note") == ""
    assert invariant in breaking(change).split()
