"""Stories of unpaid invoices, day by day."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from tollbook.catalog.models import Product
from tollbook.dunning.actions import dun_again, dun_due, resume_due
from tollbook.dunning.models import Step, Stop
from tollbook.dunning.policy import Level
from tollbook.dunning.tests.conftest import STRICT, Debtor
from tollbook.features.actions import set_value
from tollbook.features.registry import Level as FeatureLevel
from tollbook.invoicing.credit_drafting import LineCredit
from tollbook.invoicing.crediting import credit
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.payments.applying import undo
from tollbook.payments.disputes import write_off
from tollbook.payments.models import Allocation
from tollbook.site.tests.world import World, instant
from tollbook.subscriptions.actions import resume, suspend
from tollbook.subscriptions.settings import SUSPEND_OVERDUE

Make = Callable[..., Debtor]
Policy = Callable[..., None]
Days = Callable[..., None]


def test_everything_in_its_turn(debtor: Make, policy: Policy, days: Days) -> None:
    policy(**STRICT)
    acme = debtor()
    days("2026-07-31")
    assert acme.steps == [
        ("remind", -3, "06-12", "taken"),
        ("remind", 1, "06-16", "taken"),
        ("remind", 7, "06-22", "taken"),
        ("fee", 0, "06-25", "taken"),
        ("suspend", 0, "06-29", "taken"),
        # The fee's own invoice is due on 9 July: it is reminded of, and neither bears a fee nor stops a service.
        ("remind", -3, "07-06", "taken"),
        ("remind", 1, "07-10", "taken"),
        ("terminate", 0, "07-15", "taken"),
        ("remind", 7, "07-16", "taken"),
    ]
    assert acme.fees == ["6.15"]
    assert acme.state() == "ended"
    assert acme.told[:5] == [
        "Invoice HARBOUR-2026-000001 is due on 15 June 2026",
        "Invoice HARBOUR-2026-000001 is 1 day overdue",
        "Invoice HARBOUR-2026-000001 is 7 days overdue",
        "Late fee on invoice HARBOUR-2026-000001",
        "Rent is suspended",
    ]


def test_payment_lets_run_again_what_dunning_has_stopped(
    debtor: Make, policy: Policy, days: Days, world: World
) -> None:
    policy(**STRICT)
    acme = debtor()
    days("2026-06-30")
    assert acme.state() == "suspended"
    world.on("2026-06-30 12:00")
    acme.pays("100")
    assert (resume_due(world.now), acme.state()) == (0, "suspended")
    acme.pays("23")
    assert (resume_due(world.now), acme.state()) == (1, "active")
    assert acme.told[-1] == "Rent runs again"
    assert resume_due(world.now) == 0
    days("2026-08-30")
    assert [step for step in acme.steps if step[0] == "terminate"] == []
    assert acme.state() == "active"


@pytest.mark.parametrize("again", [1, 3])
def test_a_second_run_on_the_same_day_does_nothing(debtor: Make, policy: Policy, world: World, again: int) -> None:
    policy(**STRICT)
    acme = debtor()
    world.on("2026-06-16 06:00")
    assert dun_due() == 2
    for _ in range(again):
        assert dun_due() == 0
    assert acme.steps == [("remind", -3, "06-16", "skipped"), ("remind", 1, "06-16", "taken")]


def test_what_is_paid_for_a_year_runs_on(debtor: Make, policy: Policy, days: Days, world: World) -> None:
    policy(**STRICT)
    world.plan("domain", world.monthly("120", in_advance=True))
    acme = debtor(close=False)
    acme.party.buys("domain", months=12, alignment="anchor")
    world.close()
    acme.pays("147.6")
    world.on("2026-06-01").close()
    assert [invoice.state for invoice in acme.invoices] == ["paid", "issued"]
    days("2026-07-31")
    assert (acme.state("rent"), acme.state("domain")) == ("ended", "active")


def test_both_services_of_an_unpaid_invoice_are_stopped(debtor: Make, policy: Policy, days: Days, world: World) -> None:
    policy(suspend_after="14")
    world.plan("backup", world.monthly("10"))
    acme = debtor(close=False)
    acme.party.buys("backup", "2026-05-01")
    world.on("2026-06-01").close()
    days("2026-06-29")
    assert (acme.state("rent"), acme.state("backup")) == ("suspended", "suspended")
    # What is open is money for the document: a part of it lets nothing run.
    acme.pays("12.3")
    assert resume_due(world.now) == 0
    (backup,) = [line for line in acme.invoices[0].lines.all() if line.name == "Fee" and line.section == "Backup"]
    credit(acme.invoices[0], [LineCredit(backup.public_id)], reason="Never delivered", key="k")
    days("2026-06-30")
    assert (acme.state("rent"), acme.state("backup")) == ("suspended", "active")


@pytest.mark.parametrize("how", ["credit", "write_off"])
def test_whatever_settles_the_invoice_lets_run_again(
    debtor: Make, policy: Policy, days: Days, world: World, how: str
) -> None:
    policy(suspend_after="14", reminders="none")
    acme = debtor()
    days("2026-06-29")
    assert acme.state() == "suspended"
    if how == "credit":
        credit(acme.invoices[0], reason="Goodwill", key="k")
    else:
        write_off(acme.invoices[0], reason="Lost", key="k")
    assert (resume_due(world.now), acme.state()) == (1, "active")
    assert acme.told == ["Rent is suspended", "Rent runs again"]


def test_what_somebody_else_has_stopped_stays_stopped(debtor: Make, policy: Policy, days: Days, world: World) -> None:
    policy(suspend_after="14", reminders="none")
    acme = debtor()
    suspend(acme.party.subscriptions["rent"].public_id)
    days("2026-07-03")
    assert (acme.steps, acme.state(), Stop.objects.count()) == ([], "suspended", 0)
    acme.pays("123")
    days("2026-07-05")
    assert acme.state() == "suspended"


def test_what_somebody_let_run_is_not_stopped_again_for_the_same_debt(
    debtor: Make, policy: Policy, days: Days, world: World
) -> None:
    policy(suspend_after="14", terminate_after="30", reminders="none")
    acme = debtor()
    days("2026-06-29")
    resume(acme.party.subscriptions["rent"].public_id)
    days("2026-07-20", bill=True)
    assert acme.state() == "active"
    assert acme.steps == [("suspend", 0, "06-29", "taken")]
    # The invoice of July is due on 15 July: it is another debt.
    days("2026-07-29", bill=True)
    assert acme.state() == "suspended"


def test_after_a_standstill_one_reminder_is_sent_and_nothing_ends(debtor: Make, policy: Policy, world: World) -> None:
    policy(**STRICT)
    acme = debtor()
    world.on("2026-09-01 06:00").charge()
    dun_due()
    assert acme.steps == [
        ("remind", -3, "09-01", "skipped"),
        ("remind", 1, "09-01", "skipped"),
        ("remind", 7, "09-01", "taken"),
        ("fee", 0, "09-01", "taken"),
        ("suspend", 0, "09-01", "taken"),
    ]
    reasons = Step.objects.order_by("pk").values_list("reason", flat=True)
    assert list(reasons)[:2] == ["a later one took its place", "a later one took its place"]
    assert acme.told == [
        "Invoice HARBOUR-2026-000001 is 78 days overdue",
        "Late fee on invoice HARBOUR-2026-000001",
        "Rent is suspended",
    ]
    world.on("2026-09-16 06:00").charge()
    dun_due()
    assert acme.state() == "suspended"
    world.on("2026-09-17 06:00").charge()
    dun_due()
    assert acme.state() == "ended"


def test_only_what_is_open_bears_the_fee(debtor: Make, policy: Policy, days: Days) -> None:
    policy(fee_after="10", fee_percent="10", fee_every="30", fee_most="2", fee_product="late-fees", reminders="none")
    acme = debtor()
    acme.pays("23")
    days("2026-06-25")
    acme.pays("50")
    days("2026-09-30")
    # 10 % of 100, then of 50, with 23 % of tax; the invoices of the fees bear none.
    assert acme.fees == ["12.3", "6.15"]
    assert acme.steps == [("fee", 0, "06-25", "taken"), ("fee", 1, "07-25", "taken")]


def test_a_fee_on_a_fee_only_where_the_policy_says_so(debtor: Make, policy: Policy, days: Days) -> None:
    policy(fee_after="10", fee_fixed="EUR 10", fee_product="late-fees", fee_on_fees="yes", reminders="none")
    acme = debtor()
    days("2026-07-20")
    assert acme.fees == ["12.3", "12.3"]
    first, second = [step.fee_invoice for step in Step.objects.filter(kind="fee").order_by("pk")]
    assert first and second
    assert [str(first.issued_on), str(first.due_on), str(second.issued_on)] == [
        "2026-06-25",
        "2026-07-09",
        "2026-07-19",
    ]


def test_a_fee_that_cannot_be_charged_stops_nothing_else(
    debtor: Make, policy: Policy, days: Days, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    policy(fee_after="10", fee_fixed="EUR 10", fee_product="no-such-product", suspend_after="10", reminders="none")
    acme, bolt = debtor("acme"), debtor("bolt")
    with caplog.at_level(logging.CRITICAL, logger="tollbook.dunning.actions"):
        days("2026-06-26")
    assert acme.steps == bolt.steps == [("suspend", 0, "06-25", "taken")]
    jobs = ProcrastinateJob.objects.filter(queueing_lock__startswith="dun:").values_list("args__name", flat=True)
    assert list(jobs) == ["tollbook.dunning.actions.dun_again"] * 2
    with pytest.raises(Refused, match="the brand has no such product"):
        dun_again(acme.row.pk)
    Product.objects.create(brand=world.brand, code="no-such-product", name="Fees")
    dun_again(acme.row.pk)
    assert acme.fees == ["12.3"]


def test_less_than_the_smallest_amount_is_left_alone(debtor: Make, policy: Policy, days: Days, world: World) -> None:
    policy(least_open="EUR 20", suspend_after="14", reminders="1 email")
    acme = debtor()
    acme.pays("103.01")
    days("2026-07-10")
    assert (acme.steps, acme.state()) == ([], "active")
    # The invoice of July is due on 24 July: from then on more is overdue in all.
    world.close()
    days("2026-07-25")
    assert acme.steps[0] == ("remind", 1, "07-25", "taken")
    assert acme.state() == "suspended"


def test_each_service_has_its_own_policy(debtor: Make, policy: Policy, days: Days, world: World) -> None:
    policy(suspend_after="14", reminders="none")
    world.plan("backup", world.monthly("10"))
    acme = debtor(close=False)
    acme.party.buys("backup", "2026-05-01")
    policy(Level.PRODUCT, acme.party.subscriptions["backup"].version.plan.product.public_id, suspend_after="20")
    policy(Level.SERVICE, acme.party.subscriptions["rent"].public_id, suspend_after="16")
    world.on("2026-06-01").close()
    days("2026-07-06")
    assert acme.steps == [("suspend", 0, "07-01", "taken"), ("suspend", 0, "07-05", "taken")]
    stopped = Stop.objects.order_by("pk").values_list("subscription__version__plan__code", flat=True)
    assert list(stopped) == ["rent", "backup"]


def test_services_are_not_stopped_where_the_setting_says_so(debtor: Make, policy: Policy, days: Days) -> None:
    policy(suspend_after="14", terminate_after="20", reminders="none")
    acme = debtor()
    set_value(SUSPEND_OVERDUE, False, level=FeatureLevel.CUSTOMER, scope_id=acme.row.public_id)
    days("2026-07-31")
    assert (acme.steps, acme.state()) == ([], "active")


def test_a_bounced_payment_stops_it_again(debtor: Make, policy: Policy, days: Days, world: World) -> None:
    policy(suspend_after="14", reminders="none")
    acme = debtor()
    days("2026-06-29")
    acme.pays("123")
    resume_due(world.now)
    set_value("payments.apply_credit", "off", level=FeatureLevel.CUSTOMER, scope_id=acme.row.public_id)
    undo(Allocation.objects.get().public_id, reason="Bounced")
    days("2026-06-30")
    assert acme.steps == [("suspend", 0, "06-29", "taken"), ("suspend", 1, "06-30", "taken")]
    assert acme.state() == "suspended"


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        # Due on 15 June: the day after begins at 11:00 UTC of 15 June in Kiritimati (+14), at 11:00 UTC of 16 June in Pago Pago.
        ("Pacific/Kiritimati", "2026-06-15 09:59", "2026-06-15 10:00"),
        ("Pacific/Pago_Pago", "2026-06-16 10:59", "2026-06-16 11:00"),
        ("Europe/Dublin", "2026-06-15 22:59", "2026-06-15 23:00"),
    ],
)
def test_days_are_those_of_the_brand(
    debtor: Make, policy: Policy, world: World, zone: str, before: str, after: str
) -> None:
    policy(reminders="1 email")
    world.brand.zone = zone
    world.brand.save(update_fields=["zone"])
    acme = debtor(close=False)
    world.on("2026-06-01 12:00").close()
    invoice = acme.invoices[0]
    assert str(invoice.due_on) == ("2026-06-16" if zone == "Pacific/Kiritimati" else "2026-06-15")
    shift = timedelta(days=1 if zone == "Pacific/Kiritimati" else 0)
    assert dun_due(instant(before) + shift) == 0
    assert dun_due(instant(after) + shift) == 1


def test_month_by_month_through_leap_day_and_year_end(debtor: Make, policy: Policy, days: Days, world: World) -> None:
    policy(suspend_after="14", reminders="none")
    acme = debtor(close=False)
    world.on("2027-12-01").close()
    while len(acme.invoices) < 1:
        world.close()
    acme.pays(plain(acme.invoices[0].open))
    days("2028-03-31", bill=True)
    stops = [step[2] for step in acme.steps if step[0] == "suspend"]
    # The invoice of 1 January is due on 15 January; it is not paid, so that the services stay stopped.
    assert stops == ["01-29"]
    assert [str(invoice.due_on) for invoice in acme.invoices[1:]] == ["2028-01-15", "2028-02-15", "2028-03-15"]
