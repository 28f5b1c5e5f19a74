"""Receipts for what came, and proformas that become invoices: numbered, frozen, and never asked for twice."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import Error

from tollbook.brands.models import TaxRate
from tollbook.charging.models import Unbilled
from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.invoicing.documents import einvoice, pdf, validate
from tollbook.invoicing.documents.stored import from_json
from tollbook.kernel.errors import Invalid, Refused
from tollbook.kernel.money import plain
from tollbook.ledger.models import Transaction
from tollbook.ledger.rules import AccountKind
from tollbook.payments import actions, asking, proformas, receipts
from tollbook.payments.applying import By
from tollbook.payments.models import Payment, Proforma, Receipt
from tollbook.payments.schedule import SCHEDULE
from tollbook.payments.tests.conftest import Payer
from tollbook.site.tests.world import Party, World
from tollbook.wallets.actions import open_wallet
from tollbook.wallets.queries import open_request
from tollbook.wallets.top_ups import ask_below

Make = Callable[..., Payer]
AtOnce = Callable[..., list[Any]]


def hourly(world: World) -> None:
    """What the hour does with proformas and receipts."""
    {entry.name: entry for entry in SCHEDULE}["payments.use_papers"].call(world.now)


def lines(found: Receipt | Proforma) -> list[tuple[str, str]]:
    return [(line.name, plain(line.net)) for line in from_json(found.content).lines]


def test_a_receipt_says_what_came_and_where_it_went(payer: Make) -> None:
    acme = payer()
    payment = acme.transfers("150", "bank-7", acme.invoices[0])
    receipt = receipts.issue(payment.public_id)
    assert [receipt.label, plain(receipt.total), receipt.currency, str(receipt.issued_on)] == [
        "HARBOUR-RC-2026-000001", "150", "EUR", "2026-06-01",
    ]  # fmt: skip
    assert lines(receipt) == [("Invoice HARBOUR-2026-000001", "123"), ("Credit for later invoices", "27")]
    content = from_json(receipt.content)
    assert [content.kind, content.number, plain(content.tax)] == ["receipt", "HARBOUR-RC-2026-000001", "0"]
    assert content.note == "Received on 1 June 2026 by Bank transfer, reference bank-7."
    assert pdf.render_pdf(content).startswith(b"%PDF")
    assert receipts.issue(payment.public_id) == receipt
    with transaction.atomic(), pytest.raises(Error, match="receipt_append_only"):
        Receipt.objects.update(total=1)


def test_each_payment_that_came_has_one_and_no_other(payer: Make) -> None:
    acme = payer(months=2)
    waits = acme.begins(acme.invoices[0])
    acme.pays(acme.invoices[1])
    with pytest.raises(Refused, match="a receipt says what came") as refused:
        receipts.issue(waits.public_id)
    assert [refused.value.code, receipts.issue_due(), receipts.issue_due()] == ["payment_not_paid", 1, 0]
    assert [r.label for r in Receipt.objects.all()] == ["HARBOUR-RC-2026-000001"]


@pytest.mark.django_db(transaction=True)
def test_receipts_at_once_have_numbers_without_gaps(payer: Make, at_once: AtOnce) -> None:
    acme, bolt = payer("acme"), payer("bolt")
    ids = [acme.transfers("1", "a").public_id, bolt.transfers("2", "b").public_id]
    found = at_once(*[lambda i=i: receipts.issue(ids[i % 2]).label for i in range(6)])
    assert sorted(set(found)) == ["HARBOUR-RC-2026-000001", "HARBOUR-RC-2026-000002"]
    assert Receipt.objects.count() == 2


def ahead(world: World, *, fee: str = "100", on: str = "2026-05-01") -> Payer:
    """A customer who pays 100 EUR (and 23 % of VAT) a month ahead, and first."""
    set_value("invoicing.proforma_first", True, level=Level.INSTALLATION, scope_id="")
    if "host" not in world.plans:
        world.plan("host", world.monthly(fee, in_advance=True))
    party: Party = world.customer().buys("host", on)
    world.close()
    return Payer(world, party)


def asked(party: Payer) -> list[tuple[str, str, str]]:
    rows = Proforma.objects.filter(customer=party.row).order_by("pk")
    return [(found.label, found.state, plain(found.total)) for found in rows]


def pays(party: Payer, found: Proforma, key: str = "k") -> Payment:
    payment = actions.pay_proforma(party.row, found.public_id, "test", key=key)
    asking.send(payment.public_id)
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    asking.ask(payment.public_id, "hint")
    return party.again(payment)


def test_what_is_ahead_is_asked_for_first_and_claims_nothing(world: World) -> None:
    acme = ahead(world)
    books = Transaction.objects.count()
    assert [acme.invoices, proformas.issue_due(), proformas.issue_due()] == [[], 1, 0]
    assert asked(acme) == [("HARBOUR-PF-2026-000001", "open", "123")]
    assert [Transaction.objects.count(), acme.ledger(AccountKind.RECEIVABLE)] == [books, "0"]
    found = Proforma.objects.get()
    content = from_json(found.content)
    assert [content.kind, str(content.due_on), plain(content.payable)] == ["proforma", "2026-05-15", "123"]
    xml = einvoice.render_xml(content)
    assert b"<ram:TypeCode>325</ram:TypeCode>" in xml
    assert validate.validate([xml])[0].failures == ()
    assert world.bill() == 0


def test_paid_it_becomes_an_invoice_that_is_paid(world: World) -> None:
    acme = ahead(world)
    proformas.issue_due()
    found = Proforma.objects.get()
    payment = pays(acme, found)
    found.refresh_from_db()
    (invoice,) = acme.invoices
    assert [found.state, found.invoice, invoice.state, plain(invoice.total)] == ["paid", invoice, "paid", "123"]
    assert from_json(invoice.content).note == "Paid by proforma HARBOUR-PF-2026-000001."
    assert [payment.state, payment.subject, plain(payment.allocated)] == ["succeeded", found.public_id, "123"]
    assert [Unbilled.objects.count(), acme.credit] == [0, []]
    with pytest.raises(Refused, match="is paid: nothing is to pay") as refused:
        actions.pay_proforma(acme.row, found.public_id, "test", key="again")
    assert [refused.value.code, actions.pay_proforma(acme.row, found.public_id, "test", key="k").pk] == [
        "proforma_not_open", payment.pk,
    ]  # fmt: skip


def test_two_payments_of_one_make_one_invoice_and_credit(world: World) -> None:
    acme = ahead(world)
    proformas.issue_due()
    found = Proforma.objects.get()
    begun = [actions.pay_proforma(acme.row, found.public_id, "test", key=f"k{n}") for n in range(2)]
    for payment in begun:
        asking.send(payment.public_id)
        sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
        asking.ask(payment.public_id, "hint")
    assert [len(acme.invoices), acme.credit] == [1, ["123.00 EUR"]]


def test_unpaid_when_its_time_is_over_it_is_invoiced_as_ever(world: World) -> None:
    acme = ahead(world)
    proformas.issue_due()
    world.on("2026-06-01").close()
    assert [plain(i.total) for i in acme.invoices] == ["123"]
    hourly(world)
    assert asked(acme) == [("HARBOUR-PF-2026-000001", "withdrawn", "123"), ("HARBOUR-PF-2026-000002", "open", "123")]
    first = Proforma.objects.order_by("pk").first()
    with pytest.raises(Refused, match="is withdrawn"):
        actions.pay_proforma(acme.row, first.public_id, "test", key="k")  # type: ignore[union-attr]


def test_a_payment_under_way_when_it_is_overtaken_is_credit_that_pays_the_invoice(world: World) -> None:
    acme = ahead(world)
    proformas.issue_due()
    found = Proforma.objects.get()
    payment = actions.pay_proforma(acme.row, found.public_id, "test", key="k")
    asking.send(payment.public_id)
    world.on("2026-06-01").close()
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    asking.ask(payment.public_id, "hint")
    assert [i.state for i in acme.invoices] == ["paid"]


def test_money_that_names_nothing_pays_it_with_the_next_hour(world: World) -> None:
    acme = ahead(world)
    proformas.issue_due()
    acme.transfers("122.99", "bank-1")
    hourly(world)
    assert [state for _, state, _ in asked(acme)] == ["open"]
    acme.transfers("1", "bank-2")
    hourly(world)
    assert [[state for _, state, _ in asked(acme)], acme.states, acme.credit] == [["paid"], ["paid"], ["0.99 EUR"]]


def test_what_cannot_be_invoiced_stays_open_and_the_money_is_credit(world: World) -> None:
    acme = ahead(world)
    proformas.issue_due()
    TaxRate.objects.all().delete()
    pays(acme, Proforma.objects.get())
    assert [[state for _, state, _ in asked(acme)], acme.invoices, acme.credit] == [["open"], [], ["123.00 EUR"]]
    TaxRate.objects.create(country="IE", category="standard", valid_from="2012-01-01", percent=Decimal(23))
    hourly(world)
    assert [[state for _, state, _ in asked(acme)], acme.states, acme.credit] == [["paid"], ["paid"], []]


def test_withdrawn_it_is_asked_for_anew(world: World) -> None:
    acme = ahead(world)
    proformas.issue_due()
    found = Proforma.objects.get()
    proformas.withdraw(found.public_id, reason="Wrong address", by=By("ada", "staff"))
    assert proformas.issue_due() == 1
    assert [state for _, state, _ in asked(acme)] == ["withdrawn", "open"]
    with pytest.raises(Refused, match="withdrawn") as refused:
        proformas.withdraw(found.public_id, reason="again")
    assert refused.value.code == "invalid_transition"
    with transaction.atomic(), pytest.raises(Error, match="frozen column"):
        Proforma.objects.filter(pk=found.pk).update(total=1, net=1)


def test_who_does_not_pay_first_is_invoiced_at_once(world: World) -> None:
    acme = ahead(world)
    set_value("invoicing.proforma_first", False, level=Level.CUSTOMER, scope_id=acme.row.public_id)
    assert [proformas.issue_due(), world.bill(), [plain(i.total) for i in acme.invoices]] == [0, 1, ["123"]]


def test_what_a_wallet_asks_for_fills_it(payer: Make, world: World) -> None:
    acme = payer()
    wallet = open_wallet(acme.row, "EUR")
    ask_below(wallet.pk, Decimal(5), Decimal(50))
    request = open_request(wallet)
    assert request is not None
    found = proformas.for_top_up(acme.row, request.public_id)
    assert proformas.for_top_up(acme.row, request.public_id) == found
    assert [plain(found.net), plain(found.tax), lines(found)] == ["50", "0", [("Top-up of the wallet", "50")]]
    with pytest.raises(Invalid, match="money that is asked for ahead bills no supply"):
        einvoice.render_xml(from_json(found.content))
    payment = pays(acme, found)
    found.refresh_from_db()
    wallet.refresh_from_db()
    assert [found.state, plain(wallet.balance), plain(payment.topped_up), open_request(wallet)] == [
        "paid", "50", "50", None,
    ]  # fmt: skip
    assert lines(receipts.issue(payment.public_id)) == [("Top-up of the wallet", "50")]
    with pytest.raises(Refused, match="not a top-up that is asked for now"):
        proformas.for_top_up(acme.row, request.public_id)


def test_a_top_up_that_was_paid_otherwise_withdraws_its_proforma(payer: Make, world: World) -> None:
    acme = payer()
    wallet = open_wallet(acme.row, "EUR")
    ask_below(wallet.pk, Decimal(5), Decimal(50))
    found = proformas.for_top_up(acme.row, open_request(wallet).public_id)  # type: ignore[union-attr]
    acme.party.tops_up("60")
    with pytest.raises(Refused, match="overtaken"):
        actions.pay_proforma(acme.row, found.public_id, "test", key="k")
    hourly(world)
    found.refresh_from_db()
    assert [found.state, found.note] == ["withdrawn", "Invoiced or paid otherwise"]


@pytest.mark.django_db(transaction=True)
def test_eight_runs_at_once_ask_once_and_pay_once(world: World, at_once: AtOnce) -> None:
    acme = ahead(world)
    at_once(*[proformas.issue_due] * 8)
    assert asked(acme) == [("HARBOUR-PF-2026-000001", "open", "123")]
    acme.transfers("123", "bank")
    at_once(*[proformas.use_credit] * 4, *[world.bill] * 2)
    assert [acme.states, acme.credit, len(asked(acme))] == [["paid"], [], 1]


def test_another_customers_proforma_is_not_found(world: World) -> None:
    ahead(world)
    proformas.issue_due()
    other = world.customer("bolt").row
    with pytest.raises(Exception, match="there is no proforma"):
        actions.pay_proforma(other, Proforma.objects.get().public_id, "test", key="k")
