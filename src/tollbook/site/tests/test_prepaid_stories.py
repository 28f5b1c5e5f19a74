"""The models that the platform is sold with, told over months on the virtual clock: prepaid hours with a threshold,
messages that are included up to a limit, and work that is billed in arrears.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tollbook.base.schedule import run_due
from tollbook.catalog.actions import plan, price_book, publish
from tollbook.catalog.models import PlanVersion
from tollbook.charging import plans
from tollbook.customers.rules import BillingPlan
from tollbook.features.actions import set_value
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, plain
from tollbook.payments import actions, asking
from tollbook.payments.models import Payment
from tollbook.site.tests.world import Party, World, instant
from tollbook.wallets import holds, queries, top_ups
from tollbook.wallets.models import TopUpRequest, Wallet

EXEMPT: dict[str, Any] = {"profile": {"exempt_reason": "Outside the scope of VAT"}}


def at(world: World, when: str) -> None:
    """Put the clock forward, and do what the hourly run does then."""
    world.on(when)
    run_due(world.now)


def usd(world: World, code: str, *prices: object) -> PlanVersion:
    """A plan in dollars."""
    found = plan(world.brand, code, code.title(), code, code.title())
    world.plans[code] = publish(found, price_book(world.brand, "USD"), prices, instant("2020-01-01"), "new")  # type: ignore[arg-type]
    return world.plans[code]


def wallet_of(party: Party) -> Wallet:
    return queries.of_customer(party.row).get()


def asked(party: Party) -> list[tuple[str, bool]]:
    """(amount, open) of each top-up that was asked for."""
    rows = TopUpRequest.objects.filter(wallet__customer=party.row).order_by("pk")
    return [(plain(r.amount), r.closed_at is None) for r in rows]


def pays(party: Party, key: str) -> Payment:
    """Pay the top-up that is asked for, on the gateway's page."""
    open_one = queries.open_request(wallet_of(party))
    assert open_one is not None
    payment = actions.pay_top_up(party.row, open_one.public_id, "test", key=key)
    asking.send(payment.public_id)
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    asking.ask(payment.public_id, "hint")
    payment.refresh_from_db()
    return payment


@pytest.fixture
def support(world: World) -> Party:
    """Support hours for 1 USD, 10 USD paid ahead, and a top-up of 10 USD asked for at nothing left."""
    world.meter("support")
    usd(world, "support", world.metered("support", "1"))
    acme = world.customer("acme", currency="USD", billing_plan="PREPAID", **EXEMPT).tops_up("10").buys("support")
    top_ups.ask_below(wallet_of(acme).pk, Decimal(0), Decimal(10))
    return acme


def test_ten_hours_and_the_next_invoice(world: World, support: Party) -> None:
    for hour in range(1, 11):
        support.uses("support", 1, f"2026-05-04 {hour:02}:30")
        at(world, f"2026-05-04 {hour + 1:02}:00")
        assert support.balance == str(10 - hour)
        assert asked(support) == ([("10", True)] if hour == 10 else [])
    # It is asked for once, however often the hour turns.
    at(world, "2026-05-05")
    assert asked(support) == [("10", True)]
    # Nothing is left to begin another hour with.
    with pytest.raises(Refused) as empty:
        holds.hold(wallet_of(support).pk, Money(Decimal(1), "USD"), key="hour-11")
    assert (empty.value.code, support.balance) == ("wallet_short", "0")
    paid = pays(support, "first")
    assert (paid.state, support.balance, asked(support)) == ("succeeded", "10", [("10", False)])
    support.uses("support", 3, "2026-05-05 10:00")
    at(world, "2026-05-05 11:00")
    assert support.balance == "7"
    # The month's invoice says what was used, and asks for nothing.
    at(world, "2026-06-01")
    assert [(plain(i.total), plain(i.prepaid), i.state) for i in support.invoices] == [("13", "13", "paid")]
    assert support.balance == "7"


def test_a_top_up_is_paid_once(world: World, support: Party) -> None:
    support.uses("support", 10, "2026-05-04")
    at(world, "2026-05-04 01:00")
    open_one = queries.open_request(wallet_of(support))
    assert open_one is not None
    payment = pays(support, "k")
    again = actions.pay_top_up(support.row, open_one.public_id, "test", key="k")
    assert again.pk == payment.pk
    with pytest.raises(Refused) as paid:
        actions.pay_top_up(support.row, open_one.public_id, "test", key="other")
    assert (paid.value.code, support.balance) == ("top_up_request_not_open", "10")


def test_what_is_asked_for_may_be_below_the_least_recharge(world: World, support: Party) -> None:
    """The limits are for what customers choose themselves."""
    set_value("payments.least_recharge", {"USD": "50"})
    support.uses("support", 10, "2026-05-04")
    at(world, "2026-05-04 01:00")
    with pytest.raises(Refused) as small:
        actions.add_funds(support.row, wallet_of(support).public_id, Money(Decimal(10), "USD"), "test", key="own")
    assert small.value.code == "recharge_too_small"
    assert pays(support, "k").state == "succeeded"


def test_nobody_pays_for_a_stranger(world: World, support: Party) -> None:
    support.uses("support", 10, "2026-05-04")
    at(world, "2026-05-04 01:00")
    open_one = queries.open_request(wallet_of(support))
    other = world.customer("other", currency="USD")
    assert open_one is not None
    with pytest.raises(Refused) as why:
        actions.pay_top_up(other.row, open_one.public_id, "test", key="k")
    assert why.value.code == "top_up_request_not_open"
    assert not Payment.objects.exists()


def test_use_beyond_the_credit_is_on_the_invoice_or_refused_before(world: World, support: Party) -> None:
    """Work that is done is owed: what the wallet does not cover is to pay. A hold is refused before it begins."""
    support.uses("support", 12, "2026-05-04")
    at(world, "2026-05-04 01:00")
    assert (support.balance, asked(support)) == ("0", [("10", True)])
    at(world, "2026-06-01")
    assert [(plain(i.total), plain(i.prepaid)) for i in support.invoices] == [("12", "10")]


def test_messages_included_and_then_charged(world: World) -> None:
    """9.00 a month with 100 messages; each further one costs 0.05. The fee is the same whether they are used or not."""
    world.meter("sms")
    world.plan(
        "bundle", world.monthly("9", in_advance=True), world.metered("sms", "0.05", allowance="100")
    )  # fmt: skip
    acme = world.customer("acme", **EXEMPT).buys("bundle", "2026-05-01")
    at(world, "2026-05-01 01:00")
    acme.uses("sms", 40, "2026-05-10").uses("sms", 60, "2026-05-20")
    at(world, "2026-06-01")
    acme.uses("sms", 150, "2026-06-10")
    at(world, "2026-07-01")
    at(world, "2026-08-01")
    # June's invoice has the fee of June; July's has 50 messages of June (2.50) and the fee of July.
    assert acme.totals == ["9", "9", "11.5", "9"]


def test_work_in_arrears_with_a_fee_to_begin(world: World) -> None:
    """30 USD once for access, then 1 USD an hour at the end of each month."""
    world.meter("support")
    usd(world, "desk", world.once("30"), world.metered("support", "1"))
    acme = world.customer("acme", currency="USD", billing_plan="POSTPAID", **EXEMPT).buys("desk", "2026-05-01")
    at(world, "2026-05-01 01:00")
    acme.uses("support", 5, "2026-05-10")
    at(world, "2026-06-01")
    acme.uses("support", 7, "2026-06-10")
    at(world, "2026-07-01")
    assert sum(Decimal(t) for t in acme.totals) == Decimal(42)
    assert acme.totals[-1] == "7"


@pytest.mark.parametrize(
    ("zone", "months"),
    [
        # A leap day, and a year's end.
        ("UTC", ["2027-12-01", "2028-01-01", "2028-02-01", "2028-03-01"]),
        # The hour that the clocks skip in March and the one they have twice in October.
        ("Europe/Berlin", ["2026-09-30 22:00", "2026-10-31 23:00", "2026-11-30 23:00"]),
        ("Europe/Berlin", ["2027-02-28 23:00", "2027-03-31 22:00", "2027-04-30 22:00"]),
    ],
)
def test_prepaid_months_add_up(world: World, zone: str, months: list[str]) -> None:
    """One hour of use in each quarter of each month, drawn as it happens: the wallet, the invoices and the use agree."""
    world.meter("support")
    usd(world, "support", world.metered("support", "1"))
    world.on(months[0])
    acme = world.customer("acme", currency="USD", zone=zone, billing_plan="PREPAID", **EXEMPT)
    acme.tops_up("100").buys("support", months[0])
    used = 0
    for begins, ends in pairwise(months):
        first, last = instant(begins), instant(ends)
        for quarter in range(4):
            when = first + (last - first) * quarter / 4
            acme.uses("support", 1, when.replace(minute=30, second=0, microsecond=0))
            used += 1
            at(world, (first + (last - first) * (quarter + 1) / 4).isoformat())
            assert Decimal(acme.balance) == 100 - used
    assert acme.totals == ["4"] * (len(months) - 1)
    assert all(i.total == i.prepaid for i in acme.invoices)


def test_prepaid_to_postpaid_over_the_leap_day_and_back(world: World) -> None:
    world.meter("support")
    usd(world, "support", world.metered("support", "1"))
    world.on("2028-02-01")
    acme = world.customer("acme", currency="USD", billing_plan="PREPAID", **EXEMPT).tops_up("100").buys("support")
    acme.uses("support", 5, "2028-02-10")
    at(world, "2028-02-20")
    plans.switch(acme.row.public_id, BillingPlan.POSTPAID, key="1", at=instant("2028-02-29 12:00"))
    acme.uses("support", 7, "2028-02-29 11:59")
    at(world, "2028-02-29 12:00")
    acme.uses("support", 11, "2028-02-29 12:00")
    plans.switch(acme.row.public_id, BillingPlan.PREPAID, key="2", at=instant("2028-03-01"))
    at(world, "2028-03-01")
    assert acme.balance == "88"
    assert [(plain(i.total), plain(i.prepaid)) for i in acme.invoices] == [("23", "12")]
    acme.uses("support", 1, "2028-03-01 00:30")
    at(world, "2028-03-01 01:00")
    assert acme.balance == "87"
