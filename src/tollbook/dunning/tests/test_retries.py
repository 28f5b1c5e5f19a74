"""Charging the saved method: gaps, failures, what is under way."""

from collections.abc import Callable

import pytest

from tollbook.dunning.models import Step
from tollbook.dunning.tests.conftest import Debtor
from tollbook.gateways.test import actions as sandbox
from tollbook.kernel.errors import Refused
from tollbook.payments import asking
from tollbook.payments.actions import pay_invoice
from tollbook.payments.agreements import withdraw
from tollbook.payments.collecting import collect
from tollbook.payments.methods import retire_method
from tollbook.payments.models import Agreement, Method, Payment
from tollbook.site.tests.world import World

Make = Callable[..., Debtor]
Policy = Callable[..., None]
Days = Callable[..., None]


@pytest.fixture
def owes(debtor: Make, world: World) -> Debtor:
    """acme has paid the invoice of June with a card that it keeps, and owes that of July, due on 15 July."""
    acme = debtor()
    acme.saves_card()
    world.on("2026-07-01").close()
    assert [invoice.state for invoice in acme.invoices] == ["paid", "issued"]
    return acme


def answers(world: World, **how: object) -> None:
    """Let the gateway behave so for all payments, and call it about those that dunning has begun."""
    if how:
        sandbox.script("", **how)
    for payment in Payment.objects.filter(sent_at__isnull=True):
        asking.send(payment.public_id)


def test_the_saved_card_pays(owes: Debtor, policy: Policy, days: Days, world: World) -> None:
    policy(retries="0, 3", suspend_after="10", reminders="none")
    days("2026-07-14")
    assert Payment.objects.count() == 1
    days("2026-07-15")
    answers(world)
    payment = Payment.objects.latest("pk")
    assert (payment.state, payment.amount, payment.key) == ("succeeded", 123, f"dunning:{owes.invoices[1].public_id}:0")
    days("2026-08-01")
    assert owes.steps == [("retry", 0, "07-15", "taken")]
    assert (owes.invoices[1].state, owes.state()) == ("paid", "active")


def test_each_attempt_waits_for_the_gap(owes: Debtor, policy: Policy, days: Days, world: World) -> None:
    policy(retries="0, 3, 5", suspend_after="6", reminders="none")
    sandbox.script("", fails_at_once=True)
    for day in range(15, 31):
        days(f"2026-07-{day}")
        answers(world)
    assert owes.steps == [
        ("retry", 0, "07-15", "taken"),
        ("retry", 1, "07-18", "taken"),
        ("suspend", 0, "07-21", "taken"),
        ("retry", 2, "07-23", "taken"),
    ]
    assert list(Payment.objects.order_by("pk").values_list("state", flat=True)[1:]) == ["failed"] * 3
    # What failed and comes after all lets the service run again.
    owes.pays("123", 1)
    days("2026-07-31")
    assert owes.state() == "active"


def test_everything_waits_while_a_payment_is_under_way(owes: Debtor, policy: Policy, days: Days, world: World) -> None:
    policy(retries="0", suspend_after="2", reminders="1 email")
    sandbox.script("", deaf=True, swallows_start=True)
    days("2026-07-15")
    answers(world)
    assert Payment.objects.latest("pk").state in ("started", "unknown")
    days("2026-07-19")
    assert owes.steps == [("retry", 0, "07-15", "taken")]
    # Five days are patience enough.
    days("2026-07-21")
    assert owes.steps[1:] == [("remind", 1, "07-21", "taken"), ("suspend", 0, "07-21", "taken")]


def test_a_payment_that_the_customer_began_is_not_charged_a_second_time(
    owes: Debtor, policy: Policy, days: Days, world: World
) -> None:
    policy(retries="0, 3", reminders="none")
    begun = pay_invoice(owes.invoices[1], "test", key="own")
    asking.send(begun.public_id)
    days("2026-07-20")
    assert (owes.steps, Payment.objects.count()) == ([], 2)
    with pytest.raises(Refused, match="is under way"):
        collect(owes.invoices[1], key="k")


def test_without_a_saved_method_the_attempt_is_skipped(owes: Debtor, policy: Policy, days: Days, world: World) -> None:
    policy(retries="0, 3", suspend_after="14", reminders="none")
    retire_method(Method.objects.get())
    days("2026-07-20")
    assert owes.steps == [("retry", 0, "07-15", "skipped"), ("retry", 1, "07-18", "skipped")]
    assert set(Step.objects.values_list("reason", flat=True)) == {
        f"invoice {owes.invoices[1]}: the customer lets no gateway keep a way to pay"
    }


def test_what_the_customer_no_longer_agrees_to_is_skipped(
    owes: Debtor, policy: Policy, days: Days, world: World
) -> None:
    policy(retries="0", suspend_after="14", reminders="none")
    withdraw(Agreement.objects.get())
    days("2026-07-20")
    assert (owes.steps, Payment.objects.count()) == ([("retry", 0, "07-15", "skipped")], 1)
    reason = f"invoice {owes.invoices[1]}: the customer lets no invoices be charged"
    assert Step.objects.get().reason == reason


def test_collecting_is_done_once_per_key(owes: Debtor, world: World) -> None:
    first = collect(owes.invoices[1], key="k")
    assert collect(owes.invoices[1], key="k").pk == first.pk
    with pytest.raises(Refused, match="began payment"):
        collect(owes.invoices[0], key="k")
    answers(world)
    with pytest.raises(Refused, match="nothing is to pay"):
        collect(owes.invoices[1], key="other")
    assert collect(owes.invoices[1], key="k").pk == first.pk
    assert Payment.objects.count() == 2
