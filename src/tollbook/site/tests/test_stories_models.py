"""How customers pay, model by model, through leap days and changes of the clocks; each sum is worked out beside it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tollbook.base.schedule import run_due
from tollbook.catalog.models import Product
from tollbook.charging import alerts, plans
from tollbook.charging.models import SpendTold
from tollbook.charging.rules import Threshold
from tollbook.customers.models import Customer
from tollbook.customers.rules import BillingPlan
from tollbook.customers.settings import CONTRACT_TYPES
from tollbook.dunning.models import Step
from tollbook.dunning.policies import say
from tollbook.dunning.policy import Level
from tollbook.dunning.policy_text import from_text
from tollbook.features.actions import set_value
from tollbook.features.registry import Level as FeatureLevel
from tollbook.invoicing.settings import INTERIM_AMOUNT
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, plain
from tollbook.payments.actions import receive
from tollbook.site.tests.world import Party, World, instant
from tollbook.wallets import holds, top_ups
from tollbook.wallets.actions import open_wallet, top_up
from tollbook.wallets.models import Wallet
from tollbook.wallets.rules import AtZero

EXEMPT: dict[str, Any] = {"profile": {"exempt_reason": "Outside the scope of VAT"}}
HOUR = timedelta(hours=1)


def at(world: World, when: Any) -> None:
    """Put the clock forward, and do what the hourly run does then."""
    world.on(when)
    run_due(world.now)


def state(party: Party, key: str) -> str:
    """The state of a subscription."""
    found = party.subscriptions[key]
    found.refresh_from_db()
    return str(found.state)


def asked(party: Party) -> list[tuple[str, str]]:
    """(total, prepaid) of each invoice."""
    return [(plain(i.total), plain(i.prepaid)) for i in party.invoices]


# Prepaid by use: an hour costs 1.00, ten are paid ahead.


@pytest.fixture
def prepaid(world: World) -> Callable[..., tuple[Party, Wallet]]:
    """`prepaid(...)`: hours that a wallet with 10.00, the customer's or the subscription's own, pays for as they are used."""

    def make(begins: str, policy: AtZero, grace: int, zone: str, *, own: bool) -> tuple[Party, Wallet]:
        world.meter("support").plan("support", world.metered("support", "1", prepaid=True), valid_from="2020-01-01")
        world.on(begins)
        acme = world.customer("acme", zone=zone, **EXEMPT).buys("support", begins)
        scope = acme.subscriptions["support"].public_id if own else ""
        wallet = open_wallet(acme.row, "EUR", scope=scope)
        top_up(wallet.pk, Money(Decimal(10), "EUR"), key="first")
        top_ups.decide_at_zero(wallet.pk, policy, grace)
        return acme, wallet

    return make


@pytest.mark.parametrize(
    "times",
    [
        ("UTC", "2028-02-29 00:00", "2028-03-01 00:00", False),  # all of it on the leap day
        ("Europe/Berlin", "2027-10-30 20:00", "2027-10-31 23:00", True),  # over the hour that comes twice
        ("Asia/Kolkata", "2027-12-31 00:30", "2027-12-31 18:30", False),  # in half hours, up to the year's end there
    ],
)
@pytest.mark.parametrize(
    "rule",
    [
        # Hours worked before and after 5.00 are paid in at the 16th hour, and what no wallet has paid.
        # Refused: nothing new is begun, but work that is done is owed: 4 of the first 14 are on the invoice.
        (AtZero.REFUSE, 0, 14, 4),
        (AtZero.OVERAGE, 0, 14, 4),
        # Stopped in the hour in which the tenth is drawn.
        (AtZero.SUSPEND, 0, 10, 0),
        # Three hours more, then stopped.
        (AtZero.GRACE, 3, 13, 3),
    ],
)
def test_hours_paid_ahead_and_what_happens_at_nothing(
    world: World,
    prepaid: Callable[..., tuple[Party, Wallet]],
    times: tuple[str, str, str, bool],
    rule: tuple[AtZero, int, int, int],
) -> None:
    (zone, begins, ends, own), (policy, grace, works, to_pay) = times, rule
    acme, wallet = prepaid(begins, policy, grace, zone, own=own)
    first, worked = instant(begins), 0
    for hour in range(14):
        if state(acme, "support") == "active":
            acme.uses("support", 1, first + hour * HOUR + timedelta(minutes=5))
            worked += 1
        at(world, first + (hour + 1) * HOUR)
        wallet.refresh_from_db()
        assert plain(wallet.balance) == plain(Decimal(max(10 - worked, 0)))
    stopped = policy in (AtZero.SUSPEND, AtZero.GRACE)
    assert (worked, state(acme, "support")) == (works, "suspended" if stopped else "active")
    with pytest.raises(Refused) as empty:
        holds.hold(wallet.pk, Money(Decimal(1), "EUR"), key="one more")
    assert empty.value.code == "wallet_short"
    # Money comes, and the service runs again by itself.
    top_up(wallet.pk, Money(Decimal(5), "EUR"), key="second")
    at(world, first + 15 * HOUR)
    assert state(acme, "support") == "active"
    acme.uses("support", 2, first + 15 * HOUR + timedelta(minutes=5))
    at(world, first + 16 * HOUR)
    wallet.refresh_from_db()
    assert plain(wallet.balance) == "3"
    at(world, instant(ends) + HOUR)
    assert asked(acme) == [(str(works + 2), str(works + 2 - to_pay))]


# Billed in arrears: 30.00 once, 12.00 a month, an hour 1.00.


def desk(world: World, zone: str, begins: str) -> Party:
    world.meter("support")
    world.plan("desk", world.once("30"), world.monthly("12"), world.metered("support", "1"), valid_from="2020-01-01")
    world.on(begins)
    return world.customer("acme", zone=zone, billing_plan="POSTPAID", **EXEMPT).buys("desk", begins)


ZONES = pytest.mark.parametrize(
    "month",
    [
        # Zone, beginning, a day in it, end: February with its leap day, the months in which clocks change.
        ("America/New_York", "2028-02-01 05:00", "2028-02-10 12:00", "2028-03-01 05:00"),
        ("America/New_York", "2027-11-01 04:00", "2027-11-07 06:30", "2027-12-01 05:00"),
        ("Europe/Berlin", "2027-02-28 23:00", "2027-03-28 01:30", "2027-03-31 22:00"),
        ("Europe/Berlin", "2027-09-30 22:00", "2027-10-31 00:30", "2027-10-31 23:00"),
        ("Asia/Kolkata", "2027-11-30 18:30", "2027-12-10 12:00", "2027-12-31 18:30"),
    ],
)


@ZONES
@pytest.mark.parametrize(
    ("before", "spent"),
    [
        # 30.00 and ten hours, while the month runs; or with the fee of 12.00, when its last minutes are known.
        (timedelta(hours=2), "40"),
        (timedelta(minutes=10), "52"),
    ],
)
def test_in_arrears_with_an_alert(world: World, month: tuple[str, ...], before: timedelta, spent: str) -> None:
    zone, begins, middle, ends = month
    acme = desk(world, zone, begins)
    alerts.alert(acme.row, Threshold(amount=Decimal(40)))
    at(world, instant(begins) + HOUR)
    acme.uses("support", 5, middle)
    at(world, instant(middle) + HOUR)
    # 30.00 and five hours.
    assert not SpendTold.objects.exists()
    last = instant(ends) - before
    acme.uses("support", 5, last)
    at(world, last + HOUR)
    at(world, instant(ends) + HOUR)
    # Told once, of its month, and 30 + 12 + 10 to pay; the next month is 12 alone.
    told = [(plain(told.spent), told.month.month) for told in SpendTold.objects.all()]
    assert (told, acme.totals) == ([(spent, instant(middle).month)], ["52"])
    at(world, instant(ends) + timedelta(days=32))
    assert (acme.totals, SpendTold.objects.count()) == (["52", "12"], 1)


@ZONES
def test_an_interim_invoice_changes_when_and_not_what_is_paid(world: World, month: tuple[str, ...]) -> None:
    zone, begins, middle, ends = month
    acme = desk(world, zone, begins)
    set_value(INTERIM_AMOUNT, {"EUR": "50"}, level=FeatureLevel.CUSTOMER, scope_id=acme.row.public_id)
    at(world, instant(begins) + HOUR)
    acme.uses("support", 19, middle)
    at(world, instant(middle) + HOUR)
    # 30 and 19 hours: not yet.
    assert acme.totals == []
    acme.uses("support", 1, instant(middle) + HOUR)
    at(world, instant(middle) + 2 * HOUR)
    assert acme.totals == ["50"]
    acme.uses("support", 4, instant(ends) - timedelta(minutes=10))
    at(world, instant(ends) + HOUR)
    # 12 and the four hours since; together 66, as one invoice would ask.
    assert acme.totals == ["50", "16"]


# Recurring, with what is included; under a fixed contract nothing without a fee.


def test_a_bundle_under_a_fixed_contract(world: World) -> None:
    """9.00 ahead with 100 messages; each further one 0.05, billed with the next month's fee."""
    world.meter("sms")
    world.plan(
        "bundle", world.monthly("9", in_advance=True), world.metered("sms", "0.05", allowance="100"),
        valid_from="2020-01-01",
    )  # fmt: skip
    world.plan("use", world.metered("sms", "0.07"), valid_from="2020-01-01")
    world.on("2028-01-01")
    set_value(CONTRACT_TYPES, True)
    fixed = world.customer("fixed", contract_type=Customer.ContractType.FIXED, **EXEMPT)
    with pytest.raises(Refused) as free:
        fixed.buys("use")
    assert (free.value.code, fixed.row.subscriptions.count()) == ("contract_needs_fee", 0)
    fixed.buys("bundle", "2028-01-01")
    payg = world.customer("payg", **EXEMPT).buys("use", "2028-01-01")
    at(world, "2028-01-01 01:00")
    for sent, until in ((100, "2028-02-01"), (150, "2028-03-01"), (0, "2028-04-01")):
        when = instant(until) - timedelta(days=1)
        for party in (fixed, payg):
            if sent:
                party.uses("sms", sent, when)
        at(world, instant(until) + HOUR)
    # February's 50 messages too many (2.50) stand beside the fee of March.
    assert fixed.totals == ["9", "9", "11.5", "9"]
    # 100 and 150 at 0.07, and the month without a message asks for nothing.
    assert [total for total in payg.totals if total != "0"] == ["7", "10.5"]


# The billing plan changes in the middle of a month, and no hour is paid twice or not at all.


@pytest.mark.parametrize(
    ("zone", "begins", "first", "second", "ends"),
    [
        # On the hour before and after clocks change, on the leap day, and at half past in a half-hour zone.
        ("Europe/Berlin", "2028-02-29 23:00", "2028-03-26 00:00", "2028-03-26 01:00", "2028-03-31 22:00"),
        ("America/New_York", "2027-11-01 04:00", "2027-11-07 05:00", "2027-11-07 06:00", "2027-12-01 05:00"),
        ("America/New_York", "2028-02-01 05:00", "2028-02-29 05:00", "2028-02-29 17:00", "2028-03-01 05:00"),
        ("Asia/Kolkata", "2027-12-31 18:30", "2028-01-10 04:30", "2028-01-20 04:30", "2028-01-31 18:30"),
    ],
)
def test_prepaid_then_in_arrears_then_as_each_price_says(
    world: World, zone: str, begins: str, first: str, second: str, ends: str
) -> None:
    world.meter("a").meter("b").plan(
        "mixed", world.metered("a", "1"), world.metered("b", "1", prepaid=True), valid_from="2020-01-01"
    )  # fmt: skip
    world.on(begins)
    acme = world.customer("acme", zone=zone, billing_plan="PREPAID", **EXEMPT).tops_up("100").buys("mixed", begins)
    before = timedelta(minutes=20)
    # Five and seven before the first change, drawn at once.
    acme.uses("a", 5, instant(first) - before).uses("b", 7, instant(first) - before)
    plans.switch(acme.row.public_id, BillingPlan.POSTPAID, key="1", at=instant(first))
    at(world, instant(first) + HOUR / 2)
    assert acme.balance == "88"
    # Eleven and thirteen in arrears.
    acme.uses("a", 11, instant(second) - before).uses("b", 13, instant(second) - before)
    plans.switch(acme.row.public_id, BillingPlan.FLEXIBLE, key="2", at=instant(second))
    at(world, instant(second) + HOUR / 2)
    assert acme.balance == "88"
    # Then only what its price says is paid ahead: 19, and not 17.
    acme.uses("a", 17, instant(second) + HOUR / 2).uses("b", 19, instant(second) + HOUR / 2)
    at(world, instant(second) + 2 * HOUR)
    assert acme.balance == "69"
    at(world, instant(ends) + HOUR)
    # 5 + 7 + 11 + 13 + 17 + 19, of which 5 + 7 + 19 are paid.
    assert asked(acme) == [("72", "31")]
    assert acme.balance == "69"


# Two months of not paying, and all runs again.


@pytest.mark.parametrize(
    ("zone", "begins", "due"),
    [
        ("Europe/Berlin", "2028-01-31 23:00", "2028-02-29 23:00"),
        ("America/New_York", "2027-10-01 04:00", "2027-11-01 04:00"),
    ],
)
def test_two_months_of_dunning_and_a_resume(world: World, zone: str, begins: str, due: str) -> None:
    """A fee of 100.00, due in 14 days; reminded after 1, fined 5.00 after 10, stopped after 14 days."""
    Product.objects.create(brand=world.brand, code="late-fees", name="Late fees")
    policy = {
        "reminders": "1 email", "fee_after": "10", "fee_fixed": "EUR 5", "fee_product": "late-fees", "suspend_after": "14",
    }  # fmt: skip
    say(Level.BRAND, world.brand.public_id, {key: from_text(key, text) for key, text in policy.items()})
    world.plan("rent", world.monthly("100"), valid_from="2020-01-01")
    world.on(begins)
    acme = world.customer("acme", zone=zone, **EXEMPT).buys("rent", begins)
    at(world, instant(due) + HOUR)
    assert acme.totals == ["100"]
    issued = acme.invoices[0].issued_on
    assert issued is not None
    seen: dict[str, int] = {}
    for day in range(1, 31):
        at(world, instant(due) + timedelta(days=day, hours=8))
        for step in Step.objects.filter(customer=acme.row, invoice=acme.invoices[0]):
            seen.setdefault(step.kind, (step.taken_at.date() - issued).days)
    # Due 14 days after it was issued.
    assert seen == {"remind": 15, "fee": 24, "suspend": 28}
    assert state(acme, "rent") == "suspended"
    first, late = acme.invoices[0], next(i for i in acme.invoices if plain(i.total) == "5")
    receive(acme.row, Money(Decimal(100), "EUR"), "manual", "t1", invoice=first)
    at(world, instant(due) + timedelta(days=31))
    # What stopped it is paid; the fee is not yet overdue.
    assert state(acme, "rent") == "active"
    for number, invoice in enumerate(i for i in acme.invoices if i.state == "issued"):
        receive(acme.row, Money(invoice.to_pay, "EUR"), "manual", f"more{number}", invoice=invoice)
    at(world, instant(due) + timedelta(days=62))
    late.refresh_from_db()
    assert (late.state, state(acme, "rent")) == ("paid", "active")
    # Fees go on while it is stopped: each month is 100.00, and one late fee.
    assert sorted(acme.totals, key=Decimal) == ["5", "100", "100", "100"]
