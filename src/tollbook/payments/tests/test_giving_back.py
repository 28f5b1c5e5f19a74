"""Money that goes back: refunds part by part, disputes, and what nobody expects any more."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from tollbook.features.actions import set_value
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.kernel.errors import Refused
from tollbook.ledger.rules import AccountKind
from tollbook.payments import asking, refunding
from tollbook.payments.actions import add_funds
from tollbook.payments.applying import By, apply_credit
from tollbook.payments.disputes import end_dispute, open_dispute, undo_write_off, write_off
from tollbook.payments.models import Dispute, Payment, Refund, WriteOff
from tollbook.payments.refunds import order_refund, refundable
from tollbook.payments.tests.conftest import Payer, eur
from tollbook.wallets import holds
from tollbook.wallets.actions import open_wallet
from tollbook.wallets.models import Movement
from tollbook.wallets.queries import of_customer

Make = Callable[..., Payer]
DESK = By("ada@harbour.example", "staff")


def refund(payment: Payment, amount: str, key: str = "r1") -> Refund:
    """Order a refund and call the gateway."""
    made = order_refund(payment.public_id, Decimal(amount), reason="Not wanted", key=key, by=DESK)
    if made.payment.gateway == "test":
        asking.send_refund(made.public_id)
    return Refund.objects.get(pk=made.pk)


def test_a_refund_part_by_part(payer: Make) -> None:
    acme = payer()
    payment = acme.pays()
    assert refund(payment, "23").state == "succeeded"
    assert (acme.states, acme.open) == (["issued"], ["23"])
    assert (acme.ledger(AccountKind.CLEARING, "test"), acme.ledger(AccountKind.RECEIVABLE)) == ("100", "23")
    assert refund(payment, "100", "r2").state == "succeeded"
    assert (acme.open, acme.ledger(AccountKind.CLEARING, "test"), acme.credit) == (["123"], "0", [])
    with pytest.raises(Refused, match="more than the 0"):
        refund(payment, "0.01", "r3")
    assert [str(e.amount.normalize()) for e in Entry.objects.filter(kind="refund").order_by("pk")] == ["23", "1E+2"]


def test_a_refund_is_ordered_once_per_key(payer: Make) -> None:
    acme = payer()
    payment = acme.pays()
    first = refund(payment, "23")
    assert refund(payment, "23").pk == first.pk
    with pytest.raises(Refused, match="another refund needs a new key"):
        refund(payment, "24")
    assert (acme.ledger(AccountKind.CLEARING, "test"), Entry.objects.filter(kind="refund").count()) == ("100", 1)


def test_credit_goes_back_before_what_settles_invoices(payer: Make) -> None:
    acme = payer()
    payment = acme.transfers("200", "bank-1", acme.invoices[0])
    refund(payment, "77")
    assert (acme.states, acme.credit) == (["paid"], [])


def test_a_refund_by_hand_waits_for_a_person(payer: Make) -> None:
    acme = payer()
    payment = acme.transfers("200", "bank-1", acme.invoices[0])
    made = refund(payment, "77")
    assert (made.state, made.queued_at, acme.credit) == ("pending", acme.world.now, [])
    assert acme.ledger(AccountKind.UNAPPLIED) == "-77"
    refunding.confirm_refund(made.public_id, "out-1", by=DESK)
    made.refresh_from_db()
    assert (made.state, made.queued_at, acme.ledger(AccountKind.UNAPPLIED)) == ("succeeded", None, "0")
    assert acme.ledger(AccountKind.CLEARING, "manual") == "123"
    with pytest.raises(Refused, match="it is final"):
        refunding.confirm_refund(made.public_id, "out-1", by=DESK)


def test_a_refund_that_fails_is_credit_again(payer: Make) -> None:
    acme = payer()
    payment = acme.pays(behaves={"fails_refund": True})
    made = refund(payment, "23")
    assert (made.state, made.note) == ("failed", "the test gateway was told to refuse refunds")
    assert (acme.open, acme.credit, acme.ledger(AccountKind.CLEARING, "test")) == (["23"], ["23.00 EUR"], "123")
    apply_credit(acme.row.pk)
    assert (acme.states, acme.credit) == (["paid"], [])


def test_a_refund_and_silence(payer: Make) -> None:
    """Given back, and the answer was lost: it is looked up, never given back again."""
    acme = payer()
    payment = acme.pays(behaves={"swallows_refund": True})
    made = refund(payment, "23")
    assert (made.state, acme.ledger(AccountKind.CLEARING, "test")) == ("unknown", "123")
    acme.world.on(acme.world.now + timedelta(seconds=30))
    assert asking.ask_due(acme.world.now) == 1
    made.refresh_from_db()
    assert (made.state, acme.ledger(AccountKind.CLEARING, "test")) == ("succeeded", "100")
    assert (Entry.objects.filter(kind="refund").count(), asking.ask_due(acme.world.now)) == (1, 0)


def test_a_refund_that_was_never_sent_is_sent_by_the_schedule(payer: Make) -> None:
    acme = payer()
    payment = acme.pays()
    made = order_refund(payment.public_id, Decimal(5), reason="x", key="k")
    acme.world.on(acme.world.now + timedelta(seconds=30))
    assert asking.ask_due(acme.world.now) == 1
    assert Refund.objects.get(pk=made.pk).state == "succeeded"


def topped_up(acme: Payer, amount: str) -> Payment:
    wallet = open_wallet(acme.row, "EUR")
    payment = add_funds(acme.row, wallet.public_id, eur(amount), "test", key="funds", keep_method=True)
    asking.send(payment.public_id)
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    asking.ask(payment.public_id)
    return acme.again(payment)


def test_adding_funds_tops_the_wallet_up_once_within_the_limits(payer: Make) -> None:
    acme = payer()
    set_value("payments.least_recharge", {"EUR": "10"})
    set_value("payments.most_recharge", {"EUR": "500.00"})
    payment = topped_up(acme, "50")
    asking.ask(payment.public_id)
    assert (payment.state, payment.topped_up, acme.party.balance) == ("succeeded", 50, "50")
    assert (acme.credit, acme.open, acme.ledger(AccountKind.CLEARING, "test")) == ([], ["123"], "50")
    wallet = open_wallet(acme.row, "EUR").public_id
    for amount, why in (("9.99", "less than 10"), ("500.01", "more than 500")):
        with pytest.raises(Refused, match=why):
            add_funds(acme.row, wallet, eur(amount), "test", key="other")


# --- disputes ------------------------------------------------------------------------------------------------------


def test_a_dispute_that_is_won_changes_nothing(payer: Make) -> None:
    acme = payer()
    payment = acme.pays()
    made = open_dispute(payment.public_id, Decimal(123), "case-1", reason="Not me", by=DESK)
    assert open_dispute(payment.public_id, Decimal(123), "case-1", reason="Not me").pk == made.pk
    with pytest.raises(Refused, match="more than the 0"):
        refund(payment, "1")
    with pytest.raises(Refused, match="left to dispute"):
        open_dispute(payment.public_id, Decimal(1), "case-2", reason="Not me")
    end_dispute(made.public_id, Dispute.State.WON)
    assert (acme.states, acme.ledger(AccountKind.CLEARING, "test")) == (["paid"], "123")
    assert refund(payment, "1").state == "succeeded"


def test_a_dispute_that_is_lost_opens_the_invoice_again(payer: Make) -> None:
    acme = payer()
    payment = acme.pays()
    made = open_dispute(payment.public_id, Decimal(100), "case-1", reason="Not me")
    end_dispute(made.public_id, Dispute.State.LOST, by=DESK)
    end_dispute(made.public_id, Dispute.State.LOST)
    assert (acme.states, acme.open, acme.credit) == (["issued"], ["100"], [])
    assert (acme.ledger(AccountKind.CLEARING, "test"), acme.again(payment).lost) == ("23", 100)
    with pytest.raises(Refused, match="that is final"):
        end_dispute(made.public_id, Dispute.State.WON)
    with pytest.raises(Refused, match="more than the 23"):
        refund(payment, "24")


def lost(payment: Payment, amount: str) -> Dispute:
    made = open_dispute(payment.public_id, Decimal(amount), "case-1", reason="Not me")
    return end_dispute(made.public_id, Dispute.State.LOST)


def test_a_lost_dispute_of_what_a_wallet_took_takes_it_out_again(payer: Make) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    assert lost(payment, "30").borne == 0
    assert (acme.party.balance, acme.ledger(AccountKind.CLEARING, "test"), acme.credit) == ("20", "20", [])
    assert (acme.ledger(AccountKind.WRITE_OFF, ""), acme.ledger(AccountKind.UNAPPLIED)) == ("0", "0")
    payment = acme.again(payment)
    assert (payment.topped_up, payment.lost, refundable(payment)) == (20, 30, 20)
    movement = Movement.objects.get(kind="refund")
    assert (movement.amount, movement.memo) == (-30, "Called back by the payer")


def test_what_was_used_or_is_held_of_it_is_our_loss_and_other_money_stays(payer: Make) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    wallet = of_customer(acme.row).get()
    holds.capture(holds.hold(wallet.pk, eur("35"), key="used").public_id)
    # Money of another payment, and a credit limit, are not what was called back.
    acme.party.tops_up("100", key="second")
    of_customer(acme.row).update(credit_limit=500)
    found = lost(payment, "50")
    assert (found.borne, acme.party.balance, acme.ledger(AccountKind.WRITE_OFF, "")) == (35, "100", "35")
    assert (acme.ledger(AccountKind.CLEARING, "test"), acme.again(payment).topped_up) == ("0", 0)


def test_what_is_held_of_it_stays_held(payer: Make) -> None:
    acme = payer()
    payment = topped_up(acme, "50")
    held = holds.hold(of_customer(acme.row).get().pk, eur("45"), key="h")
    found = lost(payment, "50")
    assert (found.borne, acme.party.balance) == (45, "45")
    assert holds.capture(held.public_id).captured == 45
    assert acme.party.balance == "0"


# --- write-offs ----------------------------------------------------------------------------------------------------


def test_an_invoice_is_written_off_and_expected_again(payer: Make) -> None:
    acme = payer()
    acme.pays(amount=Decimal(23))
    made = write_off(acme.invoices[0], reason="Gone abroad", key="w1", by=DESK)
    assert write_off(acme.invoices[0], reason="Gone abroad", key="w1").pk == made.pk
    assert (made.amount, acme.states, acme.open) == (100, ["written_off"], ["0"])
    assert (acme.ledger(AccountKind.WRITE_OFF, ""), acme.ledger(AccountKind.RECEIVABLE)) == ("100", "0")
    with pytest.raises(Refused, match="asks for nothing"):
        write_off(acme.invoices[0], reason="Again", key="w2")
    acme.transfers("100", "late")
    assert acme.credit == ["100.00 EUR"]
    undo_write_off(acme.invoices[0], reason="They paid", by=DESK)
    with pytest.raises(Refused, match="is not written off"):
        undo_write_off(acme.invoices[0], reason="They paid")
    apply_credit(acme.row.pk)
    assert (acme.states, acme.credit, acme.ledger(AccountKind.WRITE_OFF, "")) == (["paid"], [], "0")
    assert WriteOff.objects.count() == 2
