"""Charges that give money back become a credit note where nothing will outweigh them, once, for ever."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tollbook.brands.models import TaxRate
from tollbook.charging.models import Unbilled
from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.invoicing.actions import credit, credit_due
from tollbook.invoicing.credit_drafting import LineCredit
from tollbook.invoicing.documents import einvoice, validate
from tollbook.invoicing.explain import explain_invoice
from tollbook.invoicing.models import Invoice, LineCharge
from tollbook.invoicing.queries import content_of
from tollbook.kernel.money import plain
from tollbook.ledger.queries import of_source
from tollbook.site.tests.world import Party, World


def amounts(invoice: Invoice) -> list[str]:
    return [plain(a) for a in (invoice.net, invoice.tax, invoice.total)]


def notes(party: Party) -> list[Invoice]:
    return [invoice for invoice in party.invoices if invoice.kind == "credit_note"]


def receivable(invoice: Invoice) -> list[str]:
    return [
        plain(posting.amount)
        for entry in of_source("invoice", invoice.public_id)
        for posting in entry.postings.all()
        if posting.account.kind == "receivable"
    ]


def overcharged(world: World) -> Party:
    """5 GB of May are invoiced on 1 June; on 2 June 4 of them turn out to be none: -4.00 wait."""
    world.meter("gb", negative=True).plan("cloud", world.metered("gb", "1"))
    acme = world.customer().buys("cloud").uses("gb", 5, "2026-05-03")
    world.on("2026-06-01").close()
    acme.uses("gb", -4, "2026-05-04")
    world.on("2026-06-02").close()
    assert [acme.totals, Unbilled.objects.count(), world.credits()] == [["6.15"], 1, 0]
    return acme


def test_it_waits_as_long_as_the_feature_says_and_names_what_it_corrects(world: World) -> None:
    acme = overcharged(world)
    assert world.on("2026-07-01").credits() == 0
    assert world.on("2026-07-02").credits() == 1
    (note,) = notes(acme)
    invoice = acme.invoices[0]
    assert [note.label, amounts(note), receivable(note)] == [
        "HARBOUR-CN-2026-000001", ["4", "0.92", "4.92"], ["-4.92"],
    ]  # fmt: skip
    assert [note.corrects_id, plain(invoice.credited), plain(invoice.to_pay)] == [invoice.pk, "4.92", "1.23"]
    (line,) = note.lines.all()
    assert [line.corrects_id, plain(line.quantity), plain(line.exact)] == [invoice.lines.get().pk, "4", "4"]
    assert LineCharge.objects.filter(line=line).count() == 1
    content = content_of(note)
    assert [content.kind, content.corrects, content.lines[0].name] == [
        "credit_note", "HARBOUR-2026-000001", "Gb (correction)",
    ]  # fmt: skip
    assert validate.validate([einvoice.render_xml(content)])[0].failures == ()
    assert explain_invoice(note).check is True
    assert [Unbilled.objects.count(), world.credits(), world.bill()] == [0, 0, 0]


def test_the_days_are_a_feature(world: World) -> None:
    acme = overcharged(world)
    set_value("invoicing.credit_after_days", 3, level=Level.CUSTOMER, scope_id=acme.row.public_id)
    assert world.on("2026-06-05").credits() == 1


def test_where_all_has_ended_it_comes_at_once(world: World) -> None:
    acme = overcharged(world)
    acme.ends("cloud", "2026-06-03")
    world.on("2026-06-02 12:00")
    assert world.credits() == 0
    world.on("2026-06-03").close()
    assert [world.credits(), [amounts(note) for note in notes(acme)]] == [1, [["4", "0.92", "4.92"]]]


def test_a_correction_is_taxed_as_what_it_corrects(world: World) -> None:
    acme = overcharged(world)
    TaxRate.objects.update(percent=Decimal(10))
    world.on("2026-07-02").credits()
    assert [amounts(note) for note in notes(acme)] == [["4", "0.92", "4.92"]]


def test_new_charges_that_outweigh_go_on_an_invoice(world: World) -> None:
    acme = overcharged(world)
    acme.uses("gb", 6, "2026-06-03")
    world.on("2026-07-02").close()
    assert [world.credits(), acme.totals] == [0, ["6.15", "2.46"]]


def test_new_charges_that_do_not_outweigh_stand_on_the_note(world: World) -> None:
    acme = overcharged(world)
    acme.uses("gb", 3, "2026-06-03")
    world.on("2026-07-02").close()
    assert world.credits() == 1
    (note,) = notes(acme)
    assert [amounts(note), sorted(plain(n) for n in note.lines.values_list("net", flat=True))] == [
        ["1", "0.23", "1.23"], ["-3", "4"],
    ]  # fmt: skip
    assert [note.corrects_id, Unbilled.objects.count()] == [acme.invoices[0].pk, 0]


def test_credits_of_the_upstream_beyond_all_use_correct_no_invoice(world: World) -> None:
    world.meter("gb", negative=True).plan("cloud", world.metered("gb", "1"))
    acme = world.customer().buys("cloud").uses("gb", -4, "2026-05-03")
    world.on("2026-06-01").close()
    assert world.on("2026-07-01").credits() == 1
    (note,) = notes(acme)
    assert [amounts(note), note.corrects_id, content_of(note).corrects] == [["4", "0.92", "4.92"], None, None]
    assert validate.validate([einvoice.render_xml(content_of(note))])[0].failures == ()


def test_what_staff_gave_back_already_is_not_given_twice(world: World) -> None:
    acme = overcharged(world)
    invoice = acme.invoices[0]
    credit(invoice, [LineCredit(invoice.lines.get().public_id, Decimal("2.00"))], reason="x", key="k")
    assert [world.on("2026-07-02").credits(), Unbilled.objects.count()] == [0, 1]


def test_a_small_credit_by_hand_leaves_room(world: World) -> None:
    acme = overcharged(world)
    invoice = acme.invoices[0]
    credit(invoice, [LineCredit(invoice.lines.get().public_id, Decimal("1.00"))], reason="x", key="k")
    assert [world.on("2026-07-02").credits(), [amounts(note) for note in notes(acme)]] == [
        1, [["1", "0.23", "1.23"], ["4", "0.92", "4.92"]],
    ]  # fmt: skip
    invoice.refresh_from_db()
    assert invoice.state == "void"


def test_what_the_wallet_paid_for_charges_on_a_note_goes_back_to_it(world: World) -> None:
    world.meter("gb", negative=True).plan("air", world.metered("gb", "1", prepaid=True))
    bolt = world.customer("bolt").tops_up("20").buys("air").uses("gb", 3, "2026-05-02")
    world.on("2026-05-20").charge()
    assert bolt.balance == "16.31"
    bolt.uses("gb", -5, "2026-05-21")
    world.on("2026-06-01").close().on("2026-07-01").credits()
    (note,) = notes(bolt)
    assert [bolt.balance, amounts(note)] == ["20", ["2", "0.46", "2.46"]]


@pytest.mark.django_db(transaction=True)
def test_runs_at_once_credit_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    acme = overcharged(world)
    until = world.on("2026-07-02").now
    assert sorted(at_once(*3 * [lambda: credit_due(until)])) == [0, 0, 1]
    assert len(notes(acme)) == 1
