"""What the database refuses of receipts and proformas, whoever writes; and top-ups that are asked for at once."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import Error, connection, transaction

from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import new_id
from tollbook.payments import actions, asking, proformas, receipts
from tollbook.payments.models import Proforma, ProformaCharge, Receipt
from tollbook.payments.tests.conftest import Payer
from tollbook.payments.tests.test_papers import ahead, pays
from tollbook.site.tests.world import World
from tollbook.wallets.actions import open_wallet
from tollbook.wallets.queries import open_request
from tollbook.wallets.top_ups import ask_below

Make = Callable[..., Payer]


def again(row: Any, **changes: Any) -> Callable[[], None]:
    """Write a row like this one, with another id and these changes."""

    def write() -> None:
        found = type(row).objects.get(pk=row.pk)
        found.pk = None
        if hasattr(found, "public_id"):
            found.public_id = new_id("new")
        for name, value in changes.items():
            setattr(found, name, value)
        found.save(force_insert=True)

    return write


def says(statement: str) -> Callable[[], None]:
    """Run a statement."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


def refused(write: Callable[[], None], guard: str) -> None:
    with pytest.raises(Error, match=guard), transaction.atomic():
        write()
        # What is looked at when the transaction ends is looked at now.
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_receipts(payer: Make) -> None:
    acme = payer(months=2)
    first, second = (acme.transfers("50", key) for key in ("a", "b"))
    receipt = receipts.issue(first.public_id)
    refused(again(receipt, number=2), "payments_receipt_payment_id_key")
    refused(again(receipt, payment=second), "payments_receipt_number_once")
    refused(again(receipt, payment=second, number=2, total=0), "payments_receipt_total")
    for statement in ("UPDATE payments_receipt SET total = 1", "DELETE FROM payments_receipt"):
        refused(says(statement), "append_only|Cannot update or delete")
    assert Receipt.objects.get().total == 50


def test_proformas_over_charges(world: World) -> None:
    acme = ahead(world)
    proformas.issue_due()
    found = Proforma.objects.get()
    refused(again(found), "payments_proforma_number_once")
    refused(again(found, number=2, total=0, net=0, tax=0), "payments_proforma_total")
    refused(again(found, number=2, total=found.total + 1), "payments_proforma_sum")
    refused(again(found, number=2, state="lost"), "payments_proforma_state")
    refused(again(found, number=2, request="tur_x"), "payments_proforma_request")
    refused(again(ProformaCharge.objects.get()), "payments_proforma_charge_once")
    refused(says("UPDATE payments_proforma SET net = 1, tax = total - 1"), "payments_proforma_frozen")
    refused(says("DELETE FROM payments_proforma"), "payments_proforma_no_delete|Cannot delete")
    refused(says("DELETE FROM payments_proforma_charge"), "Cannot update or delete")
    pays(acme, found)
    found.refresh_from_db()
    assert found.state == "paid" and found.invoice_id is not None
    refused(says("UPDATE payments_proforma SET state = 'open', invoice_id = NULL"), "payments_proforma_ended")
    refused(again(found, number=2), "payments_proforma_invoice_id_key")
    refused(again(found, number=2, state="open"), "payments_proforma_invoice")


@pytest.mark.django_db(transaction=True)
def test_a_top_up_is_asked_for_once_by_eight_at_once(payer: Make, at_once: Callable[..., list[Any]]) -> None:
    """Tried: without the customer's lock in `for_top_up` the unique request, or the number, refuses all but one."""
    acme = payer()
    wallet = open_wallet(acme.row, "EUR")
    ask_below(wallet.pk, Decimal(5), Decimal(50))
    request = open_request(wallet)
    assert request is not None
    found = at_once(*[lambda: proformas.for_top_up(acme.row, request.public_id)] * 8)
    assert {each.pk for each in found} == {Proforma.objects.get().pk}
    refused(again(Proforma.objects.get(), number=2), "payments_proforma_request_once")


@pytest.mark.django_db(transaction=True)
def test_a_proforma_is_paid_or_withdrawn_never_both(
    world: World, at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried: without the customer's lock in `locked_proforma` both find it open, and the second is refused by the
    database, with the money in.
    """
    acme = ahead(world)
    proformas.issue_due()
    found = Proforma.objects.get()
    payment = actions.pay_proforma(acme.row, found.public_id, "test", key="k")
    asking.send(payment.public_id)
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    both, real = Barrier(2), proformas._end

    def ends(row: Proforma, event: str, note: str) -> None:
        # With the lock the other one does not get here: it waits for us, and we for it no longer than this.
        with suppress(BrokenBarrierError):
            both.wait(2)
        real(row, event, note)

    monkeypatch.setattr(proformas, "_end", ends)
    told, _ = at_once(
        lambda: proformas.withdraw(found.public_id, reason="A mistake"), lambda: asking.ask(payment.public_id, "hint")
    )
    found.refresh_from_db()
    if isinstance(told, Refused):
        assert [told.code, found.state, acme.states] == ["invalid_transition", "paid", ["paid"]]
    else:
        # The money came all the same: it is credit.
        assert [found.state, acme.states, acme.credit] == ["withdrawn", [], ["123.00 EUR"]]
    assert acme.again(payment).state == "succeeded"
