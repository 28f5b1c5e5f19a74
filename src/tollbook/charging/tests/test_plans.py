"""Changing when a customer pays: prepaid to postpaid in the middle of a month and back, nothing lost, nothing twice."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from tollbook.charging import plans
from tollbook.charging.models import Charge, Draw
from tollbook.customers.actions import set_contract
from tollbook.customers.models import Customer, PlanChange
from tollbook.customers.rules import BillingPlan, ContractType, draws_on_wallet
from tollbook.features.actions import set_value
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.site.tests.world import Party, World, instant

POSTPAID, PREPAID, FLEXIBLE = BillingPlan


@pytest.mark.parametrize(
    ("plan", "mode", "drawn"),
    [
        ("POSTPAID", "postpaid", False),
        ("POSTPAID", "prepaid", False),
        ("PREPAID", "postpaid", True),
        ("PREPAID", "prepaid", True),
        ("FLEXIBLE", "postpaid", False),
        ("FLEXIBLE", "prepaid", True),
    ],
)
def test_what_is_drawn_at_once(plan: str, mode: str, drawn: bool) -> None:
    assert draws_on_wallet(plan, mode) is drawn


def to(party: Party, plan: BillingPlan, on: str = "", key: str = "") -> PlanChange:
    """Change the customer's plan now, or from `on`."""
    key = key or f"change-{PlanChange.objects.count()}"
    return plans.switch(party.row.public_id, plan, key=key, at=instant(on) if on else None)


def run(world: World, on: str) -> None:
    """Put the clock forward, and do what the hourly run does then."""
    world.on(on)
    plans.turn_due(world.now)
    world.close()


def drawn(party: Party) -> list[str]:
    """What was drawn, in order."""
    return [plain(d.amount) for d in Draw.objects.filter(charge__customer=party.row).order_by("pk")]


def settled(party: Party) -> list[tuple[str, str, str]]:
    """(total, prepaid, to pay) of each invoice."""
    return [(plain(i.total), plain(i.prepaid), plain(i.total - i.prepaid)) for i in party.invoices]


@pytest.fixture
def cloud(world: World) -> World:
    """Use at 1.00 an hour and a fee of 10.00 in advance, both postpaid as they say; 23 % tax."""
    world.meter("hours")
    world.plan("cloud", world.metered("hours", "1"), world.monthly("10", in_advance=True))
    return world


def test_prepaid_draws_fees_and_use_whatever_the_price_says(cloud: World) -> None:
    acme = cloud.customer(billing_plan="PREPAID").tops_up("100").buys("cloud")
    run(cloud, "2026-05-01 01:00")
    assert (drawn(acme), acme.balance) == (["12.3"], "87.7")
    acme.uses("hours", 10, "2026-05-02")
    run(cloud, "2026-05-02 01:00")
    assert (drawn(acme), acme.balance) == (["12.3", "12.3"], "75.4")
    run(cloud, "2026-06-01")
    # June's fee is drawn when June begins and waits for its invoice like May's did.
    assert settled(acme)[-1][2] == "0"
    assert sum(i.total for i in acme.invoices) == sum(i.prepaid for i in acme.invoices)
    assert acme.balance == "63.1"


def test_postpaid_draws_nothing_whatever_the_price_says(world: World) -> None:
    world.meter("hours").plan("cloud", world.metered("hours", "1", prepaid=True))
    acme = world.customer(billing_plan="POSTPAID").tops_up("100").buys("cloud").uses("hours", 10, "2026-05-02")
    run(world, "2026-05-03")
    assert (drawn(acme), acme.charges, acme.balance) == ([], [], "100")
    run(world, "2026-06-01")
    assert (settled(acme), acme.balance) == ([("12.3", "0", "12.3")], "100")


def test_prepaid_to_postpaid_and_back_in_one_month(cloud: World) -> None:
    """10 hours prepaid, 20 postpaid, 30 prepaid: 40 hours and the fee are drawn, 20 hours are to pay."""
    acme = cloud.customer(billing_plan="PREPAID").tops_up("100").buys("cloud")
    acme.uses("hours", 10, "2026-05-02")
    run(cloud, "2026-05-10")
    assert acme.balance == "75.4"
    to(acme, POSTPAID)
    acme.uses("hours", 20, "2026-05-12")
    run(cloud, "2026-05-20")
    assert acme.balance == "75.4"
    to(acme, PREPAID)
    # The 20 hours were charged when the plan changed, for the invoice: the wallet does not pay for them.
    assert acme.balance == "75.4"
    acme.uses("hours", 30, "2026-05-21")
    run(cloud, "2026-05-22")
    assert acme.balance == "38.5"
    run(cloud, "2026-06-01")
    use = [c for c in acme.charges if c[0] == "hours"]
    assert use == [("hours", "10", "10"), ("hours", "20", "20"), ("hours", "30", "30")]
    # June's fee of 12.30 was drawn, too.
    assert acme.balance == "26.2"
    due = [s for s in settled(acme) if s[2] != "0"]
    assert due == [("86.1", "61.5", "24.6")]
    # 60 hours and two fees, with tax; nothing is billed twice.
    assert sum(Decimal(s[0]) for s in settled(acme)) == Decimal("98.4")


def test_postpaid_to_prepaid_charges_the_open_use_first(cloud: World) -> None:
    acme = cloud.customer(billing_plan="POSTPAID").tops_up("100").buys("cloud").uses("hours", 10, "2026-05-02")
    run(cloud, "2026-05-10")
    assert [c for c in acme.charges if c[0] == "hours"] == []
    to(acme, PREPAID)
    assert [c for c in acme.charges if c[0] == "hours"] == [("hours", "10", "10")]
    assert (drawn(acme), acme.balance) == ([], "100")
    # Use that comes in late is charged when it comes: to the wallet.
    acme.uses("hours", 1, "2026-05-03")
    run(cloud, "2026-05-10 02:00")
    assert (drawn(acme), acme.balance) == (["1.23"], "98.77")
    run(cloud, "2026-06-01")
    assert sum(Decimal(s[2]) for s in settled(acme)) == Decimal("24.6")  # 10 hours and May's fee


def test_a_planned_change_begins_at_its_hour(cloud: World) -> None:
    """The worker was down: what was used before the hour is charged under the old plan all the same."""
    acme = cloud.customer(billing_plan="POSTPAID").tops_up("100").buys("cloud")
    run(cloud, "2026-05-02")
    made = to(acme, PREPAID, "2026-05-10 12:00")
    assert (Customer.objects.get().billing_plan, made.turned_at) == ("POSTPAID", None)
    acme.uses("hours", 10, "2026-05-10 11:59").uses("hours", 5, "2026-05-10 12:00")
    run(cloud, "2026-05-10 15:00")
    assert Customer.objects.get().billing_plan == "PREPAID"
    assert [c for c in acme.charges if c[0] == "hours"] == [("hours", "10", "10"), ("hours", "5", "5")]
    assert drawn(acme) == ["6.15"]
    # Another run finds nothing to turn.
    assert plans.turn_due(cloud.now) == 0


def test_at_the_border_of_a_month_each_fee_belongs_to_its_plan(cloud: World) -> None:
    acme = cloud.customer(billing_plan="POSTPAID").tops_up("100").buys("cloud").uses("hours", 10, "2026-05-02")
    run(cloud, "2026-05-03")
    to(acme, PREPAID, "2026-06-01")
    run(cloud, "2026-06-01")
    # June's fee is drawn; May's fee and use are to pay.
    assert (drawn(acme), acme.balance) == (["12.3"], "87.7")
    assert sum(Decimal(s[2]) for s in settled(acme)) == Decimal("24.6")


def test_a_change_is_made_once(cloud: World) -> None:
    acme = cloud.customer(billing_plan="POSTPAID").tops_up("100").buys("cloud").uses("hours", 10, "2026-05-02")
    run(cloud, "2026-05-10")
    first = to(acme, PREPAID, key="k")
    charges = Charge.objects.count()
    assert to(acme, PREPAID, key="k") == first
    assert (PlanChange.objects.count(), Charge.objects.count()) == (1, charges)
    with pytest.raises(Refused) as other:
        to(acme, POSTPAID, key="k")
    assert other.value.code == "plan_change_key_conflict"


@pytest.mark.parametrize(
    ("becomes", "on", "code"),
    [
        (POSTPAID, "", "same_billing_plan"),
        (PREPAID, "", "no_wallet"),
        (FLEXIBLE, "2026-05-09", "in_the_past"),
        (FLEXIBLE, "2026-05-11 10:30", "not_on_the_hour"),
    ],
)
def test_refused_changes_change_nothing(cloud: World, becomes: BillingPlan, on: str, code: str) -> None:
    acme = cloud.customer(billing_plan="POSTPAID").buys("cloud").uses("hours", 10, "2026-05-02")
    run(cloud, "2026-05-10")
    before = acme.charges
    with pytest.raises(Refused) as why:
        to(acme, becomes, on)
    assert why.value.code == code
    assert (acme.charges, PlanChange.objects.count()) == (before, 0)
    assert Customer.objects.get().billing_plan == "POSTPAID"


def test_full_hours_are_those_of_the_customer(cloud: World) -> None:
    acme = cloud.customer(zone="Asia/Kolkata", billing_plan="POSTPAID").buys("cloud")
    with pytest.raises(Refused) as why:
        to(acme, FLEXIBLE, "2026-05-11 10:00")
    assert why.value.code == "not_on_the_hour"
    assert to(acme, FLEXIBLE, "2026-05-11 10:30").turned_at is None


def test_a_planned_change_can_be_called_off(cloud: World) -> None:
    acme = cloud.customer(billing_plan="POSTPAID").tops_up("100").buys("cloud")
    to(acme, PREPAID, "2026-05-10", key="k")
    with pytest.raises(Refused) as second:
        to(acme, FLEXIBLE, "2026-05-11")
    assert second.value.code == "plan_change_planned"
    plans.call_off(acme.row.public_id, "k")
    plans.call_off(acme.row.public_id, "k")
    run(cloud, "2026-05-11")
    assert Customer.objects.get().billing_plan == "POSTPAID"
    to(acme, PREPAID, key="now")
    with pytest.raises(Refused) as over:
        plans.call_off(acme.row.public_id, "now")
    assert over.value.code == "plan_change_over"
    with pytest.raises(NotFound):
        plans.call_off(acme.row.public_id, "none")


def test_the_database_keeps_changes(cloud: World) -> None:
    acme = cloud.customer(billing_plan="POSTPAID").tops_up("100").buys("cloud")
    row = to(acme, PREPAID)
    for change in ({"becomes": "FLEXIBLE"}, {"starts_at": instant("2026-04-01")}, {"turned_at": None}):
        with pytest.raises(DatabaseError, match="a frozen column cannot change"), transaction.atomic():
            PlanChange.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        row.delete()


def test_what_is_bought_after_a_change_follows_it(cloud: World) -> None:
    acme = cloud.customer(billing_plan="POSTPAID").tops_up("100")
    to(acme, PREPAID)
    acme.buys("cloud").uses("hours", 10, "2026-05-01")
    run(cloud, "2026-05-01 02:00")
    assert acme.balance == "75.4"


def test_prepaid_use_that_is_drawn_when_the_period_ends(cloud: World) -> None:
    set_value("charging.prepaid_hourly", False)
    acme = cloud.customer(billing_plan="PREPAID").tops_up("100").buys("cloud").uses("hours", 10, "2026-05-02")
    run(cloud, "2026-05-03")
    assert acme.balance == "87.7"
    run(cloud, "2026-06-01")
    assert acme.balance == "63.1"
    assert sum(i.total for i in acme.invoices) == sum(i.prepaid for i in acme.invoices)
    # Another customer may have it otherwise.
    set_value("charging.prepaid_hourly", True)
    acme.uses("hours", 1, "2026-06-02")
    run(cloud, "2026-06-02 01:00")
    assert acme.balance == "61.87"


def test_the_part_that_a_wallet_cannot_pay_is_on_the_invoice(cloud: World) -> None:
    acme = cloud.customer(billing_plan="PREPAID").tops_up("20").buys("cloud").uses("hours", 10, "2026-05-02")
    run(cloud, "2026-05-03")
    assert acme.balance == "0"
    run(cloud, "2026-06-01")
    assert sum(i.prepaid for i in acme.invoices) == Decimal(20)
    assert sum(i.total for i in acme.invoices) == Decimal("36.9") - Decimal("0")


def test_new_customers_get_the_plan_of_the_settings(world: World) -> None:
    set_value("customers.individual_plan", "PREPAID")
    set_value("customers.billing_plan", "POSTPAID")
    assert world.customer("a", kind="individual").row.billing_plan == "PREPAID"
    assert world.customer("b").row.billing_plan == "POSTPAID"
    assert world.customer("c", billing_plan="FLEXIBLE").row.billing_plan == "FLEXIBLE"
    # Who is there keeps what it has.
    set_value("customers.billing_plan", "FLEXIBLE")
    assert Customer.objects.get(reference="b").billing_plan == "POSTPAID"


def test_contracts(world: World) -> None:
    with pytest.raises(Refused) as off:
        world.customer("acme", contract_type="fixed")
    assert off.value.code == "no_contract_types"
    assert not Customer.objects.exists()
    set_value("customers.contract_types", True)
    acme = world.customer("acme", contract_type="fixed").row
    set_value("customers.contract_types", False)
    assert Customer.objects.get().contract_type == "fixed"
    set_contract(acme, ContractType.PAY_AS_YOU_GO, reason="as agreed")
    with pytest.raises(Refused) as again:
        set_contract(acme, ContractType.FIXED, reason="as agreed")
    assert again.value.code == "no_contract_types"


def test_one_currency(world: World) -> None:
    set_value("customers.multi_currency", False)
    with pytest.raises(Refused) as why:
        world.customer("acme", currency="USD")
    assert why.value.code == "one_currency"
    assert not Customer.objects.exists()
