"""From charges to numbered, frozen, booked invoices."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tollbook.brands.models import Brand, TaxRate
from tollbook.charging.models import Unbilled
from tollbook.invoicing.actions import bill_customers, bill_due
from tollbook.invoicing.explain import explain_line
from tollbook.invoicing.models import Counter, Invoice, InvoiceLine
from tollbook.invoicing.rules import round_lines
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.ledger.queries import of_source
from tollbook.site.tests.world import Party, World


def numbers() -> list[int | None]:
    return list(Invoice.objects.order_by("number").values_list("number", flat=True))


def postings(invoice: Invoice) -> Any:
    return {
        (entry.kind, posting.account.kind): plain(posting.amount)
        for entry in of_source("invoice", invoice.public_id)
        for posting in entry.postings.all()
    }


def lines(invoice: Invoice) -> Any:
    return [
        (line.name, plain(line.quantity), plain(line.exact), plain(line.net))
        for line in invoice.lines.order_by("position")
    ]


def test_charges_become_an_invoice(world: World) -> None:
    world.meter("sms").plan("cloud", world.monthly("49.00"), world.metered("sms", "0.0043"))
    acme = world.customer().buys("cloud").uses("sms", 1501, "2026-05-03")
    assert world.on("2026-05-31").close().bill() == 0
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    assert lines(invoice) == [("Fee", "1", "49", "49"), ("Sms", "1501", "6.4543", "6.45")]
    assert [plain(a) for a in (invoice.net, invoice.tax, invoice.total)] == ["55.45", "12.75", "68.2"]
    assert (invoice.label, str(invoice.issued_on), str(invoice.due_on), invoice.state) == (
        "HARBOUR-2026-000001", "2026-06-01", "2026-06-15", "issued",
    )  # fmt: skip
    assert postings(invoice) == {
        ("issue", "receivable"): "68.2",
        ("issue", "revenue"): "-55.4543",
        ("issue", "tax_payable"): "-12.75",
        ("issue", "rounding"): "0.0043",
    }
    assert [world.bill(), Unbilled.objects.count()] == [0, 0]


def test_a_late_charge_is_a_correction_on_the_next_invoice(world: World) -> None:
    world.meter("sms").plan("cloud", world.metered("sms", "0.01"))
    acme = world.customer().buys("cloud").uses("sms", 100, "2026-05-03")
    world.on("2026-06-01").close()
    acme.uses("sms", 50, "2026-05-04")
    world.on("2026-06-02").close()
    assert [lines(invoice) for invoice in acme.invoices] == [[("Sms", "100", "1", "1")], [("Sms", "50", "0.5", "0.5")]]
    assert '"name":"Sms (correction)"' in acme.invoices[1].content


def test_less_than_nothing_waits_until_later_charges_outweigh_it(world: World) -> None:
    world.meter("gb", negative=True).plan("cloud", world.metered("gb", "1"))
    acme = world.customer().buys("cloud").uses("gb", 5, "2026-05-03")
    world.on("2026-06-01").close()
    acme.uses("gb", -4, "2026-05-04")
    world.on("2026-06-02").close()
    assert [acme.totals, Unbilled.objects.count()] == [["6.15"], 1]
    acme.uses("gb", 3, "2026-06-03")
    world.on("2026-07-01").close()
    assert [acme.totals, Unbilled.objects.count()] == [["6.15"], 2]
    acme.uses("gb", 3, "2026-07-03")
    world.on("2026-08-01").close()
    assert [acme.totals, Unbilled.objects.count()] == [["6.15", "2.46"], 0]


def test_a_thousand_lines_of_less_than_a_cent_bill_neither_nothing_nor_too_much(world: World) -> None:
    world.meter("sms", "sum", "route")
    prices = [world.metered("sms", "0.0003", f"r{n}", match={"route": str(n)}) for n in range(1000)]
    world.plan("cloud", *prices)
    acme = world.customer().buys("cloud")
    acme.sends(*(acme.draft("sms", 1, "2026-05-02", route=str(n)) for n in range(1000)))
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    nets = list(invoice.lines.values_list("net", flat=True))
    assert [plain(invoice.net), plain(invoice.tax), len(nets)] == ["0.3", "0.07", 1000]
    assert [nets.count(Decimal("0.01")), nets.count(Decimal(0))] == [30, 970]


@pytest.mark.parametrize(
    ("carried", "groups", "exact", "rounded"),
    [
        (True, "aaa", ["0.004", "0.004", "0.004"], ["0.00", "0.01", "0.00"]),
        (False, "aaa", ["0.004", "0.004", "0.004"], ["0.00", "0.00", "0.00"]),
        (True, "aba", ["0.004", "0.004", "0.004"], ["0.00", "0.00", "0.01"]),
        (True, "aa", ["0.005", "0.005"], ["0.01", "0.00"]),
        (False, "aa", ["0.005", "0.005"], ["0.01", "0.01"]),
        (True, "aa", ["-0.006", "0.006"], ["-0.01", "0.01"]),
        (True, "a", ["1.999"], ["2.00"]),
    ],
)
def test_each_line_is_rounded_once(carried: bool, groups: str, exact: Any, rounded: Any) -> None:
    assert round_lines([Decimal(e) for e in exact], list(groups), 2, carried) == [Decimal(r) for r in rounded]


def test_a_brand_that_rounds_each_line_by_itself(world: World) -> None:
    world.rounds("each_line").meter("sms", "sum", "route")
    world.plan("cloud", *(world.metered("sms", "0.004", r, match={"route": r}) for r in "abc"))
    acme = world.customer().buys("cloud")
    acme.sends(*(acme.draft("sms", 1, "2026-05-02", route=r) for r in "abc"))
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    assert [acme.totals, invoice.state, postings(invoice)] == [
        ["0"], "paid", {("issue", "revenue"): "-0.012", ("issue", "rounding"): "0.012"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "net"),
    [
        ("half_up", ["0.01", "0.01"]),
        ("up", ["0.02", "0.01"]),
        ("down", ["0.01", "0.01"]),
        ("half_even", ["0.01", "0.01"]),
    ],
)
def test_a_line_is_rounded_as_its_price_says(world: World, mode: str, net: list[str]) -> None:
    # 0.014 and 0.010 of one product: the second line starts with what the first was rounded off.
    world.meter("sms", "sum", "route")
    world.plan(
        "cloud",
        world.metered("sms", "0.014", "a", match={"route": "a"}, semantics={"rounding": mode}),
        world.metered("sms", "0.010", "b", match={"route": "b"}, semantics={"rounding": mode}),
    )
    acme = world.customer().buys("cloud")
    acme.sends(acme.draft("sms", 1, "2026-05-02", route="a"), acme.draft("sms", 1, "2026-05-02", route="b"))
    world.on("2026-06-01").close()
    lines = list(acme.invoices[0].lines.order_by("position"))
    assert [f"{line.net:.2f}" for line in lines] == net
    assert [line.rounding for line in lines] == 2 * [mode]
    assert all(explain_line(line).check for line in lines)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE invoicing_invoice SET total = total + 1, tax = tax + 1",
        "UPDATE invoicing_invoice SET content = ''",
        "UPDATE invoicing_invoice SET number = 7",
        "UPDATE invoicing_invoice SET due_on = due_on + 1",
        "UPDATE invoicing_invoice SET state = 'draft', customer_id = customer_id + 1",
        "DELETE FROM invoicing_invoice",
        "UPDATE invoicing_line SET net = 0",
        "DELETE FROM invoicing_line",
        "UPDATE invoicing_tax SET tax = 0",
        "DELETE FROM invoicing_line_charge",
        "UPDATE charging_charge SET amount = 0",
    ],
)
def test_the_database_refuses_to_change_what_is_issued(world: World, change: str) -> None:
    world.plan("flat", world.monthly("10"))
    acme = world.customer().buys("flat")
    world.on("2026-06-01").close()
    before = list(Invoice.objects.values())
    refused = pytest.raises(DatabaseError, match=r"a frozen column cannot change|Cannot (update or )?delete rows")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert [list(Invoice.objects.values()), acme.totals] == [before, ["12.3"]]


def test_days_never_go_back_with_growing_numbers(world: World) -> None:
    world.plan("flat", world.monthly("10", in_advance=True))
    world.customer("acme").buys("flat")
    world.on("2026-05-03").close()
    late = world.customer("bolt").buys("flat", "2026-05-01")
    world.charge()
    with pytest.raises(Refused) as backwards:
        bill_due(late.subscriptions["flat"].started_at)
    assert backwards.value.code == "issue_date_backwards"
    assert [late.totals, Unbilled.objects.count(), Counter.objects.get().last] == [[], 1, 1]


def test_numbers_begin_again_each_year(world: World) -> None:
    world.plan("flat", world.monthly("10"))
    acme = world.customer().buys("flat", "2026-11-01")
    world.on("2026-12-01").close().on("2027-01-01").close().on("2027-02-01").close()
    assert [invoice.label for invoice in acme.invoices] == [
        "HARBOUR-2026-000001", "HARBOUR-2027-000001", "HARBOUR-2027-000002",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_runs_at_once_issue_each_invoice_once_without_gaps(world: World, at_once: Callable[..., list[Any]]) -> None:
    world.plan("flat", world.monthly("10"))
    for n in range(8):
        world.customer(f"c{n}").buys("flat")
    world.on("2026-06-01").charge()
    until = world.now
    assert sum(at_once(*4 * [lambda: bill_due(until)])) == 8
    assert numbers() == list(range(1, 9))
    assert InvoiceLine.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_customers_billed_at_once_share_one_series_and_a_failed_run_leaves_no_gap(
    world: World, at_once: Callable[..., list[Any]]
) -> None:
    class Stop(Exception):
        pass

    world.plan("flat", world.monthly("10"))
    parties = [world.customer(f"c{n}").buys("flat") for n in range(8)]
    world.on("2026-06-01").charge()
    until = world.now

    def bill(party: Party, fails: Any) -> Any:
        try:
            with transaction.atomic():
                bill_customers([party.row.pk], until)
                if fails:
                    raise Stop
        except Stop:
            return None

    at_once(*(lambda p=p, n=n: bill(p, n % 2) for n, p in enumerate(parties)))
    assert numbers() == [1, 2, 3, 4]
    assert bill_due(until) == 4
    assert numbers() == list(range(1, 9))


def test_a_customer_who_cannot_be_invoiced_stops_nobody_else(world: World) -> None:
    world.plan("cloud", world.monthly("10"))
    acme, zeta = (world.customer(name).buys("cloud") for name in ("acme", "zeta"))
    lost = world.customer("lost", profile={"country": "EE"}).buys("cloud")
    Brand.objects.update(oss_registered=True)
    world.on("2026-06-01").charge()
    with pytest.raises(Refused) as refused:
        bill_due()
    assert refused.value.code == "tax_rate_missing"
    assert "customers that could not be invoiced: 1, all others were: 2 invoices" in refused.value.message
    assert (acme.totals, lost.totals, zeta.totals) == (["12.3"], [], ["12.3"])
    TaxRate.objects.create(country="EE", category="standard", percent=Decimal(24), valid_from=date(2025, 7, 1))
    assert bill_due() == 1
    assert lost.totals == ["12.4"]
