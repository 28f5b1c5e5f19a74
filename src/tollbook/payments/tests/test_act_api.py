"""Disputes and write-offs over the API: once, by whom they are for, above the limit by two people only, books whole."""

from decimal import Decimal

import pytest
from django.db import connection

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.base import books
from tollbook.features.actions import set_value
from tollbook.identity.models import AuditEntry, StaffRole
from tollbook.kernel.money import Money
from tollbook.payments.actions import receive
from tollbook.payments.models import Dispute, Payment, WriteOff
from tollbook.site.tests.world import Party, World


def broken() -> list[str]:
    return [each.title for each in books.check(connection) if not each.ok]


def billed(world: World) -> Party:
    world.plan("flat", world.monthly("100"))
    acme = world.customer().buys("flat")
    world.on("2026-06-01").close()
    assert acme.totals == ["123"]
    return acme


def paid(world: World) -> tuple[Party, Payment]:
    acme = billed(world)
    return acme, receive(acme.row, Money(Decimal(123), "EUR"), "manual", "r1", invoice=acme.invoices[0])


def test_a_lost_dispute_makes_the_invoice_ask_again(world: World) -> None:
    acme, payment = paid(world)
    see = staff_key(StaffRole.FINANCE)
    body = {"amount": "23", "reference": "du_1", "reason": "Not recognised"}
    made = see.post(f"/payments/{payment.public_id}/disputes", body).json()
    assert [made["state"], made["amount"]] == ["open", {"amount": "23.00", "currency": "EUR"}]
    assert see.post(f"/payments/{payment.public_id}/disputes", body).json()["id"] == made["id"]
    more = see.post(f"/payments/{payment.public_id}/disputes", {**body, "amount": "24"})
    assert more.json()["code"] == "dispute_conflict"
    lost = see.post(f"/disputes/{made['id']}/end", {"outcome": "lost"}).json()
    assert [lost["state"], acme.invoices[0].open] == ["lost", Decimal(23)]
    assert see.post(f"/disputes/{made['id']}/end", {"outcome": "won"}).json()["code"] == "dispute_ended"
    assert Dispute.objects.count() == 1
    assert broken() == []


def test_a_write_off_and_back(world: World) -> None:
    acme = billed(world)
    see, here = staff_key(StaffRole.BILLING), f"/invoices/{acme.invoices[0].public_id}/write-off"
    first = see.post(here, {"reason": "Moved abroad"}, key="w")
    assert see.post(here, {"reason": "Moved abroad"}, key="w").json() == first.json()
    assert [first.json()["amount"]["amount"], acme.invoices[0].open] == ["123.00", Decimal(0)]
    assert see.post(here, {"reason": "Again"}).json()["code"] == "nothing_open"
    back = see.post(f"{here}/undo", {"reason": "Found"}).json()
    assert [back["amount"]["amount"], acme.invoices[0].open] == ["-123.00", Decimal(123)]
    assert see.post(f"{here}/undo", {"reason": "Found"}).json()["code"] == "not_written_off"
    assert WriteOff.objects.count() == 2
    assert AuditEntry.objects.filter(door="api", verb__startswith="invoice.").count() == 2
    assert broken() == []


@pytest.mark.parametrize(("limit", "code"), [("122.99", "needs_approval"), ("123", None)])
def test_above_the_limit_two_people_do_it_in_the_portal(world: World, limit: str, code: str | None) -> None:
    acme = billed(world)
    set_value("payments.approve_above", {"EUR": limit})
    answer = staff_key(StaffRole.FINANCE).post(f"/invoices/{acme.invoices[0].public_id}/write-off", {"reason": "Gone"})
    assert [answer.json().get("code"), WriteOff.objects.count()] == [code, 0 if code else 1]
    assert broken() == []


@pytest.mark.parametrize("role", ["viewer", "support", "catalogue", "auditor"])
def test_who_does_not_keep_the_money_does_neither(world: World, role: str) -> None:
    acme, payment = paid(world)
    body = {"amount": "23", "reference": "du_1", "reason": "x"}
    invoice = acme.invoices[0].public_id
    for see, code in ((staff_key(StaffRole(role)), "role_missing"), (customer_key(acme.row.pk), "staff_only")):
        assert see.post(f"/payments/{payment.public_id}/disputes", body).json()["code"] == code
        assert see.post(f"/invoices/{invoice}/write-off", {"reason": "x"}).json()["code"] == code
    assert [Dispute.objects.count(), WriteOff.objects.count()] == [0, 0]
