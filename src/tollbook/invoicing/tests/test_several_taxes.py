"""Several taxes on one sale: Quebec's GST and QST, none on the other, each rounded, booked and printed by itself."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tollbook.brands.models import TaxRate
from tollbook.invoicing.documents.view import view
from tollbook.invoicing.explain import explain_invoice
from tollbook.invoicing.models import Invoice, InvoiceTaxPart
from tollbook.invoicing.queries import content_of
from tollbook.invoicing.rendering import document, no_einvoice
from tollbook.kernel.errors import Invalid
from tollbook.kernel.money import plain
from tollbook.ledger.queries import of_source
from tollbook.site.tests.world import World


@pytest.fixture
def canada(world: World) -> World:
    """The brand sells from Montreal: GST everywhere, GST and QST in Quebec, HST instead of the GST in Ontario."""
    rates = (("", "GST", "5"), ("QC", "GST", "5"), ("QC", "QST", "9.975"), ("ON", "HST", "13"))
    for region, name, percent in rates:
        TaxRate.objects.create(
            country="CA", region=region, name=name, category="standard", percent=Decimal(percent),
            valid_from=date(2016, 7, 1),
        )  # fmt: skip
    world.brand.country, world.brand.region, world.brand.vat_id = "CA", "QC", "CA123456789RT0001"
    world.brand.save()
    return world


def billed(canada: World, amount: str, region: str) -> Invoice:
    canada.plan("flat", canada.monthly(amount))
    acme = canada.customer(profile={"country": "CA", "region": region}).buys("flat")
    canada.on("2026-06-01").close()
    (invoice,) = acme.invoices
    return invoice


def taxes(invoice: Invoice) -> Any:
    rows = InvoiceTaxPart.objects.filter(group__invoice=invoice).order_by("pk")
    return [(part.name, plain(part.percent), plain(part.tax)) for part in rows]


def payable(invoice: Invoice) -> Any:
    return {
        posting.account.owner: plain(posting.amount)
        for entry in of_source("invoice", invoice.public_id)
        for posting in entry.postings.all()
        if posting.account.kind == "tax_payable"
    }


@pytest.mark.parametrize(
    ("region", "parts", "tax", "booked"),
    [
        # 100.10: 5.005 and 9.984975 are rounded each by itself (Invoice Ninja #8566 has 140: 7.00 and 13.97).
        ("QC", [("GST", "5", "5.01"), ("QST", "9.975", "9.98")], "14.99", {"S:5:GST": "-5.01", "S:9.975:QST": "-9.98"}),
        ("AB", [("GST", "5", "5.01")], "5.01", {"S:5:GST": "-5.01"}),
        ("ON", [("HST", "13", "13.01")], "13.01", {"S:13:HST": "-13.01"}),
    ],
)
def test_the_taxes_of_the_region(canada: World, region: str, parts: Any, tax: str, booked: Any) -> None:
    invoice = billed(canada, "100.10", region)
    assert [plain(invoice.net), plain(invoice.tax), taxes(invoice)] == ["100.1", tax, parts]
    assert payable(invoice) == booked
    assert explain_invoice(invoice).check is True


def test_the_document_shows_each_and_is_no_einvoice(canada: World) -> None:
    invoice = billed(canada, "140", "QC")
    content = content_of(invoice)
    shown = view(content)
    assert shown["taxes"] == [
        ["GST 5\N{NARROW NO-BREAK SPACE}%", "140.00", "7.00"],
        ["QST 9.975\N{NARROW NO-BREAK SPACE}%", "140.00", "13.97"],
    ]
    assert shown["totals"]["rows"][1:] == [["GST", "€7.00"], ["QST", "€13.97"]]
    assert explain_invoice(invoice).taxes[0].sentence == (
        "Tax S: GST 5 % 7.00 EUR and QST 9.975 % 13.97 EUR of 140.00 EUR, the lines of this group, each by itself, "
        "rounded half up once for the group: 20.97 EUR"
    )
    assert no_einvoice(content) == ("taxes: EN 16931 knows one tax on a line, this invoice has several (GST + QST)")
    with pytest.raises(Invalid) as refused:
        document(invoice, "xml")
    assert [problem.code for problem in refused.value.problems] == ["several_taxes"]
    body = bytes(document(invoice, "pdf").body)
    assert body.startswith(b"%PDF") and b"factur-x.xml" not in body
    assert list(invoice.documents.values_list("format", flat=True)) == ["pdf"]


@pytest.mark.parametrize(
    ("mode", "net", "parts"),
    [
        # 114.98 with 14.975 % inside is 100.00 (100.0043...); the QST takes what the GST leaves of the price.
        ("keep_gross", "100", [("GST", "5", "5"), ("QST", "9.975", "9.98")]),
        ("per_line", "100", [("GST", "5", "5"), ("QST", "9.975", "9.98")]),
        ("sum_by_net", "100", [("GST", "5", "5"), ("QST", "9.975", "9.98")]),
    ],
)
def test_both_taxes_in_one_price(canada: World, mode: str, net: str, parts: Any) -> None:
    canada.taxes(mode, inside=True)
    invoice = billed(canada, "114.98", "QC")
    assert [plain(invoice.net), taxes(invoice), plain(invoice.total)] == [net, parts, "114.98"]
    assert explain_invoice(invoice).check is True


def test_a_single_named_tax_can_be_an_einvoice(canada: World) -> None:
    assert no_einvoice(content_of(billed(canada, "10", "ON"))) == ""
