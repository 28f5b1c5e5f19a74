"""Every report is the sum of the ledger's accounts of its kinds, whatever happened, in each currency."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest

from tollbook.catalog.actions import plan, price_book, publish
from tollbook.customers.models import Customer
from tollbook.exchange.actions import enter
from tollbook.exchange.rules import Quote
from tollbook.kernel.money import plain
from tollbook.ledger.actions import Entry, post
from tollbook.ledger.queries import balances
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot
from tollbook.payments.disputes import write_off
from tollbook.payments.tests.conftest import Payer
from tollbook.payments.tests.conftest import payer as payer  # the fixture
from tollbook.payments.tests.test_giving_back import refund
from tollbook.payments.tests.test_paying import credit_note
from tollbook.reports.declared import BY_NAME, REPORTS, Report
from tollbook.reports.queries import rows
from tollbook.reports.rules import Months, months, totals
from tollbook.site.tests.world import World, instant

Make = Callable[..., Payer]
ALL = Months(date(2020, 1, 1), date(2030, 1, 1))
TODAY = date(2026, 9, 20)


def read(name: str, *keys: str, during: Months = ALL, **more: Any) -> list[tuple[str, ...]]:
    """These columns of the rows of a report, in the order of the text."""
    found = rows(BY_NAME[name], TODAY, during, **more)
    return sorted(tuple(plain(v) if isinstance(v, Decimal) else str(v) for v in map(row.get, keys)) for row in found)


def sums(report: Report) -> dict[str, Decimal]:
    found = totals(rows(report, TODAY, ALL), [report.total])
    return {row["currency"]: row[report.total] for row in found if row[report.total]}


def booked(report: Report) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for (_, currency), amount in balances(report.equals).items():
        found[currency] = found.get(currency, Decimal(0)) + (-amount if report.credit else amount)
    return {currency: amount for currency, amount in found.items() if amount}


@pytest.fixture
def two_currencies(payer: Make, world: World) -> Payer:
    """In euros: a refund of a paid invoice, a write-off, credit notes before and after paying, a part paid, cost of
    sales, a wallet. In dollars: an invoice of which a part is paid and a part credited, and a wallet.
    """
    for number in range(6, 12):
        enter(Quote("EUR", "USD", date(2026, number, 1), Decimal("1.1"), ""), by="ada")
    dollars = plan(world.brand, "dollars", "Dollars", "dollars", "Dollars")
    publish(dollars, price_book(world.brand, "USD"), [world.monthly("200")], instant("2026-01-01"), "new")
    world.plans["dollars"] = dollars.versions.get()
    bolt = Payer(world, world.customer("bolt", currency="USD").buys("dollars", "2026-05-01"))
    acme = payer(months=5)
    first, second, third, fourth, _ = acme.invoices
    refund(acme.pays(first), "23")
    write_off(second, reason="Gone", key="w")
    acme.pays(third)
    credit_note(third, "10")
    credit_note(fourth, "20")
    acme.transfers("40", "bank-1", fourth)
    bolt.transfers("46", "bank-2", bolt.invoices[0], currency="USD")
    credit_note(bolt.invoices[0], "100")
    acme.party.tops_up("20")
    legs = (
        Leg(Slot(AccountKind.COST_OF_SALES, "EUR", "aws"), Decimal("12.345")),
        Leg(Slot(AccountKind.SUPPLIER_PAYABLE, "EUR", "aws"), Decimal("-12.345")),
    )
    post(Entry(world.brand.pk, Cause("manual", "c1", "entry"), date(2026, 6, 5), legs, customer_id=acme.row.pk))
    return acme


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_report_equals_the_books(two_currencies: Payer, report: Report) -> None:
    found = sums(report)
    assert found == booked(report)
    assert set(found) == {"cost": {"EUR"}, "prepaid": {"EUR"}}.get(report.name, {"EUR", "USD"})


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_report_equals_the_books_of_a_busy_world(busy: Any, report: Report) -> None:
    assert sums(report) == booked(report)


def test_receivables_by_age(two_currencies: Payer) -> None:
    keys = ("not_due", "to_30", "to_60", "to_90", "over_90", "total")
    found = {row[0]: row[1:] for row in read("aged-receivables", "name", *keys)}
    assert sorted(found) == ["Acme", "Bolt"]
    assert found["Acme"][-1] == plain(booked(BY_NAME["aged-receivables"])["EUR"])
    for row in found.values():
        assert plain(sum(map(Decimal, row[:-1]), Decimal(0))) == row[-1]


@pytest.mark.parametrize(
    ("late", "column"),
    [(-5, "not_due"), (0, "not_due"), (1, "to_30"), (30, "to_30"), (31, "to_60"), (60, "to_60"), (61, "to_90"),
     (90, "to_90"), (91, "over_90")],
)  # fmt: skip
def test_the_day_on_which_a_debt_grows_old(payer: Make, late: int, column: str) -> None:
    due = payer().invoices[0].due_on
    assert due is not None
    (row,) = rows(BY_NAME["aged-receivables"], date.fromordinal(due.toordinal() + late), ALL)
    columns = ("not_due", "to_30", "to_60", "to_90", "over_90")
    assert {key: plain(row[key]) for key in columns if row[key]} == {column: "123"}


def test_tax_is_that_of_the_country_on_the_document(two_currencies: Payer) -> None:
    before = read("tax", "month", "country", "percent", "currency", "net", "total")
    two_currencies.row.profile.country = "DE"
    two_currencies.row.profile.save(update_fields=["country"])
    assert read("tax", "month", "country", "percent", "currency", "net", "total") == before
    assert ("2026-06-01", "IE", "23", "EUR", "100", "23") in before


def test_brand_currency_and_months_narrow(two_currencies: Payer) -> None:
    brand = two_currencies.world.brand.pk
    assert {row[0] for row in read("revenue", "currency", currency="USD")} == {"USD"}
    assert read("revenue", "currency", brand_id=brand + 1) == []
    june = Months(date(2026, 6, 1), date(2026, 6, 1))
    assert read("cost", "month", "supplier", "total", during=june) == [("2026-06-01", "aws", "12.345")]
    assert read("cost", "total", during=Months(date(2026, 7, 1), date(2026, 12, 1))) == []


def test_the_months_that_are_asked_for() -> None:
    today = date(2026, 2, 28)
    assert months("", "", today, 2) == Months(date(2025, 12, 1), date(2026, 2, 1))
    assert months("2026-03", "2026-01", today, 0) == Months(date(2026, 1, 1), date(2026, 3, 1))
    assert months("2026-13", "0000-01", today, 1) == Months(date(2026, 1, 1), date(2026, 2, 1))
    assert Months(date(2026, 1, 31), date(2026, 12, 31)).end == date(2027, 1, 1)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_page_a_csv_and_a_workbook(two_currencies: Payer, portal: Any, report: Report) -> None:
    Customer.objects.filter(pk=two_currencies.row.pk).update(name="=1+1")
    see, address = portal(two_currencies.row), f"/staff/reports/{report.name}/"
    assert report.title in see.read("/staff/reports/")
    assert "Totals by currency" in see.read(address)
    assert see.seen_by(address) == (200, 404, "/account/login/")
    heading, *lines = see.csv(address)
    assert heading == [field.label for field in report.fields] and lines
    assert not [cell for line in lines for cell in line if cell.startswith("=")]
    response = see.staff.get(address, {"export": "xlsx"})
    with ZipFile(io.BytesIO(response.getvalue())) as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()


def test_another_address_is_no_report_and_odd_choices_are_ignored(two_currencies: Payer, portal: Any) -> None:
    see = portal()
    assert see.staff.get("/staff/reports/nothing/").status_code == 404
    odd = "?brand=x&currency=%27--&from=9999-12&to=0&q=%00&page=z"
    assert "Revenue by product" in see.read(f"/staff/reports/revenue/{odd}")
    few = see.queries("/staff/reports/aged-receivables/")
    for name in ("carl", "dora", "emil"):
        two_currencies.world.customer(name).buys("rent", "2026-05-01")
    two_currencies.world.on("2026-11-01").close()
    assert see.queries("/staff/reports/aged-receivables/") == few
