"""What payments and refunds tell the outside."""

from collections.abc import Callable
from decimal import Decimal

from tollbook.notifications.models import Fact
from tollbook.notifications.queries import fields_of
from tollbook.payments import asking
from tollbook.payments.refunds import order_refund
from tollbook.payments.tests.conftest import Payer

Told = Callable[[], list[str]]


def test_a_payment_and_what_is_given_back_of_it(payer: Callable[..., Payer], told: Told) -> None:
    acme = payer()
    payment = acme.pays()
    refund = order_refund(payment.public_id, Decimal(23), reason="Not wanted", key="r1")
    asking.send_refund(refund.public_id)
    kinds = told()
    assert [kinds.count(kind) for kind in ("payment.received", "invoice.paid", "refund.done")] == [1, 1, 1]
    assert fields_of(Fact.objects.get(kind="payment.received")) == {
        "amount": "123", "currency": "EUR", "gateway": "test",
    }  # fmt: skip
    assert fields_of(Fact.objects.get(kind="refund.done")) == {
        "amount": "23", "currency": "EUR", "payment": payment.public_id,
    }  # fmt: skip
    paid = Fact.objects.get(kind="invoice.paid")
    assert (fields_of(paid)["open"], paid.sequence) == ("0", 2)


def test_a_payment_that_fails(payer: Callable[..., Payer], told: Told) -> None:
    acme = payer()
    payment = acme.begins(behaves={"refuse": "card declined"})
    assert (payment.state, told().count("payment.failed"), told().count("payment.received")) == ("failed", 1, 0)
    assert fields_of(Fact.objects.get(kind="payment.failed"))["amount"] == "123"
