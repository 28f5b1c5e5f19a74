"""Months and years on the virtual clock: leap days, clocks that change, half-hour zones, anchors that a month lacks.

Each row was worked out by hand: the local midnight on which a period turns, as an instant. The plan is always the same: a
fee of 31.00 in arrears, 5 messages included, each further one 0.50. In each period 7 are sent, one just after it begins and
two just before it ends, so that a border that is off by an hour moves messages to another invoice: 31.00 + 2 x 0.50 = 32.00.
"""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tollbook.base.schedule import run_due
from tollbook.charging.models import Charge
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import plain
from tollbook.site.tests.world import Party, World, instant
from tollbook.subscriptions.models import Subscription

EXEMPT: dict[str, Any] = {"profile": {"exempt_reason": "Outside the scope of VAT"}}
ANCHOR, CALENDAR = Subscription.Alignment.ANCHOR, Subscription.Alignment.CALENDAR
HOUR, MINUTES = timedelta(hours=1), timedelta(minutes=5)


def at(world: World, when: str | Any) -> None:
    """Put the clock forward, and do what the hourly run does then."""
    world.on(when)
    run_due(world.now)


def desk(world: World) -> None:
    """31.00 a period, with 5 messages; each further one 0.50."""
    world.meter("sms").plan(
        "desk", world.monthly("31"), world.metered("sms", "0.5", allowance="5"), valid_from="2020-01-01"
    )


def periods(party: Party) -> list[tuple[str, str]]:
    """Beginning and end of each period for which the fee was charged."""
    rows = Charge.objects.filter(customer=party.row, price__code="fee").order_by("period_start")
    return [(f"{c.period_start:%Y-%m-%d %H:%M}", f"{c.period_end:%Y-%m-%d %H:%M}") for c in rows]


@pytest.mark.parametrize(
    ("zone", "alignment", "months", "borders"),
    [
        pytest.param(
            # 31 December, 31 January, 28 February, 31 March (summer time since the 28th), 30 April, 31 May.
            "Europe/Berlin", ANCHOR, 1,
            ["2026-12-30 23:00", "2027-01-30 23:00", "2027-02-27 23:00", "2027-03-30 22:00", "2027-04-29 22:00",
             "2027-05-30 22:00"],
            id="Berlin, on the 31st, over 28 February and into summer",
        ),
        pytest.param(
            # 30 September, 30 October, 30 November (winter time since 31 October), 30 December, 30 January, 29 February.
            "Europe/Berlin", ANCHOR, 1,
            ["2027-09-29 22:00", "2027-10-29 22:00", "2027-11-29 23:00", "2027-12-29 23:00", "2028-01-29 23:00",
             "2028-02-28 23:00", "2028-03-29 22:00"],
            id="Berlin, on the 30th, into winter, over the year's end and 29 February",
        ),
        pytest.param(
            # 29 January, 28 February, 29 March (summer time since the 14th), 29 April.
            "America/New_York", ANCHOR, 1, ["2027-01-29 05:00", "2027-02-28 05:00", "2027-03-29 04:00", "2027-04-29 04:00"],
            id="New York, on the 29th",
        ),
        pytest.param(
            # The first of each month, October to April; winter time from 7 November to 12 March.
            "America/New_York", CALENDAR, 1,
            ["2027-10-01 04:00", "2027-11-01 04:00", "2027-12-01 05:00", "2028-01-01 05:00", "2028-02-01 05:00",
             "2028-03-01 05:00", "2028-04-01 04:00"],
            id="New York, by calendar, both changes and the leap day",
        ),
        pytest.param(
            # Half past six in the evening is midnight: 31 December, 31 January, 29 February, 31 March, 30 April.
            "Asia/Kolkata", ANCHOR, 1,
            ["2027-12-30 18:30", "2028-01-30 18:30", "2028-02-28 18:30", "2028-03-30 18:30", "2028-04-29 18:30"],
            id="Kolkata, on the 31st, over 29 February",
        ),
        pytest.param(
            # Half an hour off, and clocks that change: summer time ends on 2 April 2028.
            "Australia/Adelaide", CALENDAR, 1, ["2028-01-31 13:30", "2028-02-29 13:30", "2028-03-31 13:30", "2028-04-30 14:30"],
            id="Adelaide, by calendar, out of summer",
        ),
        pytest.param(
            # A year that begins on a leap day: 28 February until the next leap year.
            "Europe/Berlin", ANCHOR, 12,
            ["2028-02-28 23:00", "2029-02-27 23:00", "2030-02-27 23:00", "2031-02-27 23:00", "2032-02-28 23:00"],
            id="Berlin, each year on 29 February",
        ),
        pytest.param(
            # 5 November: in 2028 the clocks go back on that very day, in 2027 two days later, in 2029 the day before.
            "America/New_York", ANCHOR, 12, ["2027-11-05 04:00", "2028-11-05 04:00", "2029-11-05 05:00"],
            id="New York, each year on a day on which clocks change",
        ),
    ],
)  # fmt: skip
def test_periods_turn_at_local_midnight(
    world: World, zone: str, alignment: str, months: int, borders: list[str]
) -> None:
    desk(world)
    world.on(borders[0])
    acme = world.customer("acme", zone=zone, **EXEMPT).buys("desk", borders[0], months=months, alignment=alignment)
    for number, (begins, ends) in enumerate(pairwise(borders), 1):
        first, last = instant(begins), instant(ends)
        acme.uses("sms", 1, first + MINUTES).uses("sms", 4, first + (last - first) / 2).uses("sms", 2, last - MINUTES)
        at(world, last + HOUR)
        assert acme.totals == ["32"] * number
    assert periods(acme) == list(pairwise(borders))


@pytest.mark.parametrize(
    ("zone", "begins", "ends", "fee", "owed"),
    [
        # The fee is as many as the month has days, so a day costs 1.00, also one of 23 or 25 hours.
        ("Europe/Berlin", "2027-03-14 23:00", "2027-03-31 22:00", "31", "17"),  # 15 to 31 March
        ("Europe/Berlin", "2027-10-16 22:00", "2027-10-31 23:00", "31", "15"),  # 17 to 31 October
        ("America/New_York", "2027-11-04 04:00", "2027-12-01 05:00", "30", "27"),  # 4 to 30 November
        ("America/New_York", "2028-03-12 05:00", "2028-04-01 04:00", "31", "20"),  # 12 to 31 March
        ("Asia/Kolkata", "2028-02-09 18:30", "2028-02-29 18:30", "29", "20"),  # 10 to 29 February
        ("Europe/Berlin", "2027-02-09 23:00", "2027-02-28 23:00", "28", "19"),  # 10 to 28 February
        ("UTC", "2027-12-20 00:00", "2028-01-01 00:00", "31", "12"),  # 20 to 31 December
    ],
)
def test_a_day_costs_a_day(world: World, zone: str, begins: str, ends: str, fee: str, owed: str) -> None:
    world.plan("days", world.monthly(fee), valid_from="2020-01-01")
    world.on(begins)
    acme = world.customer("acme", zone=zone, **EXEMPT).buys("days", begins)
    at(world, instant(ends) + HOUR)
    assert (acme.totals, periods(acme)) == ([owed], [(begins, ends)])


def test_numbers_begin_again_at_the_brands_midnight(world: World) -> None:
    """The brand is in Berlin: its year ends at 23:00, after Kolkata's and before New York's."""
    world.brand.zone = "Europe/Berlin"
    world.brand.save(update_fields=["zone"])
    desk(world)
    world.on("2027-11-01")
    kolkata, berlin, york = (
        world.customer(name, zone=zone, **EXEMPT).buys("desk", "2027-12-10")
        for name, zone in (("kolkata", "Asia/Kolkata"), ("berlin", "Europe/Berlin"), ("york", "America/New_York"))
    )
    for when in ("2027-12-31 19:00", "2027-12-31 23:00", "2028-01-01 05:00", "2028-02-01 05:00"):
        at(world, when)
    labels = [(i.customer.reference, i.label, f"{i.issued_on}") for i in Invoice.objects.order_by("pk")]
    assert labels == [
        ("kolkata", "HARBOUR-2027-000001", "2027-12-31"),
        ("berlin", "HARBOUR-2028-000001", "2028-01-01"),
        ("york", "HARBOUR-2028-000002", "2028-01-01"),
        ("kolkata", "HARBOUR-2028-000003", "2028-02-01"),
        ("berlin", "HARBOUR-2028-000004", "2028-02-01"),
        ("york", "HARBOUR-2028-000005", "2028-02-01"),
    ]
    # 10 December 00:00 in UTC is 05:30 in Kolkata and 01:00 in Berlin, both on the 10th; in New York it is the 9th, 19:00.
    # Whole days are counted, so 22, 22 and 23 of 31 of December; then a month.
    assert [party.totals for party in (kolkata, berlin, york)] == [["22", "31"], ["22", "31"], ["23", "31"]]


def test_all_periods_of_a_year_are_a_year(world: World) -> None:
    """From one leap day to the day before the next: every border once, no hour lost at the changes of the clocks."""
    desk(world)
    world.on("2027-12-31 23:00")
    acme = world.customer("acme", zone="Europe/Berlin", **EXEMPT).buys("desk", "2027-12-31 23:00")
    first, last = instant("2027-12-31 23:00"), instant("2028-12-31 23:00")
    hours = int((last - first) / HOUR)
    # A message in every 73rd hour: 8,784 hours of 2028, 121 messages.
    for hour in range(0, hours, 73):
        acme.uses("sms", 1, first + hour * HOUR + MINUTES)
    at(world, last + HOUR)
    sent = sum(c.quantity for c in Charge.objects.filter(customer=acme.row, price__code="sms"))
    assert (hours, sent, len(periods(acme))) == (8784, 121, 12)
    # 12 fees, and what is above 5 in each month: 121 - 60.
    assert plain(sum((i.total for i in acme.invoices), Decimal(0))) == plain(12 * Decimal(31) + 61 * Decimal("0.5"))
