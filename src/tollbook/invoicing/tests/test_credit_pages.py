"""Crediting an invoice from the staff portal and over the API, and what the customer then sees."""

from decimal import Decimal
from typing import Any

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.identity.models import AuditEntry, StaffRole, User
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import plain
from tollbook.site.tests.world import Party, World


def billed(world: World) -> tuple[Party, Invoice]:
    world.taxes("keep_gross", inside=True).plan("a", world.monthly("14.99", "first"), world.monthly("5", "second"))
    acme = world.customer().buys("a")
    world.on("2026-06-01").close()
    return acme, acme.invoices[0]


def test_staff_preview_then_issue(world: World, portal: Any) -> None:
    acme, invoice = billed(world)
    see = portal(acme.row)
    assert "Credit..." not in see.read(f"/staff/invoices/{invoice.public_id}/")
    User.objects.filter(email="ada@harbour.example").update(staff_role=StaffRole.BILLING)
    page = f"/staff/invoices/{invoice.public_id}/"
    assert "Credit..." in see.read(page)
    first = invoice.lines.get(name="First").public_id
    assert "14.99 are left, tax included" in see.read(f"{page}credit/")
    form = {f"line-{first}": "4.99", "reason": "Two days down", "key": "crn_1"}
    preview = see.staff.post(f"{page}credit/", {**form, "act": "preview"})
    assert "Issue the credit note" in preview.content.decode()
    assert Invoice.objects.count() == 1
    for _ in range(2):
        issued = see.staff.post(f"{page}credit/", {**form, "act": "issue"})
        note = Invoice.objects.get(kind="credit_note")
        assert (issued.status_code, issued.headers["Location"]) == (302, f"/staff/invoices/{note.public_id}/")
    # 4.99 with 23 % inside: 4.06 and 0.93.
    assert [plain(note.net), plain(note.total)] == ["4.06", "4.99"]
    entry = AuditEntry.objects.get(verb="invoice.credit")
    assert [entry.door, entry.subject, entry.detail["total"]] == ["staff", note.public_id, "4.99"]
    assert "4.99 EUR were credited" in see.read(page)


def test_staff_are_told_what_is_wrong(world: World, portal: Any) -> None:
    acme, invoice = billed(world)
    see = portal(acme.row)
    User.objects.filter(email="ada@harbour.example").update(staff_role=StaffRole.FINANCE)
    address = f"/staff/invoices/{invoice.public_id}/credit/"
    first = invoice.lines.get(name="First").public_id
    for amount, told in (("15", "14.99 are left of the line"), ("x", "amount")):
        answer = see.staff.post(address, {f"line-{first}": amount, "reason": "x", "key": "k", "act": "issue"})
        assert (answer.status_code, told in answer.content.decode()) == (200, True)
    assert "reason is empty" in see.staff.post(address, {"act": "preview"}).content.decode()
    assert [Invoice.objects.count(), see.owner.get(address).status_code] == [1, 404]


def test_the_customer_sees_the_note_and_the_price_with_tax(world: World, portal: Any) -> None:
    acme, invoice = billed(world)
    owner = portal(acme.row).owner
    page = owner.get(f"/portal/invoices/{invoice.public_id}/").content.decode()
    assert "€14.99 with tax" in page
    assert (
        "includes 23 % tax"
        in owner.get(
            f"/portal/invoices/{invoice.public_id}/lines/{invoice.lines.get(name='First').public_id}/"
        ).content.decode()
    )
    assert (
        "The price includes tax."
        in owner.get(f"/portal/subscriptions/{acme.subscriptions['a'].public_id}/").content.decode()
    )
    billing = staff_key(StaffRole.BILLING)
    answer = billing.post(f"/invoices/{invoice.public_id}/credit-notes", {"reason": "Wrong"})
    note = Invoice.objects.get(kind="credit_note")
    assert answer.status_code == 201
    assert [answer.json()["id"], answer.json()["kind"], answer.json()["corrects"], answer.json()["total"]] == [
        note.public_id, "credit_note", invoice.public_id, {"amount": "19.99", "currency": "EUR"},
    ]  # fmt: skip
    shown = owner.get(f"/portal/invoices/{note.public_id}/").content.decode()
    assert "credited" in shown and "to pay" not in shown
    credited = owner.get(f"/portal/invoices/{invoice.public_id}/").content.decode()
    assert "Credited since" in credited and "Still to pay" in credited
    assert "Credit note" in shown and f"corrects {invoice.label}" in shown and "Amount credited" in shown


def test_over_the_api(world: World) -> None:
    acme, invoice = billed(world)
    billing, customer = staff_key(StaffRole.BILLING), customer_key(acme.row.pk)
    path = f"/invoices/{invoice.public_id}"
    lines = billing.get(f"{path}/lines").json()["data"]
    assert [(line["gross"]["amount"], line["tax_included"], line["corrects"]) for line in lines] == [
        ("14.99", "23", None), ("5.00", "23", None),
    ]  # fmt: skip
    body = {"reason": "Down", "lines": [{"line": lines[0]["id"], "amount": "4.99"}]}
    assert customer.post(f"{path}/credit-notes", body).status_code == 403
    assert staff_key(StaffRole.SUPPORT).post(f"{path}/credit-notes", body).status_code == 403
    assert Invoice.objects.count() == 1
    made = billing.post(f"{path}/credit-notes", body, key="once")
    again = billing.post(f"{path}/credit-notes", body, key="once")
    assert [made.status_code, again.json()["id"], made.json()["total"]["amount"]] == [201, made.json()["id"], "4.99"]
    refused = billing.post(f"{path}/credit-notes", {**body, "lines": [{"line": lines[0]["id"], "amount": "10.01"}]})
    assert [refused.status_code, refused.json()["code"], refused.json()["param"]] == [
        409, "credit_exceeds_line", "amount",
    ]  # fmt: skip
    told = billing.get(path).json()
    assert [told["credited"]["amount"], told["to_pay"]["amount"]] == ["4.99", "15.00"]
    assert Decimal(made.json()["to_pay"]["amount"]) == 0
