"""A debit note asks for what an invoice charged too little: once, taxed as the invoice, under its own number."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.brands.models import TaxRate
from tollbook.charging.models import Unbilled
from tollbook.identity.models import AuditEntry, StaffRole, User
from tollbook.invoicing.actions import credit, debit_note
from tollbook.invoicing.documents import einvoice, validate
from tollbook.invoicing.explain import explain_invoice
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import content_of, to_pay
from tollbook.invoicing.rendering import document
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.site.tests.world import Party, World


def undercharged(world: World) -> Party:
    """5 GB of May are invoiced on 1 June; on 2 June 4 more come in late: 4.00 wait."""
    world.meter("gb", negative=True).plan("cloud", world.metered("gb", "1"))
    acme = world.customer().buys("cloud").uses("gb", 5, "2026-05-03")
    world.on("2026-06-01").close()
    acme.uses("gb", 4, "2026-05-04")
    world.on("2026-06-02").charge()
    assert [acme.totals, Unbilled.objects.count()] == [["6.15"], 1]
    return acme


def facts(note: Invoice) -> list[Any]:
    return [note.kind, note.label, note.state, *(plain(a) for a in (note.net, note.tax, note.total, note.to_pay))]


def test_it_names_its_invoice_is_taxed_as_that_and_asks_for_money(world: World) -> None:
    acme = undercharged(world)
    TaxRate.objects.update(percent=Decimal(10))
    note = debit_note(acme.invoices[0], reason="Late usage of May", key="k")
    assert facts(note) == ["debit_note", "HARBOUR-DN-2026-000001", "issued", "4", "0.92", "4.92", "4.92"]
    assert [note.corrects_id, str(note.due_on)] == [acme.invoices[0].pk, "2026-06-16"]
    content = content_of(note)
    assert [content.kind, content.corrects, content.note, content.lines[0].name] == [
        "debit_note", "HARBOUR-2026-000001", "Late usage of May", "Gb (correction)",
    ]  # fmt: skip
    xml = einvoice.render_xml(content)
    assert b"<ram:TypeCode>383</ram:TypeCode>" in xml
    assert b"HARBOUR-2026-000001</ram:IssuerAssignedID>" in xml
    assert validate.validate([xml, einvoice.render_ubl(content)])[0].failures == ()
    assert bytes(document(note, "pdf").body).startswith(b"%PDF")
    assert explain_invoice(note).check is True
    assert [(plain(each.amount), each.count) for each in to_pay(acme.row, world.now.date())] == [("11.07", 2)]
    assert [Unbilled.objects.count(), world.bill()] == [0, 0]


def test_a_key_debits_once_and_the_corrections_are_asked_for_once(world: World) -> None:
    acme = undercharged(world)
    invoice = acme.invoices[0]
    note = debit_note(invoice, reason="Late usage", key="k")
    assert debit_note(invoice, reason="Late usage", key="k") == note
    with pytest.raises(Refused, match="was made under it for another request") as conflict:
        debit_note(invoice, reason="Something else", key="k")
    with pytest.raises(Refused, match="no correction of what HARBOUR-2026-000001 charged waits") as nothing:
        debit_note(invoice, reason="Late usage", key="k2")
    assert [conflict.value.code, nothing.value.code, len(acme.invoices)] == ["key_conflict", "nothing_to_debit", 2]
    with pytest.raises(Refused, match="is a debit note: name the invoice"):
        debit_note(note, reason="Late usage", key="k3")


def test_the_database_makes_one_note_under_a_key(world: World) -> None:
    debit_note(undercharged(world).invoices[0], reason="Late", key="k")
    note = Invoice.objects.get(kind="debit_note")
    note.pk, note.public_id, note.number = None, "inv_x", 2
    with pytest.raises(IntegrityError, match="invoicing_key_once"), transaction.atomic():
        note.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_one_key_at_once_is_one_note(world: World, at_once: Callable[..., list[Any]]) -> None:
    invoice = undercharged(world).invoices[0]
    found = at_once(*[lambda: debit_note(invoice, reason="Late", key="k").label] * 6)
    assert found == ["HARBOUR-DN-2026-000001"] * 6


def test_only_corrections_of_that_invoice_are_on_it(world: World) -> None:
    acme = undercharged(world)
    acme.uses("gb", 7, "2026-06-03")
    world.on("2026-07-01").close()
    assert acme.totals == ["6.15", "13.53"]
    acme.uses("gb", 1, "2026-06-04").uses("gb", 2, "2026-05-05")
    world.on("2026-07-02").charge()
    june = debit_note(acme.invoices[1], reason="Late", key="k")
    assert [plain(june.net), Unbilled.objects.count()] == ["1", 1]
    may = debit_note(acme.invoices[0], reason="Late", key="k")
    assert [may.label, plain(may.net)] == ["HARBOUR-DN-2026-000002", "2"]


def test_corrections_that_give_back_are_no_debit(world: World) -> None:
    acme = undercharged(world)
    acme.uses("gb", -8, "2026-05-04")
    world.on("2026-06-03").charge()
    with pytest.raises(Refused, match=r"come to -4\.92 EUR: credit it") as refused:
        debit_note(acme.invoices[0], reason="Late", key="k")
    assert [refused.value.code, len(acme.invoices), Unbilled.objects.count()] == ["nothing_to_debit", 1, 2]


def test_a_debit_note_is_credited_as_an_invoice_is(world: World) -> None:
    acme = undercharged(world)
    note = debit_note(acme.invoices[0], reason="Late", key="k")
    credit(note, reason="A mistake", key="c")
    note.refresh_from_db()
    assert [note.state, plain(note.credited)] == ["void", "4.92"]


def test_what_a_wallet_paid_settles_it(world: World) -> None:
    world.meter("gb", negative=True).plan("air", world.metered("gb", "1", prepaid=True))
    bolt = world.customer("bolt").tops_up("20").buys("air").uses("gb", 3, "2026-05-02")
    world.on("2026-06-01").close()
    bolt.uses("gb", 2, "2026-05-04")
    world.on("2026-06-02").charge()
    note = debit_note(bolt.invoices[0], reason="Late", key="k")
    assert facts(note)[2:] == ["paid", "2", "0.46", "2.46", "0"]
    assert [plain(note.prepaid), bolt.balance] == ["2.46", "13.85"]


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_make_one_note(world: World, at_once: Callable[..., list[Any]]) -> None:
    invoice = undercharged(world).invoices[0]
    calls = [lambda n=n: debit_note(invoice, reason="Late", key=f"k{n}").label for n in range(8)]
    told = sorted(each.code if isinstance(each, Refused) else each for each in at_once(*calls))
    assert told == ["HARBOUR-DN-2026-000001", *["nothing_to_debit"] * 7]


def test_staff_see_what_waits_and_issue_it(world: World, portal: Any) -> None:
    acme = undercharged(world)
    see, page = portal(acme.row), f"/staff/invoices/{acme.invoices[0].public_id}/"
    assert [see.staff.get(f"{page}debit/").status_code, "Debit..." in see.read(page)] == [404, False]
    User.objects.filter(email="ada@harbour.example").update(staff_role=StaffRole.BILLING)
    assert "Debit..." in see.read(page)
    assert "4.92" in see.read(f"{page}debit/")
    told = see.staff.post(f"{page}debit/", {"reason": "Late usage", "key": "x"})
    note = acme.invoices[1]
    assert [told.status_code, told["Location"]] == [302, f"/staff/invoices/{note.public_id}/"]
    assert "no correction of what" in see.read(f"{page}debit/")
    entry = AuditEntry.objects.get(verb="invoice.debit")
    assert [entry.door, entry.subject, entry.detail["total"]] == ["staff", note.public_id, "4.92"]
    mine = see.owner.get(f"/portal/invoices/{note.public_id}/").content.decode()
    assert [word in mine for word in ("Debit note", "corrects HARBOUR-2026-000001", "Late usage")] == [True] * 3


def test_over_the_api(world: World) -> None:
    acme = undercharged(world)
    path, key = f"/invoices/{acme.invoices[0].public_id}/debit-notes", staff_key(StaffRole.BILLING)
    made = key.post(path, {"reason": "Late usage"}, key="debit-note-once")
    again = key.post(path, {"reason": "Late usage"}, key="debit-note-once")
    assert [made.status_code, made.json()["kind"], made.json()["total"]["amount"]] == [201, "debit_note", "4.92"]
    assert [again.json()["id"], len(acme.invoices)] == [made.json()["id"], 2]
    assert customer_key(acme.row.pk).post(path, {"reason": "Late usage"}, key="debit-note-mine").status_code == 403
