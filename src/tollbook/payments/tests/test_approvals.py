"""Refunds and write-offs above the limit take two people; those below, and everything without a limit, one."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tollbook.features.actions import set_value
from tollbook.identity.models import Approval, User
from tollbook.identity.tests.people import logged_in, person
from tollbook.payments.models import Refund

Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def limit(world: Any) -> None:
    set_value("payments.approve_above", {"EUR": "100"})


def staff(name: str, role: str = "finance") -> User:
    return person(f"{name}@harbour.example", name=name.title(), staff_role=role)


def approves(user: User) -> None:
    logged_in(user).post(f"/staff/approvals/{Approval.objects.get().public_id}/decide/", {"act": "approve"})


def test_a_refund_up_to_the_limit_is_made_at_once(payer: Make) -> None:
    acme, ada = payer(), logged_in(staff("ada"))
    payment = acme.pays()
    ada.post(f"/staff/payments/{payment.public_id}/refund/", {"amount": "100", "reason": "Kind", "key": "k"})
    assert (acme.again(payment).refunded, Approval.objects.count()) == (100, 0)


def test_a_refund_above_the_limit_waits_for_another_person_and_is_made_once(payer: Make) -> None:
    acme, ada = payer(), logged_in(staff("ada"))
    payment = acme.pays()
    sent = {"amount": "100.01", "reason": "Kind", "key": "k"}
    for _ in range(2):
        answer = ada.post(f"/staff/payments/{payment.public_id}/refund/", sent)
        assert answer.headers["Location"].startswith("/staff/approvals/apr_")
    asked = Approval.objects.get()
    assert asked.summary == f"Refund 100.01 EUR of payment {payment.public_id}: Kind"
    assert acme.again(payment).refunded == 0
    approves(User.objects.get(email="ada@harbour.example"))
    assert acme.again(payment).refunded == 0
    approves(staff("bo", "approver"))
    approves(staff("di", "approver"))
    assert acme.again(payment).refunded == Decimal("100.01")
    assert Refund.objects.count() == 1


def test_what_is_wrong_with_an_amount_is_said_as_ever(payer: Make) -> None:
    acme, ada = payer(), logged_in(staff("ada"))
    payment = acme.pays()
    page = ada.post(
        f"/staff/payments/{payment.public_id}/refund/", {"amount": "many", "reason": "x", "key": "k"}, follow=True
    )
    assert "amount" in page.content.decode()
    assert Approval.objects.count() == 0


def test_a_refund_that_is_too_much_by_then_is_refused_and_stays_asked(payer: Make) -> None:
    acme, ada = payer(), logged_in(staff("ada"))
    payment = acme.pays()
    for key, amount in (("k", "110"), ("l", "50")):
        ada.post(f"/staff/payments/{payment.public_id}/refund/", {"amount": amount, "reason": "Kind", "key": key})
    approves(staff("bo", "approver"))
    assert acme.again(payment).refunded == 50
    assert Approval.objects.get().decision == ""


def test_a_write_off_above_the_limit_is_of_the_amount_that_was_asked_for(payer: Make) -> None:
    acme, ada = payer(), logged_in(staff("ada"))
    invoice = acme.invoices[0]
    ada.post(f"/staff/invoices/{invoice.public_id}/write-off/", {"reason": "Gone", "key": "w"})
    assert acme.states == ["issued"]
    approves(staff("bo", "administrator"))
    assert acme.states == ["written_off"]


def test_a_write_off_whose_amount_has_changed_is_asked_for_again(payer: Make) -> None:
    acme, ada = payer(), logged_in(staff("ada"))
    invoice = acme.invoices[0]
    ada.post(f"/staff/invoices/{invoice.public_id}/write-off/", {"reason": "Gone", "key": "w"})
    acme.pays()
    approves(staff("bo", "administrator"))
    assert acme.states == ["paid"]
    assert Approval.objects.get().decision == ""


def test_without_a_limit_in_its_currency_one_person_is_enough(payer: Make) -> None:
    set_value("payments.approve_above", {"USD": "1"})
    acme, ada = payer(), logged_in(staff("ada"))
    ada.post(f"/staff/invoices/{acme.invoices[0].public_id}/write-off/", {"reason": "Gone", "key": "w"})
    assert (acme.states, Approval.objects.count()) == (["written_off"], 0)
