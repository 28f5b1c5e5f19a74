"""What charges say on the portal: spend adds up exactly, and the estimate is what the invoice then asks for."""

from datetime import date
from decimal import Decimal
from typing import Any

from tollbook.charging.estimate import so_far
from tollbook.charging.spend import by_day, by_month
from tollbook.kernel.money import plain
from tollbook.web.months import month_of


def plainly(*amounts: Decimal) -> list[str]:
    """Amounts as they are written by hand."""
    return [plain(amount) for amount in amounts]


def story(world: Any) -> Any:
    world.meter("sms").plan("cloud", world.once("10"), world.monthly("31"), world.metered("sms", "0.10"))
    acme = world.customer("acme").buys("cloud", "2026-05-17")
    return acme.uses("sms", 30, "2026-05-20").uses("sms", 60, "2026-05-21")


def test_spend_by_day_adds_up_to_the_charges(world: Any) -> None:
    acme = story(world)
    assert by_day(acme.row, month_of(date(2026, 5, 1), "UTC").period) is None
    world.on("2026-06-01").close()
    spend = by_day(acme.row, month_of(date(2026, 5, 1), "UTC").period)
    assert spend is not None
    assert spend.names == ("Cloud",)
    by = {day.day: values[0] for day, values in spend.rows}
    assert len(by) == 31
    # A fee of 15 for 15 days is 1 a day; set-up stands on the first day, use on its own days.
    assert plainly(by[16], by[17], by[18], by[20], by[21], by[31]) == ["0", "11", "1", "4", "7", "1"]
    assert sum(by.values()) == Decimal(34) == acme.invoices[0].net


def test_spend_by_month(world: Any) -> None:
    acme = story(world)
    world.on("2026-06-01").close().on("2026-07-01").close()
    spend = by_month(acme.row, 6)
    assert spend is not None
    assert [(day, *values) for day, values in spend.rows] == [(date(2026, 5, 1), 34), (date(2026, 6, 1), 31)]


def test_more_products_than_colours_are_put_together(world: Any) -> None:
    acme = world.customer("acme")
    for i in range(6):
        world.plan(f"p{i}", world.monthly(str(10 + i), in_advance=True))
        acme.buys(f"p{i}")
    world.charge()
    spend = by_month(acme.row, 6)
    assert spend is not None
    assert spend.names == ("P5", "P4", "P3", "P2", "Other")
    assert plainly(*spend.rows[0][1]) == ["15", "14", "13", "12", "21"]


def test_the_estimate_is_what_the_invoice_asks_for(world: Any) -> None:
    acme = story(world)
    before = so_far(acme.row, world.on("2026-05-31 23:00").now)
    # Nothing is charged before the first period ends.
    assert plainly(before.unbilled.amount, before.use.amount, before.fees.amount) == ["0", "9", "15"]
    world.on("2026-06-01").charge()
    charged = so_far(acme.row, world.now)
    assert plainly(charged.unbilled.amount, charged.use.amount, charged.fees.amount) == ["34", "0", "31"]
    world.bill()
    assert so_far(acme.row, world.now).now.amount == 0


def test_use_that_is_charged_as_it_happens_is_not_counted_twice(world: Any) -> None:
    world.meter("air").plan("air", world.metered("air", "0.10", prepaid=True))
    acme = world.customer("acme").tops_up("50").buys("air").uses("air", 10, "2026-05-02")
    world.on("2026-05-03").charge()
    acme.uses("air", 5, "2026-05-03 01:00")
    found = so_far(acme.row, world.on("2026-05-03 02:00").now)
    assert plainly(found.unbilled.amount, found.use.amount, found.now.amount) == ["1", "0.5", "1.5"]
