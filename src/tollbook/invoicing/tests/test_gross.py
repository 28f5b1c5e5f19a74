"""Prices that include tax, from the price to the document, the books and the wallet."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import example, given
from hypothesis import strategies as st

from tollbook.brands.models import TaxRate
from tollbook.catalog.actions import price_book
from tollbook.catalog.models import PriceBook
from tollbook.invoicing.documents import einvoice, validate
from tollbook.invoicing.explain import explain_invoice
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import content_of
from tollbook.invoicing.rules import LinePrice, amounts_of
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import add_up, plain
from tollbook.ledger.queries import of_source
from tollbook.site.tests.world import World
from tollbook.tax import Code, Priced, TaxMode, Treatment, breakdown, totals

FRENCH = {"country": "FR", "vat_id": "FR12345678901"}


def amounts(invoice: Invoice) -> list[str]:
    return [plain(a) for a in (invoice.net, invoice.tax, invoice.total)]


def lines(invoice: Invoice) -> Any:
    return [(plain(line.gross), plain(line.net)) for line in invoice.lines.order_by("position")]


def postings(invoice: Invoice) -> Any:
    return {
        (posting.account.kind, posting.account.owner if posting.account.kind == "tax_payable" else ""): plain(
            posting.amount
        )
        for entry in of_source("invoice", invoice.public_id)
        for posting in entry.postings.all()
    }


def three_tickets(world: World) -> Any:
    world.plan("a", *(world.monthly("14.99", code) for code in ("first", "second", "third")))
    TaxRate.objects.filter(country="IE").update(percent=Decimal(19))
    acme = world.customer().buys("a")
    world.on("2026-06-01").close()
    return acme.invoices[0]


@pytest.mark.parametrize(
    ("mode", "nets", "told"),
    [
        # Three tickets of 14.99 with 19 % inside; 12.5966... each. The totals are those of tax/tests/test_groups.py.
        ("sum_by_net", ["12.6", "12.6", "12.6"], ["37.8", "7.18", "44.98"]),
        ("per_line", ["12.6", "12.6", "12.6"], ["37.8", "7.17", "44.97"]),
        ("keep_gross", ["12.6", "12.59", "12.6"], ["37.79", "7.18", "44.97"]),
    ],
)
def test_each_mode_from_price_to_document(world: World, mode: str, nets: list[str], told: list[str]) -> None:
    world.taxes(mode, inside=True)
    invoice = three_tickets(world)
    assert (amounts(invoice), invoice.tax_mode) == (told, mode)
    assert lines(invoice) == [("14.99", net) for net in nets]
    exact = Decimal("44.97") * 100 / 119
    booked = postings(invoice)
    assert booked["receivable", ""] == told[2]
    assert booked["tax_payable", "S:19"] == f"-{told[1]}"
    assert booked["revenue", ""] == "-37.7899159664"
    assert booked["rounding", ""] == plain(round(exact, 10) - Decimal(told[0]))
    assert explain_invoice(invoice).check is True
    content = content_of(invoice)
    assert [(line.unit_price, line.gross, line.tax_included) for line in content.lines] == 3 * [
        (None, Decimal("14.99"), Decimal(19))
    ]
    assert ("add up to 44.97 EUR" in content.note) is (mode == "sum_by_net")
    assert validate.validate([einvoice.render_xml(content)])[0].failures == ()


def test_an_explanation_tells_the_tax_in_the_price(world: World) -> None:
    world.taxes(inside=True)
    told = explain_invoice(three_tickets(world))
    assert told.lines[0].rounding.sentence == (
        "Rounding: 14.99 EUR is exact. The price includes 19 % tax: without tax 14.99 EUR is 12.60 EUR"
    )
    assert told.taxes[0].sentence == (
        "Tax S: 19 % of 37.80 EUR, the lines of this group = 7.182 EUR, rounded half up once for the group: 7.18 EUR"
    )


def test_the_price_is_rounded_once_and_the_net_follows(world: World) -> None:
    # 3 x 0.335 = 1.005 including 23 %: 1.01, of which 0.82 is net; the revenue is 1.005 / 1.23.
    world.taxes("keep_gross", inside=True).meter("sms").plan("cloud", world.metered("sms", "0.335"))
    acme = world.customer().buys("cloud").uses("sms", 3, "2026-05-03")
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    assert [lines(invoice), amounts(invoice)] == [[("1.01", "0.82")], ["0.82", "0.19", "1.01"]]
    assert postings(invoice) == {
        ("receivable", ""): "1.01",
        ("revenue", ""): "-0.8170731707",
        ("tax_payable", "S:23"): "-0.19",
        ("rounding", ""): "-0.0029268293",
    }


def test_what_is_carried_is_of_the_price(world: World) -> None:
    world.taxes("keep_gross", inside=True).meter("sms", "sum", "route")
    world.plan("cloud", *(world.metered("sms", "0.004", r, match={"route": r}) for r in "abc"))
    acme = world.customer().buys("cloud")
    acme.sends(*(acme.draft("sms", 1, "2026-05-02", route=r) for r in "abc"))
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    assert [plain(line.gross or Decimal(0)) for line in invoice.lines.order_by("position")] == ["0", "0.01", "0"]
    assert [amounts(invoice), explain_invoice(invoice).check] == [["0.01", "0", "0.01"], True]


@pytest.mark.parametrize(
    ("included", "told", "revenue"),
    [
        # 123 with 23 % inside, to a French firm under reverse charge: all of it is net, or the home tax is taken out.
        ("keep_price", ["123", "0", "123"], "-123"),
        ("keep_net", ["100", "0", "100"], "-100"),
    ],
)
def test_where_no_tax_is_due(world: World, included: str, told: list[str], revenue: str) -> None:
    world.taxes(inside=True, included=included).plan("flat", world.monthly("123"))
    acme = world.customer(profile=FRENCH).buys("flat")
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    assert [amounts(invoice), postings(invoice)["revenue", ""]] == [told, revenue]
    assert explain_invoice(invoice).check is True
    assert validate.validate([einvoice.render_xml(content_of(invoice))])[0].failures == ()


@pytest.mark.parametrize(
    ("included", "told"),
    [("keep_price", ["102.5", "20.5", "123"]), ("keep_net", ["100", "20", "120"])],
)
def test_where_another_tax_is_due(world: World, included: str, told: list[str]) -> None:
    # A French consumer pays French tax where the brand is in the One Stop Shop: 20 % instead of 23 %.
    TaxRate.objects.create(country="FR", category="standard", percent=Decimal(20), valid_from=date(2014, 1, 1))
    world.taxes(inside=True, included=included).plan("flat", world.monthly("123"))
    world.brand.oss_registered = True
    world.brand.save(update_fields=["oss_registered"])
    acme = world.customer(kind="individual", profile={"country": "FR"}).buys("flat")
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    assert [amounts(invoice), explain_invoice(invoice).check] == [told, True]


@pytest.mark.parametrize("mode", ["keep_gross", "sum_by_net"])
def test_prepaid_use_draws_the_price_and_no_tax_on_top(world: World, mode: str) -> None:
    world.taxes(mode, inside=True).meter("air").plan("air", world.metered("air", "0.10", prepaid=True))
    bolt = world.customer("bolt").tops_up("20").buys("air").uses("air", 33, "2026-05-02")
    world.on("2026-05-20").charge()
    assert bolt.balance == "16.7"
    world.on("2026-06-01").close()
    (invoice,) = bolt.invoices
    # 3.30 / 1.23 = 2.68 net, 0.62 tax.
    assert [amounts(invoice), plain(invoice.prepaid), invoice.state] == [["2.68", "0.62", "3.3"], "3.3", "paid"]
    assert bolt.balance == "16.7"


def test_a_book_with_prices_stays_what_it_is(world: World) -> None:
    assert price_book(world.brand, "EUR").includes_tax is False
    assert price_book(world.brand, "EUR", includes_tax=True).includes_tax is True
    world.plan("flat", world.monthly("10"))
    with pytest.raises(Refused) as refused:
        price_book(world.brand, "EUR", includes_tax=False)
    assert (refused.value.code, price_book(world.brand, "EUR").includes_tax) == ("book_has_prices", True)
    change = "UPDATE catalog_price_book SET includes_tax = false"
    with pytest.raises(DatabaseError, match="a frozen column"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert PriceBook.objects.get().includes_tax is True


prices = st.lists(st.decimals("-50", "200", places=4), min_size=1, max_size=12)


@example(
    exact=[Decimal(0)] * 4 + [Decimal("-11.0050"), Decimal("13.6150")],
    percent=20,
    mode=TaxMode.KEEP_GROSS,
    carried=False,
)
@given(prices, st.sampled_from([0, 5, 7, 19, 20, 23]), st.sampled_from(list(TaxMode)), st.booleans())
def test_nets_are_their_groups_and_kept_prices_are_the_total(
    exact: list[Decimal], percent: int, mode: TaxMode, carried: bool
) -> None:
    treatment = Treatment(Code.STANDARD, Decimal(percent), "")
    priced = [LinePrice(each, Decimal(percent) if n % 3 else None, treatment, n % 2) for n, each in enumerate(exact)]
    found = amounts_of(priced, "EUR", carried, mode)
    (group,) = breakdown([Priced(net, treatment, gross) for net, gross, _ in found], "EUR", mode)
    assert group.net == add_up(each.net for each in found)
    inside = [each for each in found if each.gross is not None]
    assert all(abs(each.net - (each.gross or Decimal(0)) * 100 / (100 + percent)) < Decimal("0.01") for each in inside)
    if mode is not TaxMode.SUM_BY_NET and len(inside) == len(found):
        assert totals([group])[2] == add_up(each.gross or Decimal(0) for each in inside)
    # BR-CO-17 lets a tax be off by less than one unit of the currency.
    assert abs(group.tax - group.net * percent / 100) <= Decimal("0.01") * len(found)
