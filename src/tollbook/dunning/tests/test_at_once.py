"""Runs, payments and acts at once: each step is taken once, and nobody who has paid is stopped."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tollbook.dunning.actions import dun_customer, dun_due
from tollbook.dunning.models import Notice, Step, Stop
from tollbook.dunning.tests.conftest import STRICT, Debtor
from tollbook.invoicing.models import Debit, Invoice
from tollbook.kernel.money import Money
from tollbook.payments.actions import receive
from tollbook.site.tests.world import World, instant

Make = Callable[..., Debtor]
Policy = Callable[..., None]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("runs", [2, 4])
def test_runs_at_once_take_each_step_once(
    world: World, debtor: Make, policy: Policy, at_once: Callable[..., list[Any]], runs: int
) -> None:
    policy(**STRICT)
    debtors = [debtor(name) for name in ("acme", "bolt", "cork")]
    world.on("2026-07-01 06:00").charge()
    at = world.now
    assert sum(at_once(*[lambda: dun_due(at)] * runs)) == 15
    for each in debtors:
        assert [step[0] for step in each.steps] == ["remind", "remind", "remind", "fee", "suspend"]
        assert (each.fees, each.state()) == (["6.15"], "suspended")
    assert (Debit.objects.count(), Stop.objects.count(), Notice.objects.count()) == (3, 3, 9)


def test_who_pays_at_that_moment_is_not_stopped_for_long(
    world: World, debtor: Make, policy: Policy, at_once: Callable[..., list[Any]]
) -> None:
    policy(suspend_after="14", reminders="none")
    acme = debtor()
    world.on("2026-06-29 06:00").charge()
    at, row, invoice = world.now, acme.row, acme.invoices[0]
    money = Money(Decimal(123), "EUR")
    at_once(
        lambda: dun_customer(row.pk, at), lambda: receive(row, money, "manual", "r1", invoice=invoice),
        lambda: dun_customer(row.pk, at),
    )  # fmt: skip
    dun_customer(row.pk, at)
    # Either it was paid first, and never stopped, or it was stopped first and runs again.
    assert acme.state() == "active"
    assert not Stop.objects.filter(lifted_at=None).exists()


def test_a_payment_waits_for_the_run_and_the_run_for_a_payment(
    world: World, debtor: Make, policy: Policy, at_once: Callable[..., list[Any]]
) -> None:
    policy(fee_after="1", fee_percent="10", fee_product="late-fees", reminders="none")
    acme = debtor()
    world.on("2026-06-16 06:00")
    at, row, invoice = world.now, acme.row, acme.invoices[0]
    at_once(
        lambda: dun_customer(row.pk, at),
        lambda: receive(row, Money(Decimal(23), "EUR"), "manual", "r1", invoice=invoice),
    )
    step = Step.objects.get()
    # The fee is of what was open then, whichever came first.
    fee = Debit.objects.get()
    assert (step.open, fee.amount) in ((Decimal(123), Decimal("12.30")), (Decimal(100), Decimal("10.00")))


def test_the_database_takes_no_step_twice(world: World, debtor: Make, policy: Policy) -> None:
    policy(**STRICT)
    acme = debtor()
    world.on(instant("2026-06-29 06:00")).charge()
    dun_due()
    for step in Step.objects.order_by("pk"):
        step.pk, step.public_id, step.fee_invoice, step.payment = None, f"dst_{step.kind}", None, None
        step.outcome, step.reason = "skipped", "again"
        with pytest.raises(IntegrityError, match="dunning_step_once"), transaction.atomic():
            step.save(force_insert=True)
    stop = Stop.objects.get()
    stop.pk, stop.public_id = None, "dsp_other"
    with pytest.raises(IntegrityError, match="dunning_stop_one_open"), transaction.atomic():
        stop.save(force_insert=True)
    for table in ("dunning_step", "dunning_notice", "dunning_policy_value"):
        with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table}")
    assert Invoice.objects.filter(customer=acme.row).count() == 2
