"""Prepaid use takes its money at once, tax included, as far as the wallet reaches."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.charging.models import Draw
from tollbook.kernel.money import Money, plain
from tollbook.site.tests.world import World
from tollbook.wallets.actions import give


def drawn() -> Any:
    return [plain(draw.amount) for draw in Draw.objects.order_by("pk")]


def test_use_draws_as_it_happens(world: World) -> None:
    world.meter("air").plan("air", world.metered("air", "0.10", prepaid=True))
    bolt = world.customer("bolt").tops_up("10").buys("air").uses("air", 3, "2026-05-02")
    world.on("2026-05-03").charge()
    assert [bolt.balance, drawn()] == ["9.631", ["0.369"]]
    assert world.charge() == 0
    bolt.uses("air", 2, "2026-05-04")
    assert world.charge() == 0  # an event dated later waits for its time
    world.on("2026-05-05").charge()
    assert [bolt.balance, drawn()] == ["9.385", ["0.369", "0.246"]]
    assert bolt.charges == [("air", "3", "0.3"), ("air", "2", "0.2")]


def test_a_short_wallet_gives_what_it_has_and_the_invoice_asks_for_the_rest(world: World) -> None:
    world.meter("air").plan("air", world.metered("air", "1", prepaid=True))
    bolt = world.customer("bolt").tops_up("1").buys("air").uses("air", 3, "2026-05-02")
    world.on("2026-06-01").close()
    (invoice,) = bolt.invoices
    assert [bolt.balance, drawn(), plain(invoice.total), plain(invoice.prepaid), invoice.state] == [
        "0", ["1"], "3.69", "1", "issued",
    ]  # fmt: skip


def test_without_a_wallet_prepaid_use_is_invoiced(world: World) -> None:
    world.meter("air").plan("air", world.metered("air", "1", prepaid=True))
    bolt = world.customer("bolt").buys("air").uses("air", 3, "2026-05-02")
    world.on("2026-06-01").close()
    assert [drawn(), bolt.totals, plain(bolt.invoices[0].prepaid)] == [[], ["3.69"], "0"]


def test_use_taken_back_before_the_invoice_goes_back_to_the_wallet(world: World) -> None:
    world.meter("air", negative=True).plan("air", world.metered("air", "1", prepaid=True))
    bolt = world.customer("bolt").tops_up("10").buys("air").uses("air", 3, "2026-05-02")
    world.on("2026-05-03").charge()
    bolt.uses("air", -1, "2026-05-02")
    world.charge()
    assert [bolt.balance, bolt.charges[1]] == ["6.31", ("air", "-1", "-1")]  # the invoice settles it
    world.on("2026-06-01").close()
    assert [bolt.balance, bolt.totals, plain(bolt.invoices[0].prepaid), bolt.invoices[0].state] == [
        "7.54", ["2.46"], "2.46", "paid",
    ]  # fmt: skip


def test_one_draw_for_two_periods_settles_two_invoices(world: World) -> None:
    world.meter("air").plan("air", world.metered("air", "0.105", prepaid=True))
    bolt = world.customer("bolt").tops_up("10").buys("air").uses("air", 1, "2026-05-02").uses("air", 1, "2026-06-01")
    world.on("2026-06-02").close()
    assert drawn() == ["0.12915", "0.12915"]
    world.on("2026-07-01").close()
    # 0.105 is 0.11 on paper, and 0.13 with tax; the wallet pays what the paper says.
    assert [bolt.totals, [plain(i.prepaid) for i in bolt.invoices], bolt.balance] == [
        ["0.14", "0.14"], ["0.14", "0.14"], "9.72",
    ]  # fmt: skip


def test_what_is_drawn_in_full_is_paid_whichever_way_the_paper_rounds(world: World) -> None:
    # 3.505 is 3.51 on paper and 4.32 with tax; what was drawn is 4.31115, a cent less when it is rounded by itself.
    world.meter("air").plan("air", world.metered("air", "0.001", prepaid=True))
    bolt = world.customer("bolt").tops_up("10").buys("air").uses("air", 3505, "2026-05-02")
    world.on("2026-06-01").close()
    (invoice,) = bolt.invoices
    assert [drawn(), bolt.totals, plain(invoice.prepaid), invoice.state, bolt.balance] == [
        ["4.31115"], ["4.32"], "4.32", "paid", "5.68",
    ]  # fmt: skip


def test_an_empty_wallet_cannot_pay_the_rounding(world: World) -> None:
    world.meter("air").plan("air", world.metered("air", "0.001", prepaid=True))
    bolt = world.customer("bolt").tops_up("4.31115").buys("air").uses("air", 3505, "2026-05-02")
    world.on("2026-06-01").close()
    (invoice,) = bolt.invoices
    assert [bolt.totals, plain(invoice.prepaid), invoice.state, bolt.balance] == [["4.32"], "4.31", "issued", "0.00115"]


@pytest.mark.parametrize(("order", "left"), [("priority_expiry_age", ["10", "3.77"]), ("age", ["8.77", "5"])])
def test_use_burns_credit_in_the_order_that_its_price_says(world: World, order: str, left: list[str]) -> None:
    world.meter("sms").plan("air", world.metered("sms", "0.01", prepaid=True, semantics={"credit_order": order}))
    acme = world.customer().tops_up("10").buys("air")
    wallet = acme.row.wallets.get()
    give(wallet.pk, Money(Decimal(5), "EUR"), key="bonus", name="Bonus", priority=10, at=world.now)
    acme.uses("sms", 100, "2026-05-02")
    world.on("2026-05-03").charge()
    assert [plain(g.remaining) for g in wallet.grants.order_by("pk")] == left
