"""Deposits in both portals and over the API."""

from typing import Any

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.customers.models import Membership
from tollbook.customers.tests.people import reader
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.identity.models import StaffRole, User
from tollbook.payments import asking, deposits
from tollbook.payments.models import Payment
from tollbook.payments.tests.test_deposits import DESK, New, newcomer

__all__ = ["newcomer"]


def test_a_customer_pays_the_deposit(newcomer: New, portal: Any) -> None:
    acme = newcomer(back=80)
    see = portal(acme.row)
    told = see.owner.get("/portal/").content.decode()
    promise = "When your account is verified, €20.00 come back the way you paid; €5.00 are credit in your wallet."
    assert [word in told for word in ("Pay the deposit of €25.00", promise)] == [True, True]
    page = see.owner.get("/portal/deposit/").content.decode()
    assert [word in page for word in (promise, "15 May 2026", "Pay now")] == [True] * 3
    for _ in range(2):
        gone = see.owner.post("/portal/deposit/", {"gateway": "test", "key": "one"})
    payment = Payment.objects.get()
    assert [gone.status_code, payment.deposit, payment.state] == [302, acme.deposit, "pending"]
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    asking.ask(payment.public_id, "hint")
    page = see.owner.get("/portal/deposit/").content.decode()
    assert ["We look at it by" in page, "15 May 2026" in page, "Pay now" in page] == [True, True, False]
    assert see.owner.post("/portal/deposit/", {"gateway": "test", "key": "two"}).status_code == 404
    told = see.owner.get("/portal/").content.decode()
    assert ["Pay the deposit" in told, "Held" in told] == [False, True]
    assert "Deposit" in see.owner.get(f"/portal/payments/{payment.public_id}/").content.decode()
    receipt = see.owner.get(f"/portal/payments/{payment.public_id}/receipt.pdf")
    assert receipt.content[:4] == b"%PDF"
    deposits.reject(acme.deposit.public_id, reason="No such address", by=DESK)
    assert "Your account was not verified: No such address" in see.owner.get("/portal/deposit/").content.decode()
    # Who may not pay does not see it.
    colleague = reader(acme.row, Membership.Role.READ_ONLY)
    assert colleague.get("/portal/deposit/").status_code == 404
    assert "No such address" not in colleague.get("/portal/").content.decode()


def test_an_account_without_a_deposit_has_no_page(newcomer: New, portal: Any, payer: Any) -> None:
    bolt = payer("bolt")
    acme = newcomer()
    owner = portal(bolt.row).owner
    assert owner.get("/portal/deposit/").status_code == 404
    assert acme.deposit.public_id not in owner.get("/portal/").content.decode()


def test_staff_verify_and_reject_with_a_confirmation(newcomer: New, portal: Any) -> None:
    acme = newcomer().deposits_it()
    found, see = acme.deposit, portal(acme.row)
    page = f"/staff/deposits/{found.public_id}/"
    assert [found.public_id in see.read("/staff/deposits/?state=people"), "Yes, this is meant" in see.read(page)] == [
        True, False,
    ]  # fmt: skip
    assert see.staff.post(f"{page}verify/", {"sure": "true"}).status_code in (403, 404)
    User.objects.filter(email="ada@harbour.example").update(staff_role=StaffRole.FINANCE)
    assert "Yes, this is meant" in see.read(page)
    told = see.staff.post(f"{page}verify/", {}, follow=True).content.decode()
    assert ("tick that it is meant" in told, acme.parts()) == (True, "held 25 0 0 0 0")
    told = see.staff.post(f"{page}verify/", {"sure": "true"}, follow=True).content.decode()
    assert ("The account is verified." in told, acme.parts()) == (True, "refund_pending 0 25 0 0 0")
    told = see.staff.post(f"{page}reject/", {"sure": "true", "reason": "x"}, follow=True).content.decode()
    assert ("cannot reject while refund_pending" in told, acme.parts()) == (True, "refund_pending 0 25 0 0 0")
    assert found.public_id in see.read(f"/staff/customers/{acme.row.public_id}/")


def test_staff_are_told_what_waits_longer_than_promised(newcomer: New, portal: Any) -> None:
    acme = newcomer(verify_days=2).deposits_it()
    see = portal(acme.row)
    assert "longer than promised" not in see.read("/staff/")
    acme.world.on("2026-05-04")
    assert "1 longer than promised" in see.read("/staff/")
    assert "late" in see.read("/staff/deposits/")


def test_the_api_tells_and_pays(newcomer: New) -> None:
    acme, bolt = newcomer(back=80), newcomer("bolt")
    found, other = acme.deposit.public_id, bolt.deposit.public_id
    mine = customer_key(acme.row.pk)
    told = mine.get(f"/deposits/{found}").json()
    assert (told["state"], told["gives_back"], told["held"]) == (
        "awaiting_payment", {"amount": "20.00", "currency": "EUR"}, {"amount": "0.00", "currency": "EUR"},
    )  # fmt: skip
    assert mine.get("/deposits").json()["data"] == [told]
    assert mine.get(f"/deposits/{other}").status_code == 404
    assert mine.post(f"/deposits/{other}/payments", {"gateway": "test"}).status_code == 404
    made = mine.post(f"/deposits/{found}/payments", {"gateway": "test"})
    payment = Payment.objects.get()
    assert [made.status_code, made.json()] == [201, {"payment": payment.public_id, "state": "started"}]
    assert payment.deposit == acme.deposit
    clerk = staff_key(StaffRole.BILLING)
    assert len(clerk.get("/deposits").json()["data"]) == 2
    assert clerk.get("/deposits?state=held").json()["data"] == []
    assert clerk.post(f"/deposits/{other}/payments", {"gateway": "test"}).status_code == 404
