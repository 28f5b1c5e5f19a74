"""Deposits of new accounts: promised, paid, held, and then given back, kept, forfeited or called back."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tollbook.features.actions import set_value
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.identity.models import AuditEntry
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, plain
from tollbook.ledger.rules import AccountKind
from tollbook.payments import asking, deposits, outcomes, refunding
from tollbook.payments.applying import By, apply_credit
from tollbook.payments.deposit_rules import Mode
from tollbook.payments.disputes import end_dispute, open_dispute
from tollbook.payments.models import Deposit, Dispute, Payment, Refund
from tollbook.payments.refunds import order_refund, refundable
from tollbook.payments.tests.conftest import Payer, eur
from tollbook.site.tests.world import World
from tollbook.wallets import queries as wallets

DESK = By("ada@harbour.example", "staff")


class Newcomer(Payer):
    """A customer with a deposit."""

    def __init__(self, world: World, reference: str) -> None:
        super().__init__(world, world.customer(reference))

    @property
    def deposit(self) -> Deposit:
        return Deposit.objects.select_related("payment", "refund").get(customer=self.row)

    def parts(self) -> str:
        """State, and what is left, given back, in the wallet, kept and lost."""
        d = self.deposit
        return " ".join([d.state, *(plain(part) for part in (d.left, d.given_back, d.to_wallet, d.kept, d.lost))])

    @property
    def books(self) -> str:
        """Deposits held, what was kept, credit and what the gateway has for us."""
        kinds = [AccountKind.DEPOSIT_HELD, AccountKind.UNAPPLIED]
        held, credit = (self.ledger(kind) for kind in kinds)
        kept = [self.ledger(AccountKind.DEPOSIT_KEPT, what) for what in ("fee", "forfeited")]
        return " ".join([held, *kept, credit, self.ledger(AccountKind.CLEARING, "test")])

    @property
    def in_wallet(self) -> str:
        return plain(sum((wallet.balance for wallet in wallets.of_customer(self.row)), Decimal(0)))

    def starts(self, key: str = "dep", **behaves: Any) -> Payment:
        """Begin to pay the deposit, and call the gateway."""
        payment = deposits.pay(self.row, "test", key=key)
        if behaves:
            sandbox.script(payment.public_id, **behaves)
        asking.send(payment.public_id)
        return self.again(payment)

    def deposits_it(self, **behaves: Any) -> "Newcomer":
        """Pay the deposit."""
        payment = self.starts(**behaves)
        sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
        asking.ask(payment.public_id, "hint")
        return self

    def refunds_it(self) -> Refund:
        """Call the gateway about the refund."""
        assert self.deposit.refund
        asking.send_refund(self.deposit.refund.public_id)
        refund = self.deposit.refund
        assert refund
        return refund


New = Callable[..., Newcomer]


@pytest.fixture
def newcomer(world: World) -> New:
    """`newcomer(back=80, mode="wallet")`: a customer of a shop that asks for 25 EUR; settings of deposits by name."""

    def make(reference: str = "acme", *, promised: bool = True, **settings: Any) -> Newcomer:
        set_value("payments.deposit", {"EUR": "25.00"})
        set_value("customers.signup_payment", True)
        set_value("customers.verification_refund", promised)
        for name, value in settings.items():
            set_value(f"payments.deposit_{name}", value)
        return Newcomer(world, reference)

    return make


def code(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


def test_no_deposit_where_none_is_asked_for(world: World) -> None:
    set_value("payments.deposit", {"EUR": "25.00"})
    world.customer("acme")
    set_value("customers.signup_payment", True)
    set_value("payments.deposit", {"USD": "25.00"})
    bolt = world.customer("bolt")
    assert not Deposit.objects.exists()
    assert code(lambda: deposits.pay(bolt.row, "test", key="k")) == "deposit_not_asked"


def test_the_promise_is_that_of_the_sign_up(newcomer: New) -> None:
    acme = newcomer(back=80, verify_days=5, pay_days=3)
    found = acme.deposit
    assert (found.state, found.amount, found.gives_back, found.mode, found.rest, found.on_reject) == (
        "awaiting_payment", 25, 20, "gateway", "wallet", "people",
    )  # fmt: skip
    assert (found.verify_days, found.pay_by - found.created_at) == (5, timedelta(days=3))
    set_value("customers.verification_refund", False)
    set_value("customers.signup_payment", False)
    set_value("payments.deposit_mode", "wallet")
    set_value("payments.deposit_rest", "fee")
    acme.deposits_it()
    deposits.verify(found.public_id, by=DESK)
    assert acme.parts() == "refund_pending 0 20 5 0 0"
    with pytest.raises(IntegrityError, match="promise_frozen"), transaction.atomic():
        Deposit.objects.update(gives_back=25)


def test_held_it_is_nobodys_to_spend(newcomer: New) -> None:
    """No credit, no wallet, no invoice is settled with it, and the recharge limits do not count for it."""
    set_value("payments.least_recharge", {"EUR": "100"})
    acme = newcomer()
    acme.deposits_it()
    assert (acme.parts(), acme.books) == ("held 25 0 0 0 0", "-25 0 0 0 25")
    acme.world.plan("rent", acme.world.monthly("100"))
    acme.party.buys("rent", "2026-05-01")
    acme.world.on("2026-06-01").close()
    assert apply_credit(acme.row.pk) == []
    assert (acme.credit, acme.open, acme.in_wallet, acme.states) == ([], ["123"], "0", ["issued"])
    payment = acme.deposit.payment
    assert payment and refundable(payment) == 0
    assert code(lambda: order_refund(payment.public_id, Decimal(1), reason="x", key="k")) == "more_than_refundable"


def test_verified_it_goes_back_through_its_gateway_once(newcomer: New) -> None:
    acme = newcomer()
    acme.deposits_it()
    found = acme.deposit
    deposits.verify(found.public_id, by=DESK)
    deposits.verify(found.public_id, by=DESK)
    assert (acme.parts(), acme.books) == ("refund_pending 0 25 0 0 0", "0 0 0 -25 25")
    assert acme.credit == []  # on its way back, and nobody's to spend
    assert acme.refunds_it().state == "succeeded"
    deposits.verify(found.public_id, by=DESK)
    assert (acme.parts(), acme.books, Entry.objects.filter(kind="refund").count()) == (
        "refunded 0 25 0 0 0", "0 0 0 0 0", 1,
    )  # fmt: skip
    told = AuditEntry.objects.filter(subject=found.public_id).order_by("pk").values_list("verb", "actor")
    assert list(told) == [
        ("deposit.open", "system"), ("deposit.hold", "system"), ("deposit.verify", "ada@harbour.example"),
        ("deposit.refunded", "system"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "parts", "books", "wallet"),
    [
        ({"back": 80}, "refund_pending 0 20 5 0 0", "0 0 0 -20 25", "5"),
        ({"back": 80, "rest": "fee"}, "refund_pending 0 20 0 5 0", "0 -5 0 -20 25", "0"),
        ({"back_fixed": {"EUR": "24.99"}, "rest": "fee"}, "refund_pending 0 24.99 0 0.01 0", "0 -0.01 0 -24.99 25", "0"),
        ({"mode": "wallet"}, "refunded 0 0 25 0 0", "0 0 0 0 25", "25"),
        ({"mode": "wallet", "back": 80, "rest": "fee"}, "refunded 0 0 20 5 0", "0 -5 0 0 25", "20"),
        ({"promised": False}, "kept 0 0 25 0 0", "0 0 0 0 25", "25"),
        ({"promised": False, "rest": "fee"}, "kept 0 0 0 25 0", "0 -25 0 0 25", "0"),
    ],
)  # fmt: skip
def test_verified_each_part_goes_where_it_was_promised(
    newcomer: New, settings: dict[str, Any], parts: str, books: str, wallet: str
) -> None:
    acme = newcomer(**settings)
    acme.deposits_it()
    deposits.verify(acme.deposit.public_id, by=DESK)
    assert (acme.parts(), acme.books, acme.in_wallet) == (parts, books, wallet)


def test_a_rejected_one_is_forfeited_where_that_was_said(newcomer: New) -> None:
    acme = newcomer(rejected="forfeit")
    acme.deposits_it()
    found = acme.deposit.public_id
    assert code(lambda: deposits.reject(found, reason=" ", by=DESK)) == "text_empty"
    deposits.reject(found, reason="No such address", by=DESK)
    deposits.reject(found, reason="No such address", by=DESK)
    assert (acme.parts(), acme.books, acme.deposit.reason) == (
        "forfeited 0 0 0 25 0", "0 0 -25 0 25", "No such address",
    )  # fmt: skip
    assert code(lambda: deposits.verify(found, by=DESK)) == "invalid_transition"
    assert code(lambda: deposits.give_back(found, Mode.WALLET, by=DESK)) == "invalid_transition"
    assert acme.parts() == "forfeited 0 0 0 25 0"


def test_else_people_decide_about_a_rejected_one(newcomer: New) -> None:
    acme, bolt, coop = newcomer("acme"), newcomer("bolt"), newcomer("coop")
    for each in (acme, bolt, coop):
        each.deposits_it()
        found = each.deposit.public_id
        with pytest.raises(Refused, match="cannot forfeit while held"):
            deposits.forfeit(found, by=DESK)
        deposits.reject(found, reason="Wrong papers", by=DESK)
        assert each.parts() == "rejected 25 0 0 0 0"
    deposits.forfeit(acme.deposit.public_id, by=DESK)
    deposits.give_back(bolt.deposit.public_id, Mode.GATEWAY, by=DESK)
    bolt.refunds_it()
    deposits.give_back(coop.deposit.public_id, Mode.WALLET, by=DESK)
    assert [each.parts() for each in (acme, bolt, coop)] == [
        "forfeited 0 0 0 25 0", "refunded 0 25 0 0 0", "refunded 0 0 25 0 0",
    ]  # fmt: skip
    # What went back after a rejection is not verified by clicking again.
    assert code(lambda: deposits.verify(bolt.deposit.public_id, by=DESK)) == "invalid_transition"


def test_a_refund_that_fails_is_held_again_until_people_choose(newcomer: New) -> None:
    acme = newcomer(back=80)
    acme.deposits_it(fails_refund=True)
    deposits.verify(acme.deposit.public_id, by=DESK)
    assert acme.refunds_it().state == "failed"
    assert (acme.parts(), acme.books, acme.credit) == ("refund_failed 20 0 5 0 0", "-20 0 0 0 25", [])
    assert apply_credit(acme.row.pk) == []
    assert acme.deposit.payment
    sandbox.script(acme.deposit.payment.public_id, fails_refund=False)
    deposits.give_back(acme.deposit.public_id, Mode.GATEWAY, by=DESK)
    assert (acme.refunds_it().state, acme.parts(), acme.books) == ("succeeded", "refunded 0 20 5 0 0", "0 0 0 0 5")
    assert list(Refund.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "succeeded"]


def test_a_failed_refund_can_go_to_the_wallet(newcomer: New) -> None:
    acme = newcomer()
    acme.deposits_it(fails_refund=True)
    deposits.verify(acme.deposit.public_id, by=DESK)
    acme.refunds_it()
    deposits.give_back(acme.deposit.public_id, Mode.WALLET, by=DESK)
    assert (acme.parts(), acme.in_wallet, acme.books) == ("refunded 0 0 25 0 0", "25", "0 0 0 0 25")


def test_a_late_callback_holds_it_once(newcomer: New) -> None:
    acme = newcomer(pay_days=3)
    payment = acme.starts()
    asking.ask(payment.public_id)
    acme.world.on("2026-05-05")
    assert deposits.expire_due(acme.world.now) == 0  # the payment is under way
    sandbox.finish(payment.public_id, Entry.Kind.CANCEL)
    asking.ask(payment.public_id)
    assert deposits.expire_due(acme.world.now) == 1
    assert acme.parts() == "expired 0 0 0 0 0"
    assert code(lambda: deposits.pay(acme.row, "test", key="late")) == "deposit_expired"
    # The gateway says later that it was paid after all: held, under the promise that was given, and told again: once.
    for _ in range(2):
        if acme.again(payment).state != "succeeded":
            outcomes.accept(payment.public_id, eur("25"), "bank-9", reason="Seen", by=DESK)
    assert (acme.parts(), acme.books) == ("held 25 0 0 0 0", "-25 0 0 0 25")


def test_paid_twice_the_second_is_credit(newcomer: New) -> None:
    acme = newcomer()
    first, second = acme.starts("a"), acme.starts("b")
    assert first.pk != second.pk
    for payment in (first, second, first):
        sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
        asking.ask(payment.public_id, "hint")
    assert (acme.parts(), acme.books, acme.credit) == ("held 25 0 0 0 0", "-25 0 0 -25 50", ["25.00 EUR"])
    assert code(lambda: deposits.pay(acme.row, "test", key="c")) == "deposit_not_asked"


@pytest.mark.parametrize(("came", "parts", "books"), [
    ("24.99", "awaiting_payment 0 0 0 0 0", "0 0 0 -24.99 24.99"),
    ("30", "held 25 0 0 0 0", "-25 0 0 -5 30"),
])  # fmt: skip
def test_what_comes_otherwise_is_credit(newcomer: New, came: str, parts: str, books: str) -> None:
    acme = newcomer()
    payment = acme.starts()
    outcomes.accept(payment.public_id, eur(came), "seen-1", reason="Seen", by=DESK)
    assert (acme.parts(), acme.books) == (parts, books)


@pytest.mark.parametrize(("came", "currency", "parts", "credit"), [
    ("25", "EUR", "held 25 0 0 0 0", []),
    ("26", "EUR", "held 25 0 0 0 0", ["1.00 EUR"]),
    ("24.99", "EUR", "awaiting_payment 0 0 0 0 0", ["24.99 EUR"]),
    ("25", "USD", "awaiting_payment 0 0 0 0 0", ["25.00 USD"]),
])  # fmt: skip
def test_a_bank_transfer_pays_it(newcomer: New, came: str, currency: str, parts: str, credit: list[str]) -> None:
    acme = newcomer()
    assert acme.deposit.state == "awaiting_payment"
    first = acme.transfers(came, "bank-1", currency=currency)
    assert (acme.parts(), acme.credit) == (parts, credit)
    assert acme.transfers(came, "bank-1", currency=currency) == first
    # What comes after it is credit.
    acme.transfers("25", "bank-2")
    assert acme.deposit.state == "held"


def test_another_currency_is_credit(newcomer: New) -> None:
    acme = newcomer()
    payment = acme.starts()
    outcomes.accept(payment.public_id, Money(Decimal(30), "USD"), "seen-1", reason="Seen", by=DESK)
    assert (acme.parts(), acme.credit) == ("awaiting_payment 0 0 0 0 0", ["30.00 USD"])


def test_abandoned_and_reopened(newcomer: New) -> None:
    acme = newcomer(pay_days=3, back=80)
    assert deposits.expire_due(acme.world.on("2026-05-03 23:59").now) == 0
    assert deposits.expire_due(acme.world.on("2026-05-04").now) == 1
    found = acme.deposit.public_id
    assert code(lambda: deposits.verify(found, by=DESK)) == "invalid_transition"
    set_value("payments.deposit_back", 10)
    deposits.reopen(found, by=DESK)
    assert (acme.deposit.gives_back, acme.deposit.pay_by) == (20, acme.world.now + timedelta(days=3))
    acme.deposits_it()
    assert acme.parts() == "held 25 0 0 0 0"
    assert code(lambda: deposits.reopen(found, by=DESK)) == "invalid_transition"


def test_a_dispute_stops_every_decision_and_takes_what_is_held(newcomer: New) -> None:
    acme = newcomer()
    acme.deposits_it()
    found, payment = acme.deposit.public_id, acme.deposit.payment
    assert payment
    part = open_dispute(payment.public_id, Decimal(10), "case-1", reason="Not me")
    for act in (lambda: deposits.verify(found, by=DESK), lambda: deposits.reject(found, reason="x", by=DESK)):
        assert code(act) == "deposit_disputed"
    assert acme.parts() == "held 25 0 0 0 0"
    end_dispute(part.public_id, Dispute.State.LOST)
    assert (acme.parts(), acme.books) == ("held 15 0 0 0 10", "-15 0 0 0 15")
    rest = open_dispute(payment.public_id, Decimal(15), "case-2", reason="Not me")
    end_dispute(rest.public_id, Dispute.State.LOST)
    assert (acme.parts(), acme.books) == ("called_back 0 0 0 0 25", "0 0 0 0 0")


def test_called_back_after_it_went_to_the_wallet_is_our_loss(newcomer: New) -> None:
    acme = newcomer(mode="wallet", back=80, rest="fee")
    acme.deposits_it()
    deposits.verify(acme.deposit.public_id, by=DESK)
    assert acme.deposit.payment
    case = open_dispute(acme.deposit.payment.public_id, Decimal(25), "case-1", reason="Not me")
    assert end_dispute(case.public_id, Dispute.State.LOST).borne == 25
    assert (acme.parts(), acme.books) == ("refunded 0 0 20 5 0", "0 -5 0 0 0")
    assert (acme.ledger(AccountKind.WRITE_OFF, ""), acme.in_wallet) == ("25", "20")


def test_a_refund_by_people_ends_the_deposit_too(newcomer: New) -> None:
    acme = newcomer()
    acme.deposits_it(swallows_refund=True)
    deposits.verify(acme.deposit.public_id, by=DESK)
    refund = acme.refunds_it()
    assert (refund.state, acme.deposit.state) == ("unknown", "refund_pending")
    refunding.fail_refund(refund.public_id, reason="It did not go", by=DESK)
    assert acme.parts() == "refund_failed 25 0 0 0 0"


def test_settings_that_contradict_are_refused_or_told(newcomer: New) -> None:
    newcomer()
    assert code(lambda: set_value("payments.deposit_back_fixed", {"EUR": "25.01"})) == "settings_contradict"


BROKEN = {
    "more is said to be held": ("UPDATE payments_deposit SET \"left\" = \"left\" + 1 WHERE state = 'held'", "M20"),
    "one that nobody paid": (
        "UPDATE payments_deposit SET state = 'held', held_at = now(), \"left\" = 25 WHERE state = 'awaiting_payment'",
        "M20",
    ),
    "kept, and not booked": ("UPDATE payments_deposit SET kept = kept - 5, lost = lost + 5 WHERE kept = 5", "M20"),
    "in no wallet": ("UPDATE wallets_movement SET key = 'other' WHERE key LIKE 'dep%'", "M5 M20"),
    "what a payment has for its deposit": (
        "UPDATE payments_payment SET deposited = deposited - 1, captured = captured WHERE deposited = 25", "M20"),
    "a refund that never went": (
        "UPDATE payments_deposit SET state = 'refunded' WHERE state = 'refund_pending'", "M20"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_what_is_reported(newcomer: New, breaking: Callable[..., str], what: str) -> None:
    for reference, settings in (("a", {"back": 80}), ("b", {"rest": "fee"})):
        each = newcomer(reference, **settings)
        each.deposits_it()
        deposits.verify(each.deposit.public_id, by=DESK)
    newcomer("c").deposits_it()
    newcomer("d")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    drop = (
        "ALTER TABLE payments_deposit DROP CONSTRAINT payments_deposit_parts, DROP CONSTRAINT payments_deposit_paid, "
        "DROP CONSTRAINT payments_deposit_left"
    )
    change, reported = BROKEN[what]
    assert breaking(drop, change) == reported
