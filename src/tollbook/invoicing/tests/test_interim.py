"""Interim invoices: what reaches the amount is invoiced at once; in the end as much is asked for as without them."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from tollbook.charging.models import Unbilled
from tollbook.conftest import broken
from tollbook.customers.models import Customer
from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.invoicing import interim
from tollbook.invoicing.interim import interim_due
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import Money, plain
from tollbook.site.tests.world import Party, World

TIERS: dict[str, Any] = {
    "model": "graduated",
    "tiers": [{"upto": "40", "unit": "1.00"}, {"upto": None, "unit": "0.50"}],
}


def limited(world: World, amount: str = "50") -> None:
    set_value("invoicing.interim_amount", {"EUR": amount}, level=Level.INSTALLATION, scope_id="")


def using(world: World, reference: str = "acme", **how: Any) -> Party:
    """A fee of 9.00 in arrears, and GB: the first 40 of a month 1.00 each, then 0.50."""
    if "cloud" not in world.plans:
        world.meter("gb", negative=True)
        world.plan("cloud", world.monthly("9"), world.metered("gb", **TIERS))
    return world.customer(reference, **how).buys("cloud", "2026-05-01")


def nets(party: Party) -> list[str]:
    return [plain(invoice.net) for invoice in party.invoices]


def test_below_the_amount_nothing_is_invoiced(world: World) -> None:
    limited(world)
    acme = using(world).uses("gb", 59, "2026-05-03")
    world.on("2026-05-10")
    assert [interim_due(), acme.invoices, Unbilled.objects.count()] == [0, [], 0]


def test_what_reaches_it_is_invoiced_once_and_the_rest_goes_on(world: World) -> None:
    limited(world)
    acme, bolt = using(world), using(world, "bolt")
    set_value("invoicing.interim_amount", {}, level=Level.CUSTOMER, scope_id=bolt.row.public_id)
    for party in (acme, bolt):
        party.uses("gb", 60, "2026-05-03")
    world.on("2026-05-10")
    assert [interim_due(), interim_due(), nets(acme), nets(bolt)] == [1, 0, ["50"], []]
    for party in (acme, bolt):
        party.uses("gb", 30, "2026-05-12")
    world.on("2026-06-01").close()
    # 40 x 1.00 + 50 x 0.50 and the fee, however often it was invoiced.
    assert [nets(acme), nets(bolt)] == [["50", "24"], ["74"]]
    assert [plain(sum((i.total for i in party.invoices), Decimal(0))) for party in (acme, bolt)] == ["91.02", "91.02"]
    assert [invoice.kind for invoice in acme.invoices] == ["invoice", "invoice"]


def test_it_can_happen_again_in_the_same_period(world: World) -> None:
    limited(world)
    acme = using(world).uses("gb", 60, "2026-05-03")
    world.on("2026-05-10")
    interim_due()
    acme.uses("gb", 100, "2026-05-11")
    world.on("2026-05-12")
    assert [interim_due(), nets(acme)] == [1, ["50", "50"]]
    world.on("2026-06-01").close()
    assert nets(acme) == ["50", "50", "9"]


def test_use_that_is_taken_back_after_it_is_credited(world: World) -> None:
    limited(world)
    acme = using(world).uses("gb", 60, "2026-05-03")
    world.on("2026-05-10")
    interim_due()
    acme.uses("gb", -20, "2026-05-11")
    world.on("2026-06-01").close()
    # 9.00 - 10.00: it waits, and becomes a credit note.
    assert nets(acme) == ["50"]
    acme.ends("cloud", "2026-06-01")
    world.on("2026-06-01 01:00").close().credits()
    assert [(i.kind, plain(i.net)) for i in acme.invoices] == [("invoice", "50"), ("credit_note", "1")]


def test_what_a_wallet_pays_does_not_count(world: World) -> None:
    limited(world)
    world.meter("air").plan("air", world.metered("air", "1", prepaid=True))
    bolt = world.customer("bolt").tops_up("200").buys("air", "2026-05-01").uses("air", 100, "2026-05-02")
    world.on("2026-05-10").charge()
    assert [interim_due(), bolt.invoices] == [0, []]


def test_another_currency_has_its_own_amount(world: World) -> None:
    set_value("invoicing.interim_amount", {"USD": "1"}, level=Level.INSTALLATION, scope_id="")
    acme = using(world).uses("gb", 60, "2026-05-03")
    world.on("2026-05-10")
    assert [interim_due(), acme.invoices] == [0, []]


@pytest.mark.django_db(transaction=True)
def test_six_runs_at_once_invoice_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    limited(world)
    acme = using(world).uses("gb", 60, "2026-05-03")
    world.on("2026-05-10")
    assert sum(at_once(*[interim_due] * 6)) == 1
    assert [nets(acme), Invoice.objects.count()] == [["50"], 1]


@pytest.mark.django_db(transaction=True)
def test_what_came_since_another_run_is_below_the_amount(
    world: World, at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs see that 50.00 are reached; whoever comes second finds 0.50 or nothing, which is too little to invoice.

    Tried: without the customer's lock both look before either invoices, and 0.50 is invoiced by itself.
    """
    limited(world)
    acme = using(world).uses("gb", 60, "2026-05-03").uses("gb", 1, "2026-05-04 00:30")
    world.on("2026-05-04 01:00")
    first, second = world.now - timedelta(hours=1), world.now
    both, real = Barrier(2), interim.owed_so_far

    def looks(customer: Customer, at: datetime) -> Money:
        found = real(customer, at)
        # With the lock the other one does not get here: it waits for us, and we for it no longer than this.
        with suppress(BrokenBarrierError):
            both.wait(2)
        if at == second:
            time.sleep(1)
        return found

    monkeypatch.setattr(interim, "owed_so_far", looks)
    issued = at_once(
        lambda: interim.invoice_interim(acme.row.pk, first), lambda: interim.invoice_interim(acme.row.pk, second)
    )
    assert sum(len(each) for each in issued) == 1
    # In the end all is asked for: 40 x 1.00, 21 x 0.50 and the fee.
    world.on("2026-06-01").close()
    assert sum((invoice.net for invoice in acme.invoices), Decimal(0)) == Decimal("59.50")


def test_between_two_runs_what_is_not_charged_yet_waits(world: World) -> None:
    """What came in before a run and is dated after it, and what comes in after it, wait until the month's end."""
    limited(world)
    acme = using(world).uses("gb", 60, "2026-05-03").uses("gb", 2, "2026-05-10 12:30")
    world.on("2026-05-10")
    assert [interim_due(), nets(acme), broken()] == [1, ["50"], ""]
    world.on("2026-05-10 14:00").charge()
    assert broken() == ""
    acme.uses("gb", 4, "2026-05-10 13:30").uses("gb", 6, "2026-05-04")
    assert broken() == ""
    acme.uses("gb", 88, "2026-05-12 08:00").uses("gb", 1, "2026-05-12 09:30")
    world.on("2026-05-12 09:00")
    assert [broken(), interim_due(), broken()] == ["", 1, ""]
    world.on("2026-06-01").close()
    # 40 x 1.00 + 121 x 0.50 and the fee.
    assert [nets(acme), broken()] == [["50", "50", "9.5"], ""]
