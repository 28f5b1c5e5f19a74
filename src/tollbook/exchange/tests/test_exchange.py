"""Rates: read from files, found for a day, converted exactly, frozen on documents."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tollbook.api.tests.conftest import staff_key
from tollbook.catalog.actions import price_book, publish
from tollbook.exchange.actions import Imported, enter, import_ecb
from tollbook.exchange.connectors.ecb import NAME, read
from tollbook.exchange.models import Rate
from tollbook.exchange.queries import convert, find, look_up
from tollbook.exchange.rules import Found, Quote, converted
from tollbook.identity.models import AuditEntry, StaffRole
from tollbook.invoicing.actions import credit
from tollbook.invoicing.documents.stored import from_json
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.rendering import document
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, plain
from tollbook.site.tests.world import Party, World, instant

DAY = date(2026, 5, 29)
HISTORY = "Date,USD,JPY,CYP,\n2026-05-29,1.0850,165.20,N/A,\n2026-05-28,1.0800,164.00,N/A,\n"
XML = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<Cube><Cube time="2026-05-29"><Cube currency="USD" rate="1.0850"/><Cube currency="GBP" rate="0.84"/></Cube></Cube>
</gesmes:Envelope>"""


def ecb(quote: str, rate: str, on: date = DAY) -> Quote:
    return Quote("EUR", quote, on, Decimal(rate), NAME)


def known(*quotes: Quote) -> None:
    import_ecb(quotes, by="test")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HISTORY, [("USD", "1.085", 29), ("JPY", "165.2", 29), ("USD", "1.08", 28), ("JPY", "164", 28)]),
        ("Date, USD, JPY, \n29 May 2026, 1.0850, 165.20, \n", [("USD", "1.085", 29), ("JPY", "165.2", 29)]),
        (XML, [("USD", "1.085", 29), ("GBP", "0.84", 29)]),
    ],
)
def test_the_files_of_the_ecb(tmp_path: Path, text: str, expected: list[tuple[str, str, int]]) -> None:
    file = tmp_path / "eurofxref"
    file.write_text(text)
    assert [(q.quote, plain(q.rate), q.on.day) for q in read(file)] == expected
    assert {(q.base, q.on.month) for q in read(file)} == {("EUR", 5)}


@pytest.mark.parametrize(
    "text",
    [
        "", "Day,USD\n2026-05-29,1\n", "Date,USD\n", "Date,USD\nyesterday,1\n", "Date,USD\n2026-05-29,-1\n",
        "Date,USD\n2026-05-29,0\n", "Date,usd\n2026-05-29,1\n", "<a", "<a/>", XML.replace("1.0850", "x"),
        '<!DOCTYPE a [<!ENTITY b "1.1">]><a><Cube time="2026-05-29"><Cube currency="USD" rate="1"/></Cube></a>',
    ],
)  # fmt: skip
def test_what_is_no_file_of_the_ecb(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rates"
    file.write_text(text)
    with pytest.raises(Refused) as refused:
        read(file)
    assert refused.value.code == "bad_rates_file"


@pytest.mark.django_db
def test_twice_adds_nothing_and_another_value_is_refused() -> None:
    assert import_ecb([ecb("USD", "1.085"), ecb("JPY", "165.2")], by="test") == Imported(2, 0)
    assert import_ecb([ecb("USD", "1.085"), ecb("GBP", "0.84")], by="test") == Imported(1, 1)
    with pytest.raises(Refused) as refused:
        import_ecb([ecb("CHF", "0.95"), ecb("USD", "1.0851")], by="test")
    assert refused.value.code == "rate_conflict"
    assert sorted(Rate.objects.values_list("quote", flat=True)) == ["GBP", "JPY", "USD"]
    for sql in ("UPDATE exchange_rate SET rate = 2", "DELETE FROM exchange_rate"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.django_db
def test_the_rate_of_a_day() -> None:
    known(ecb("USD", "1.08", DAY - timedelta(days=1)), ecb("USD", "1.085"), ecb("GBP", "0.84"))
    assert find("EUR", "USD", DAY).ratio == Fraction("1.085")
    assert find("USD", "EUR", DAY).ratio == Fraction(200, 217)
    assert find("EUR", "USD", DAY - timedelta(days=1)).ratio == Fraction("1.08")
    assert find("EUR", "USD", DAY + timedelta(days=10)).ratio == Fraction("1.085")
    for day in (DAY + timedelta(days=11), DAY - timedelta(days=2)):
        with pytest.raises(Refused) as refused:
            find("EUR", "USD", day)
        assert refused.value.code == "no_exchange_rate"
    through = find("USD", "GBP", DAY)
    assert through.ratio == Fraction("0.84") / Fraction("1.085")
    assert through.words == (
        "1 EUR = 1.085 USD (European Central Bank, 29 May 2026); 1 EUR = 0.84 GBP (European Central Bank, 29 May 2026)"
    )
    assert (find("USD", "USD", DAY).ratio, look_up("USD", "CHF", DAY)) == (1, None)
    # By hand, between the two, and last: it counts before the way through the euro, and before the bank's of that day.
    enter(Quote("GBP", "USD", DAY, Decimal("1.3"), ""), by="ada")
    enter(Quote("EUR", "USD", DAY, Decimal("1.1"), ""), by="ada")
    assert find("USD", "GBP", DAY).ratio == Fraction(10, 13)
    assert find("EUR", "USD", DAY).words == "1 EUR = 1.1 USD (entered by hand, 29 May 2026)"


@pytest.mark.django_db
def test_what_cannot_be_entered() -> None:
    for base, quote, rate, code in (
        ("EUR", "EUR", "1", "bad_rate"), ("EUR", "USD", "0", "bad_rate"), ("EUR", "XXY", "1", "unknown_currency"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            enter(Quote(base, quote, DAY, Decimal(rate), ""), by="ada")
        assert refused.value.code == code
    assert Rate.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "given", "wanted", "expected"),
    [
        ("100", "EUR", "USD", "108.50 USD"),
        ("100", "USD", "EUR", "92.17 EUR"),
        ("100", "USD", "JPY", "15226 JPY"),
        ("0.01", "EUR", "JPY", "2 JPY"),
        ("-100", "USD", "EUR", "-92.17 EUR"),
        ("12.345", "EUR", "EUR", "12.35 EUR"),
    ],
)
def test_amounts(amount: str, given: str, wanted: str, expected: str) -> None:
    known(ecb("USD", "1.085"), ecb("JPY", "165.2"))
    assert str(convert(Money(Decimal(amount), given), wanted, DAY)[0]) == expected


@given(
    st.decimals(min_value="0.0001", max_value=10**6, places=4), st.decimals(min_value="0.01", max_value=10**9, places=2)
)
def test_there_and_back_is_less_than_the_smallest_unit_away(rate: Decimal, amount: Decimal) -> None:
    there = Found("EUR", "USD", (Quote("EUR", "USD", DAY, rate, ""),)).ratio
    back = Found("USD", "EUR", (Quote("EUR", "USD", DAY, rate, ""),)).ratio
    assert there * back == 1
    exact = Fraction(amount) * there
    assert abs(Fraction(converted(amount, there, "USD").amount) - exact) <= Fraction(1, 200)


def in_dollars(world: World, **more: Any) -> Party:
    """acme, who is billed 100 dollars a month by a brand whose books are in euros."""
    version = world.plan("cloud", world.monthly("1"))
    world.plans["cloud"] = publish(
        version.plan, price_book(world.brand, "USD"), [world.monthly("100")], instant("2026-01-02")
    )
    return world.customer("acme", currency="USD", **more).buys("cloud")


def test_an_invoice_says_its_tax_in_the_currency_of_the_books(world: World, breaking: Callable[..., str]) -> None:
    acme = in_dollars(world)
    known(ecb("USD", "1.085"))
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    told = from_json(invoice.content)
    assert [plain(told.total), told.currency] == ["123", "USD"]
    # 23 / 1.085 = 21.198...
    assert told.exchange and [told.exchange.books, plain(told.exchange.local_tax), told.exchange.ratio] == [
        "EUR", "21.2", "200/217",
    ]  # fmt: skip
    assert told.exchange.rated_on == DAY
    assert told.note == "Tax in EUR: 21.20 EUR. Rate: 1 EUR = 1.085 USD (European Central Bank, 29 May 2026)."
    xml = bytes(document(invoice, "xml").body).decode()
    assert '<ram:TaxTotalAmount currencyID="EUR">21.20<' in xml and "<ram:TaxCurrencyCode>EUR<" in xml
    # A credit note is converted at the rate of its invoice, whatever the rate is by then.
    world.on("2026-06-05")
    enter(Quote("EUR", "USD", date(2026, 6, 5), Decimal(2), ""), by="ada")
    note = from_json(credit(invoice, [], reason="Wrong", key="c", actor="ada", door="staff").content)
    assert note.exchange == told.exchange and "Tax in EUR: 21.20 EUR." in note.note
    change = "UPDATE invoicing_invoice SET content = replace(content, '{}', '{}') WHERE kind = 'invoice'"
    assert "M7" in breaking(change.format('"local_tax":"21.2"', '"local_tax":"21.21"'))
    assert "M7" in breaking(change.format('"ratio":"200/217"', '"ratio":"201/217"'))
    assert "M7" in breaking(change.format('"exchange":', '"exchanged":'))


def test_without_a_rate_there_is_no_invoice_with_tax(world: World) -> None:
    acme = in_dollars(world)
    world.on("2026-06-01").charge()
    with pytest.raises(Refused) as refused:
        world.bill()
    assert (refused.value.code, Invoice.objects.count()) == ("no_exchange_rate", 0)
    known(ecb("USD", "1.085"))
    world.bill()
    assert acme.totals == ["123"]


def test_where_no_tax_is_due_a_rate_is_not_missed(world: World) -> None:
    acme = in_dollars(world, profile={"country": "US", "city": "Boston"})
    world.on("2026-06-01").close()
    assert (acme.totals, from_json(acme.invoices[0].content).exchange) == (["100"], None)


def test_staff_see_the_rates(world: World, portal: Any) -> None:
    known(ecb("USD", "1.085"))
    assert "European Central Bank" in portal().read("/staff/exchange-rates/")


def test_entered_over_the_api(world: World) -> None:
    finance = staff_key(StaffRole.FINANCE)
    body = {"base": "EUR", "quote": "USD", "on": "2026-05-29", "rate": "1.0850"}
    made = finance.post("/exchange-rates", body, key="r")
    assert (made.status_code, made.json()["rate"], made.json()["source"]) == (201, "1.085", "manual")
    assert finance.post("/exchange-rates", body, key="r").json() == made.json()
    assert finance.get("/exchange-rates").json()["data"] == [made.json()]
    wrong = finance.post("/exchange-rates", {**body, "rate": "0"}, key="s")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "bad_rate")
    assert staff_key(StaffRole.SUPPORT).post("/exchange-rates", body, key="t").status_code == 403
    entry = AuditEntry.objects.get(verb="exchange_rate.add")
    assert (entry.subject, entry.door, entry.detail) == (
        made.json()["id"], "api", {"base": "EUR", "quote": "USD", "on": "2026-05-29", "rate": "1.085"},
    )  # fmt: skip
