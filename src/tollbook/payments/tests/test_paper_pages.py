"""Proformas and receipts in both portals and over the API."""

from typing import Any

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.identity.models import AuditEntry, StaffRole, User
from tollbook.payments import asking, proformas
from tollbook.payments.models import Payment, Proforma
from tollbook.payments.tests.conftest import Payer
from tollbook.payments.tests.test_papers import Make, ahead
from tollbook.site.tests.world import World


def waiting(world: World) -> tuple[Payer, Proforma]:
    acme = ahead(world)
    proformas.issue_due()
    return acme, Proforma.objects.get()


def test_a_customer_pays_a_proforma(world: World, portal: Any) -> None:
    acme, found = waiting(world)
    owner = portal(acme.row).owner
    page = f"/portal/payments/proformas/{found.public_id}/"
    assert f"Proforma {found.label} asks for €123.00" in owner.get("/portal/").content.decode()
    assert found.label in owner.get("/portal/payments/proformas/").content.decode()
    assert b"HARBOUR-PF-2026-000001" in owner.get("/portal/payments/proformas/?export=csv").getvalue()
    told = owner.get(page).content.decode()
    assert [word in told for word in ("No tax invoice", "€123.00", "€23.00", "Pay now", "By bank transfer")] == [
        True
    ] * 5
    file = owner.get(f"{page}file.pdf")
    assert [file.status_code, file.content[:4], file["Content-Type"]] == [200, b"%PDF", "application/pdf"]
    assert b"<ram:TypeCode>325<" in owner.get(f"{page}file.xml").content
    assert owner.get(f"{page}file.doc").status_code == 404
    for _ in range(2):
        gone = owner.post(page, {"gateway": "test", "key": "one"})
    payment = Payment.objects.get()
    assert [gone.status_code, payment.proforma, payment.state] == [302, found, "pending"]
    assert owner.get(f"/portal/payments/{payment.public_id}/receipt.pdf").status_code == 404
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    asking.ask(payment.public_id, "hint")
    told = owner.get(page).content.decode()
    assert ["became invoice" in told, "Pay now" in told] == [True, False]
    receipt = owner.get(f"/portal/payments/{payment.public_id}/receipt.pdf")
    assert [receipt.content[:4], "RC-2026-000001" in receipt["Content-Disposition"]] == [b"%PDF", True]
    assert "Receipt (PDF)" in owner.get(f"/portal/payments/{payment.public_id}/").content.decode()


def test_nobody_sees_those_of_others(world: World, portal: Any, payer: Make) -> None:
    acme, found = waiting(world)
    bolt = payer("bolt")
    payment = acme.transfers("1", "a")
    owner = portal(bolt.row).owner
    for path in (f"payments/proformas/{found.public_id}/", f"payments/proformas/{found.public_id}/file.pdf",
                 f"payments/{payment.public_id}/receipt.pdf"):  # fmt: skip
        assert owner.get(f"/portal/{path}").status_code == 404, path
    mine = customer_key(bolt.row.pk)
    for path in (f"/proformas/{found.public_id}", f"/proformas/{found.public_id}/pdf",
                 f"/payments/{payment.public_id}/receipt"):  # fmt: skip
        assert mine.get(path).status_code == 404, path
    assert mine.post(f"/proformas/{found.public_id}/payments", {"gateway": "test"}).status_code == 404


def test_staff_see_and_withdraw_it(world: World, portal: Any) -> None:
    acme, found = waiting(world)
    see, page = portal(acme.row), f"/staff/proformas/{found.public_id}/"
    assert found.label in see.read("/staff/proformas/")
    assert [see.staff.get(f"{page}document.pdf").content[:4], "Withdraw it" in see.read(page)] == [b"%PDF", False]
    User.objects.filter(email="ada@harbour.example").update(staff_role=StaffRole.FINANCE)
    assert "Withdraw it" in see.read(page)
    see.staff.post(f"{page}withdraw/", {"reason": "Wrong address", "key": "x"})
    found.refresh_from_db()
    assert [found.state, found.note] == ["withdrawn", "Wrong address"]
    entry = AuditEntry.objects.get(verb="proforma.withdraw")
    assert [entry.door, entry.subject, entry.detail] == ["staff", found.public_id, {"reason": "Wrong address"}]
    payment = acme.transfers("1", "a")
    assert "Download receipt" in see.read(f"/staff/payments/{payment.public_id}/")
    assert see.staff.get(f"/staff/payments/{payment.public_id}/receipt.pdf").content[:4] == b"%PDF"


def test_over_the_api(world: World) -> None:
    acme, found = waiting(world)
    mine, path = customer_key(acme.row.pk), f"/proformas/{found.public_id}"
    (told,) = mine.get("/proformas").json()["data"]
    assert [told["number"], told["state"], told["total"], told["invoice"]] == [
        found.label, "open", {"amount": "123.00", "currency": "EUR"}, None,
    ]  # fmt: skip
    assert [mine.get(path).json(), mine.get(f"{path}/pdf").content[:4]] == [told, b"%PDF"]
    assert b"<ram:TypeCode>325<" in mine.get(f"{path}/xml").content
    made = mine.post(f"{path}/payments", {"gateway": "test"})
    payment = Payment.objects.get()
    assert [made.status_code, made.json()] == [201, {"payment": payment.public_id, "state": "started"}]
    refused = mine.get(f"/payments/{payment.public_id}/receipt")
    assert [refused.status_code, refused.json()["code"]] == [409, "payment_not_paid"]
    asking.send(payment.public_id)
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    asking.ask(payment.public_id, "hint")
    assert mine.get(path).json()["invoice"] == acme.invoices[0].public_id
    assert mine.get(f"/payments/{payment.public_id}/receipt").content[:4] == b"%PDF"
    set_value("portal.payment", False, level=Level.INSTALLATION, scope_id="")
    off = mine.post(f"{path}/payments", {"gateway": "test"})
    assert [off.json()["code"], len(staff_key(StaffRole.BILLING).get("/proformas").json()["data"])] == [
        "portal_payment_off", 1,
    ]  # fmt: skip
