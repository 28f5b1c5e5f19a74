"""Controls: what is broken on purpose in the payments is exactly what check-books reports."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection

from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.payments import asking
from tollbook.payments.actions import add_funds
from tollbook.payments.disputes import end_dispute, open_dispute, write_off
from tollbook.payments.models import Dispute
from tollbook.payments.refunds import order_refund
from tollbook.payments.tests.conftest import Payer, eur
from tollbook.wallets.actions import open_wallet


@pytest.fixture
def paid(payer: Callable[..., Payer]) -> Payer:
    """Everything has happened: paid, in parts, by hand, with credit left, given back, disputed, lost, topped up, unknown."""
    acme = payer(months=4)
    first = acme.pays(acme.invoices[0])
    refund = order_refund(first.public_id, Decimal(23), reason="x", key="r")
    asking.send_refund(refund.public_id)
    dispute = open_dispute(first.public_id, Decimal(50), "case", reason="x")
    end_dispute(dispute.public_id, Dispute.State.LOST)
    open_dispute(first.public_id, Decimal(10), "case2", reason="x")
    write_off(acme.invoices[1], reason="x", key="w")
    acme.begins(acme.invoices[2], behaves={"swallows_before": True})
    funds = add_funds(acme.row, open_wallet(acme.row, "EUR").public_id, eur("40"), "test", key="funds")
    asking.send(funds.public_id)
    sandbox.finish(funds.public_id, Entry.Kind.CAPTURE)
    asking.ask(funds.public_id)
    acme.transfers("300", "bank-1", acme.invoices[3])
    with connection.cursor() as cursor:
        # What is deferred is checked now, so that tables can be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return acme


_FIRST = "(SELECT min(id) FROM payments_payment)"
_FUNDS = "(SELECT id FROM payments_payment WHERE wallet_id IS NOT NULL)"
_NO_CHECKS = (
    "ALTER TABLE payments_payment DROP CONSTRAINT payments_payment_spent_once, "
    "DROP CONSTRAINT payments_payment_given_back_once, DROP CONSTRAINT payments_payment_captured, "
    "DROP CONSTRAINT payments_payment_watched"
)
BROKEN = {
    "a second payment of one reference": (
        ["DROP INDEX payments_payment_reference_once",
         f"UPDATE payments_payment SET reference = (SELECT reference FROM payments_payment WHERE id = {_FIRST}) "
         f"WHERE id = {_FUNDS}"], "M11"),
    "a top-up that came to another wallet": (
        ["UPDATE wallets_movement SET key = 'other' WHERE kind = 'top_up'"], "M5 M11"),
    "more came than was booked": (
        [_NO_CHECKS, f"UPDATE payments_payment SET captured = captured + 1 WHERE id = {_FIRST}"], "M11 M20 M23 M24"),
    "an invoice said to be settled more": (
        ["UPDATE invoicing_invoice SET settled = settled - 1 WHERE settled > 0 AND state = 'paid'"], "M20"),
    "an invoice said to be paid": (
        ["UPDATE invoicing_invoice SET state = 'paid' WHERE state = 'issued'"], "M20"),
    "an invoice still open though settled": (
        ["UPDATE invoicing_invoice SET state = 'issued' WHERE state = 'written_off'"], "M20"),
    "an allocation gone": (
        ["DELETE FROM payments_allocation WHERE id = (SELECT max(id) FROM payments_allocation WHERE amount > 0)"],
        "M20"),
    "an allocation of another invoice": (
        ["UPDATE payments_allocation SET invoice_id = (SELECT max(id) FROM invoicing_invoice) WHERE id = "
         "(SELECT min(id) FROM payments_allocation)"], "M20"),
    "what is allocated": (
        [_NO_CHECKS, f"UPDATE payments_payment SET allocated = allocated - 1 WHERE id = {_FIRST}"], "M20"),
    "a write-off of another amount": (["UPDATE payments_write_off SET amount = amount + 1"], "M20"),
    "a refund of more": (["UPDATE payments_refund SET amount = 200"], "M11 M20 M21"),
    "a refund that never went": (["UPDATE payments_refund SET state = 'pending', ask_at = now()"], "M11 M20 M21"),
    "a lost dispute won": (["UPDATE payments_dispute SET state = 'won' WHERE state = 'lost'"], "M11 M20 M21"),
    "a dispute of more than is left": (
        ["UPDATE payments_dispute SET amount = 60 WHERE state = 'open'"], "M20 M21"),
    "a payment nobody booked": (
        ["DELETE FROM ledger_posting WHERE transaction_id IN (SELECT id FROM ledger_transaction "
         "WHERE source_type = 'payment')"], "M1 M11 M20 M23"),
    "an unknown that nobody asks about": (
        [_NO_CHECKS, "UPDATE payments_payment SET ask_at = NULL WHERE state = 'unknown'"], "M23"),
    "a paid one that never came, unbooked": (
        [_NO_CHECKS, "UPDATE payments_payment SET state = 'succeeded', captured = 5, captured_currency = 'EUR' "
         "WHERE state = 'unknown'"], "M11 M20 M23 M24"),
    "a payment that no reading bears out": (
        [f"DELETE FROM payments_reading WHERE payment_id = {_FIRST}"], "M24"),
    "a reading that differed": (
        [f"UPDATE payments_reading SET differs = 'merchant' WHERE payment_id = {_FIRST}"], "M24"),
    "a reading of another merchant": (
        [f"UPDATE payments_reading SET merchant = 'm' WHERE payment_id = {_FIRST}"], "M24"),
    "a reading of another invoice": (
        [f"UPDATE payments_reading SET subject = 'inv_x' WHERE payment_id = {_FIRST}"], "M24"),
    "a guard gone": (
        ["ALTER TABLE payments_payment DISABLE TRIGGER USER",
         "UPDATE payments_payment SET note = 'x'"], "M24"),
    "the gateway took what we do not know": (
        ["UPDATE gateway_test_entry SET key = 'pay_none' WHERE kind = 'capture' AND id = "
         "(SELECT min(id) FROM gateway_test_entry WHERE kind = 'capture')"], "M21 M23"),
    "the gateway took less than came": (
        ["UPDATE gateway_test_entry SET amount = 39 WHERE kind = 'capture' AND amount = 40"], "M23"),
    "the gateway gave back more": (
        ["UPDATE gateway_test_entry SET amount = 24 WHERE kind = 'refund'"], "M21"),
    "the gateway never gave back": (["DELETE FROM gateway_test_entry WHERE kind = 'refund'"], "M23"),
}  # fmt: skip


def test_the_story_holds(paid: Payer, breaking: Callable[..., str]) -> None:
    assert breaking("UPDATE payments_payment SET note = 'nothing of money'") == ""


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_what_is_reported(paid: Payer, breaking: Callable[..., str], what: str) -> None:
    changes, reported = BROKEN[what]
    assert breaking(*changes) == reported
