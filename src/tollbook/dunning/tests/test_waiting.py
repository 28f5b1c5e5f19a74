"""Exemptions, promises and disputes: steps wait, and what dunning has stopped runs meanwhile."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tollbook.dunning.models import Pause
from tollbook.dunning.pausing import dispute, exempt, lift, promise
from tollbook.dunning.tests.conftest import STRICT, Debtor
from tollbook.identity.models import AuditEntry
from tollbook.kernel.errors import Refused
from tollbook.site.tests.world import World

Make = Callable[..., Debtor]
Policy = Callable[..., None]
Days = Callable[..., None]


def test_the_day_of_a_promise_belongs_to_it(debtor: Make, policy: Policy, days: Days) -> None:
    policy(suspend_after="14", terminate_after="30", reminders="1 email, 7 email, 14 email")
    acme = debtor()
    days("2026-06-20")
    promise(acme.invoices[0], until=date(2026, 7, 5), reason="On the phone")
    days("2026-07-05")
    assert acme.steps == [("remind", 1, "06-16", "taken")]
    days("2026-07-21")
    assert acme.steps[1:] == [
        ("remind", 7, "07-06", "skipped"),
        ("remind", 14, "07-06", "taken"),
        ("suspend", 0, "07-06", "taken"),
    ]
    # It was stopped on 6 July, so that it ends 16 days later, as the policy says.
    days("2026-07-22")
    assert acme.steps[-1] == ("terminate", 0, "07-22", "taken")


def test_a_promise_concerns_one_invoice(debtor: Make, policy: Policy, days: Days, world: World) -> None:
    policy(reminders="1 email")
    acme = debtor()
    world.on("2026-07-01").close()
    promise(acme.invoices[1], until=date(2026, 12, 31), reason="Later")
    days("2026-07-20")
    assert [step[1:] for step in acme.steps] == [(1, "07-01", "taken")]


def test_what_was_stopped_runs_while_a_promise_counts(debtor: Make, policy: Policy, days: Days) -> None:
    policy(suspend_after="14", reminders="none")
    acme = debtor()
    days("2026-06-30")
    assert acme.state() == "suspended"
    promise(acme.invoices[0], until=date(2026, 7, 3), reason="On the phone")
    assert acme.state() == "active"
    days("2026-07-03")
    assert acme.state() == "active"
    days("2026-07-04")
    assert acme.steps == [("suspend", 0, "06-29", "taken"), ("suspend", 1, "07-04", "taken")]
    assert acme.told == ["Rent is suspended", "Rent runs again", "Rent is suspended"]


def test_an_exempt_customer_is_left_alone(debtor: Make, policy: Policy, days: Days) -> None:
    policy(**STRICT)
    acme, bolt = debtor("acme"), debtor("bolt")
    made = exempt(acme.row, reason="A partner", actor="ada@harbour.example", door="staff")
    days("2026-06-30")
    assert (acme.steps, acme.state(), bolt.state()) == ([], "active", "suspended")
    lift(made, actor="ada@harbour.example", door="staff")
    days("2026-07-01")
    assert acme.state() == "suspended"
    trail = AuditEntry.objects.filter(verb__in=["dunning.exempt", "dunning.lift"]).order_by("pk")
    assert [(each.verb, each.subject, each.actor) for each in trail] == [
        ("dunning.exempt", acme.row.public_id, "ada@harbour.example"),
        ("dunning.lift", acme.row.public_id, "ada@harbour.example"),
    ]


def test_an_exemption_ends_with_its_day(debtor: Make, policy: Policy, days: Days) -> None:
    policy(suspend_after="14", reminders="none")
    acme = debtor()
    exempt(acme.row, reason="Holidays", until=date(2026, 7, 10))
    days("2026-07-10")
    assert acme.state() == "active"
    days("2026-07-11")
    assert acme.state() == "suspended"


def test_a_disputed_invoice_waits_until_that_is_lifted(debtor: Make, policy: Policy, days: Days) -> None:
    policy(**STRICT)
    acme = debtor()
    made = dispute(acme.invoices[0], reason="Not what was ordered")
    days("2026-08-31")
    assert (acme.steps, acme.state()) == ([], "active")
    lift(made, actor="ada@harbour.example")
    days("2026-09-01")
    assert [step[0] for step in acme.steps] == ["remind", "remind", "remind", "fee", "suspend"]


def test_what_cannot_wait(debtor: Make, policy: Policy, world: World) -> None:
    acme = debtor()
    with pytest.raises(Refused, match="give 2026-06-01 or a later day"):
        promise(acme.invoices[0], until=date(2026, 5, 31), reason="Late")
    with pytest.raises(Refused, match="give a day within ten years"):
        exempt(acme.row, until=date(2036, 7, 1), reason="Long")
    with pytest.raises(Refused, match="reason is empty"):
        exempt(acme.row, reason=" ")
    acme.pays("123")
    with pytest.raises(Refused, match="nothing of it is to pay"):
        dispute(acme.invoices[0], reason="Why")
    assert not Pause.objects.exists()
    made = exempt(acme.row, reason="A partner")
    lift(made, actor="ada")
    with pytest.raises(Refused, match="was lifted before"):
        lift(made, actor="ada")


def test_the_database_keeps_pauses_as_they_were_made(debtor: Make, world: World) -> None:
    acme = debtor()
    made = exempt(acme.row, reason="A partner")
    with pytest.raises(Exception, match="a frozen column cannot change"), transaction.atomic():
        Pause.objects.update(reason="Another")
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Pause.objects.all().delete()
    lift(made, actor="ada")
    with pytest.raises(Exception, match="a frozen column cannot change"), transaction.atomic():
        Pause.objects.update(lifted_at=None, lifted_by="")
    for wrong in ({"why": "promise"}, {"why": "dispute"}, {"why": "exempt", "invoice": acme.invoices[0]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Pause.objects.create(customer=acme.row, reason="x", made_by="x", created_at=world.now, **wrong)
