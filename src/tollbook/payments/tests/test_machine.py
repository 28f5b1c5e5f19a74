"""Whatever is done to payments, in whatever order: no money appears or is lost, and the books hold."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tollbook.conftest import broken
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.ledger.queries import totals
from tollbook.payments import asking, queries, refunding
from tollbook.payments.actions import pay_invoice, receive
from tollbook.payments.applying import By, allocate, apply_credit, undo
from tollbook.payments.disputes import end_dispute, open_dispute, undo_write_off, write_off
from tollbook.payments.hints import receive_hint
from tollbook.payments.models import Allocation, Dispute, Payment, Refund
from tollbook.payments.protocol import Message
from tollbook.payments.refunds import order_refund
from tollbook.site.tests.world import World

AMOUNTS = st.decimals("0.01", "150", places=2)
PICK = st.integers(0, 50)
BY = By("machine", "cli")
BEHAVIOURS = st.sampled_from(
    [{}, {"pays_at_once": True}, {"pays_at_once": True, "swallows_start": True}, {"swallows_before": True},
     {"fails_at_once": True}, {"lies": {"amount": "1"}, "pays_at_once": True}, {"swallows_refund": True},
     {"fails_refund": True}, {"delay_s": 120, "pays_at_once": True}]
)  # fmt: skip


class Machine(RuleBasedStateMachine):
    world: World
    made = 0

    @initialize()
    def begin(self) -> Any:
        type(self).made += 1
        self.party = self.world.customer(f"machine{self.made}").buys("rent", "2026-05-01")
        self.world.close()
        self.customer, self.keys = self.party.row, 0

    def key(self) -> str:
        self.keys += 1
        return f"m{self.made}k{self.keys}"

    def tried(self, act: Any, *given: Any, **how: Any) -> Any:
        """A refusal is an answer; what must never be is in the invariants."""
        try:
            return act(*given, **how)
        except Refused:
            return None

    def one(self, rows: Any, pick: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[pick % len(found)] if found else None

    @property
    def payments(self) -> Any:
        return Payment.objects.filter(customer=self.customer)

    @rule(amount=AMOUNTS, how=BEHAVIOURS, pick=PICK)
    def pay(self, amount: Decimal, how: dict[str, Any], pick: int) -> Any:
        invoice = self.party.invoices[pick % len(self.party.invoices)]
        made = self.tried(pay_invoice, invoice, "test", key=self.key(), amount=amount)
        if made:
            sandbox.script(made.public_id, **how)
            asking.send(made.public_id)

    @rule(pick=PICK, kind=st.sampled_from([Entry.Kind.CAPTURE, Entry.Kind.FAILURE]))
    def finishes(self, pick: int, kind: Any) -> Any:
        entries = Entry.objects.filter(key__in=self.payments.values("public_id"), kind="intent")
        if found := self.one(entries, pick):
            self.tried(sandbox.finish, found.key, kind)

    @rule(amount=AMOUNTS, currency=st.sampled_from(["EUR", "EUR", "USD"]))
    def transfer(self, amount: Decimal, currency: str) -> Any:
        receive(self.customer, Money(amount, currency), "manual", self.key(), invoice=self.party.invoices[0])

    @rule(pick=PICK)
    def hint_twice(self, pick: int) -> Any:
        if found := self.one(self.payments, pick):
            for _ in range(2):
                receive_hint("test", Message(found.public_id.encode(), {}, {}))
                asking.ask(found.public_id, "hint")

    @rule(seconds=st.sampled_from([30, 600, 7200]))
    def time(self, seconds: int) -> Any:
        self.world.on(self.world.now + timedelta(seconds=seconds))
        asking.ask_due(self.world.now)

    @rule(pick=PICK, amount=AMOUNTS)
    def refund(self, pick: int, amount: Decimal) -> Any:
        if found := self.one(self.payments, pick):
            made = self.tried(order_refund, found.public_id, amount, reason="x", key=self.key())
            if made and found.gateway == "test":
                asking.send_refund(made.public_id)

    @rule(pick=PICK, good=st.booleans())
    def refund_by_hand(self, pick: int, good: bool) -> Any:
        rows = Refund.objects.filter(payment__in=self.payments, payment__gateway="manual")
        if found := self.one(rows, pick):
            if good:
                self.tried(refunding.confirm_refund, found.public_id, "out", by=BY)
            else:
                self.tried(refunding.fail_refund, found.public_id, reason="no", by=BY)

    @rule(pick=PICK, other=PICK, amount=AMOUNTS)
    def tell(self, pick: int, other: int, amount: Decimal) -> Any:
        if found := self.one(self.payments, pick):
            self.tried(allocate, found.public_id, self.party.invoices[other % len(self.party.invoices)], amount)

    @rule(pick=PICK)
    def undo(self, pick: int) -> Any:
        rows = Allocation.objects.filter(customer=self.customer, reverses=None)
        if found := self.one(rows, pick):
            self.tried(undo, found.public_id, reason="x")

    @rule()
    def use_credit(self) -> Any:
        apply_credit(self.customer.pk)

    @rule(pick=PICK, amount=AMOUNTS, outcome=st.sampled_from([None, Dispute.State.LOST, Dispute.State.WON]))
    def dispute(self, pick: int, amount: Decimal, outcome: Any) -> Any:
        if found := self.one(self.payments, pick):
            made = self.tried(open_dispute, found.public_id, amount, self.key(), reason="x")
            if made and outcome:
                end_dispute(made.public_id, outcome)

    @rule(pick=PICK)
    def give_up(self, pick: int) -> Any:
        self.tried(write_off, self.party.invoices[pick % len(self.party.invoices)], reason="x", key=self.key())

    @rule(pick=PICK)
    def expect_again(self, pick: int) -> Any:
        self.tried(undo_write_off, self.party.invoices[pick % len(self.party.invoices)], reason="x")

    @precondition(lambda self: hasattr(self, "customer"))
    @invariant()
    def nothing_is_lost(self) -> Any:
        assert all(not total for total in sums().values())
        for payment in self.payments:
            spent = payment.allocated + payment.topped_up + payment.refunded + payment.lost
            assert payment.captured == spent + queries.free(payment)
            taken = Entry.objects.filter(key=payment.public_id, kind="capture").first()
            if payment.gateway == "test" and payment.captured:
                assert taken is not None and taken.amount == payment.captured

    def teardown(self) -> None:
        if hasattr(self, "customer"):
            # What ended without money may have been paid on the gateway's page since: its callback says so.
            for payment in self.payments.exclude(state="succeeded").filter(gateway="test"):
                asking.ask(payment.public_id, "hint")
            assert broken() == ""


def sums() -> dict[str, Decimal]:
    """The sum of the whole ledger in each currency."""
    found: dict[str, Decimal] = {}
    for row in totals():
        currency, balance = str(row["currency"]), Decimal(str(row["balance"]))
        found[currency] = found.get(currency, Decimal(0)) + balance
    return found


def test_no_interleaving_loses_or_makes_money(world: World) -> None:
    world.plan("rent", world.monthly("100"))
    world.on("2026-07-01")
    Machine.world = world
    run_state_machine_as_test(
        Machine,
        # 1,000 steps in a usual run, 100,000 at night.
        settings=settings(
            max_examples=settings().max_examples // 25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
