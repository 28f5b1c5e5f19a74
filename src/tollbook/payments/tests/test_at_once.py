"""Two people, two processes, one sum of money: it is spent, given back and called for once."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from tollbook.customers.models import Customer
from tollbook.features.actions import set_value
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.identity.models import AuditEntry
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.ledger.rules import AccountKind
from tollbook.payments import actions, asking, deposits, refunding
from tollbook.payments.applying import allocate, undo
from tollbook.payments.models import Allocation, Payment, Refund
from tollbook.payments.refunds import order_refund
from tollbook.payments.tests.conftest import Payer, eur
from tollbook.payments.tests.test_deposits import DESK, Newcomer
from tollbook.site.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Payer]
AtOnce = Callable[..., list[Any]]


def refusals(found: list[Any]) -> int:
    assert all(not isinstance(each, Exception) or isinstance(each, Refused) for each in found), found
    return sum(isinstance(each, Refused) for each in found)


def test_refunds_at_once_never_exceed_the_payment(payer: Make, at_once: AtOnce) -> None:
    acme = payer()
    payment = acme.pays()
    calls = [lambda n=n: order_refund(payment.public_id, Decimal(50), reason="x", key=f"r{n}") for n in range(6)]
    assert refusals(at_once(*calls)) == 4
    assert acme.again(payment).refunded == 100


def test_one_refund_is_called_for_once(payer: Make, at_once: AtOnce) -> None:
    acme = payer()
    payment = acme.pays()
    made = order_refund(payment.public_id, Decimal(50), reason="x", key="r")
    at_once(*[lambda: asking.send_refund(made.public_id)] * 4)
    assert Entry.objects.filter(kind="refund").count() == 1
    assert acme.ledger(AccountKind.CLEARING, "test") == "73"


def test_confirming_and_failing_at_once(payer: Make, at_once: AtOnce) -> None:
    from tollbook.payments.applying import By

    acme, by = payer(), By("ada", "staff")
    payment = acme.transfers("200", "b", acme.invoices[0])
    made = order_refund(payment.public_id, Decimal(77), reason="x", key="r")
    found = at_once(
        lambda: refunding.confirm_refund(made.public_id, "o", by=by),
        lambda: refunding.fail_refund(made.public_id, reason="no", by=by),
    )
    assert refusals(found) == 1


def test_credit_settles_invoices_once(payer: Make, at_once: AtOnce) -> None:
    acme = payer(months=3)
    set_value("payments.apply_credit", "off")
    payment = acme.transfers("200", "b")
    calls = [lambda i=i: allocate(payment.public_id, i, Decimal(100)) for i in acme.invoices]
    assert refusals(at_once(*calls)) == 1
    assert (acme.again(payment).allocated, sorted(acme.open)) == (200, ["123", "23", "23"])


def test_an_allocation_is_undone_once(payer: Make, at_once: AtOnce) -> None:
    acme = payer()
    acme.pays()
    made = Allocation.objects.get()
    assert refusals(at_once(*[lambda: undo(made.public_id, reason="x")] * 4)) == 3
    assert (acme.open, acme.credit) == (["123"], ["123.00 EUR"])


def test_one_key_begins_one_payment(payer: Make, at_once: AtOnce) -> None:
    acme = payer()
    found = at_once(*[lambda: actions.pay_invoice(acme.invoices[0], "test", key="k")] * 5)
    assert (refusals(found), len({each.pk for each in found}), Payment.objects.count()) == (0, 1, 1)


def test_one_transfer_is_noted_once(payer: Make, at_once: AtOnce) -> None:
    acme = payer()
    found = at_once(*[lambda: actions.receive(acme.row, eur("50"), "manual", "b")] * 5)
    assert (refusals(found), acme.ledger(AccountKind.CLEARING, "manual")) == (0, "50")


def test_answers_at_once_pay_once(payer: Make, at_once: AtOnce) -> None:
    acme = payer()
    payment = acme.begins()
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    at_once(*[lambda: asking.ask(payment.public_id, "hint")] * 5)
    assert (acme.ledger(AccountKind.CLEARING, "test"), acme.states, acme.credit) == ("123", ["paid"], [])


def test_two_payments_settle_one_invoice_at_once(payer: Make, at_once: AtOnce) -> None:
    acme = payer()
    begun = [acme.begins() for _ in range(3)]
    for payment in begun:
        sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    at_once(*[lambda p=p: asking.ask(p.public_id) for p in begun])
    assert (acme.states, acme.credit) == (["paid"], ["246.00 EUR"])


# --- deposits ------------------------------------------------------------------------------------------------------


def held(world: World) -> Newcomer:
    set_value("payments.deposit", {"EUR": "25.00"})
    set_value("customers.signup_payment", True)
    set_value("customers.verification_refund", True)
    return Newcomer(world, "acme").deposits_it()


def test_two_people_verify_at_once(world: World, at_once: AtOnce) -> None:
    acme = held(world)
    found = acme.deposit.public_id
    assert refusals(at_once(*[lambda: deposits.verify(found, by=DESK)] * 4)) == 0
    assert (acme.parts(), acme.books) == ("refund_pending 0 25 0 0 0", "0 0 0 -25 25")
    assert Refund.objects.count() == 1
    assert AuditEntry.objects.filter(subject=found, verb="deposit.verify").count() == 1


def test_verified_and_rejected_at_once_is_one_of_them(world: World, at_once: AtOnce) -> None:
    acme = held(world)
    found = acme.deposit.public_id
    calls = [lambda: deposits.verify(found, by=DESK), lambda: deposits.reject(found, reason="x", by=DESK)]
    assert refusals(at_once(*calls)) == 1
    assert (acme.deposit.reason == "x") == (acme.deposit.state == "rejected") == (Refund.objects.count() == 0)


def test_a_callback_at_once_with_the_expiry_holds_it(world: World, at_once: AtOnce) -> None:
    set_value("payments.deposit", {"EUR": "25.00"})
    set_value("customers.signup_payment", True)
    acme = Newcomer(world, "acme")
    payment = acme.starts()
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    world.on("2026-06-01")
    ask = lambda: asking.ask(payment.public_id, "hint")  # noqa: E731
    found = at_once(ask, lambda: deposits.expire_due(world.now), ask, lambda: deposits.expire_due(world.now))
    assert refusals(found) == 0
    assert (acme.parts(), acme.books) == ("held 25 0 0 0 0", "-25 0 0 0 25")


def test_one_reference_for_two_customers_at_once_is_one_payment(
    payer: Make, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds the lock of its own customer: the database decides, and the other one is told why."""
    acme, bolt = payer("acme"), payer("bolt")
    both, real = Barrier(2), actions._received

    def looks(customer: Customer, money: Money, gateway: str, reference: str) -> Payment | None:
        found = real(customer, money, gateway, reference)
        with suppress(BrokenBarrierError):
            both.wait(2)
        return found

    monkeypatch.setattr(actions, "_received", looks)
    found = at_once(lambda: acme.transfers("123", "bank-1"), lambda: bolt.transfers("123", "bank-1"))
    assert refusals(found) == 1
    refused = next(each for each in found if isinstance(each, Refused))
    made = Payment.objects.get()
    assert (refused.code, refused.param, made.public_id in refused.message) == ("reference_taken", "reference", True)
    assert made.customer_id in {acme.row.pk, bolt.row.pk}
    assert sorted([acme.states, bolt.states]) == [["issued"], ["paid"]]
