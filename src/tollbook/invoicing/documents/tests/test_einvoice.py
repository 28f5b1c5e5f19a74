"""E-invoices: exact figures, the official rules without a failure, and controls that must fail."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import facturx
import pytest
from lxml import etree
from pypdf import PdfReader

from tollbook.invoicing.documents.content import Content
from tollbook.invoicing.documents.einvoice import render_ubl, render_xml
from tollbook.invoicing.documents.embed import embed
from tollbook.invoicing.documents.pdf import render_pdf
from tollbook.invoicing.documents.schema import check_schema
from tollbook.invoicing.documents.tests import samples
from tollbook.invoicing.documents.tests.hostile import TEXTS
from tollbook.invoicing.documents.validate import Report, validate
from tollbook.kernel.errors import Invalid, Permanent, Refused, Retryable

D = Decimal
NONE: dict[str, Any] = {"tax_percent": D(0)}
NS = {
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


def of_code(code: str) -> Content:
    return samples.content([samples.line("a", "1", "5", tax_code=code, **NONE)])


def signs() -> Content:
    """Quantities and prices of either sign, tiers without a price, and lines of nothing."""
    return samples.content(
        [
            samples.line("bought", "3", "5"),
            samples.line("returned", "-1", "5"),
            samples.line("discount", "2", "-1.50"),
            samples.line("tiers", "7", None, "4.005"),
            samples.line("tiers back", "7", None, "-1.005"),
            samples.line("flat fee without use", "0", None, "2"),
            samples.line("nothing used", "0", "9"),
            samples.line("below a cent", "731", "0.0000004"),
            samples.line("twelve places", "12345678.123456789012", "0.000000000431"),
        ]
    )


def hostile() -> Content:
    lines = [samples.line(text, "1", "1", section=text, description=text, arithmetic=(text,)) for text in TEXTS]
    buyer = replace(samples.BUYER, name=TEXTS[1], attention=TEXTS[4], reference=TEXTS[5])
    return samples.content(lines, buyer=buyer, note="\n".join(TEXTS))


CASES: dict[str, Callable[[], Content]] = {
    "simple": samples.simple,
    "wallet pays a part": lambda: samples.simple(prepaid=D("100.10")),
    "wallet pays all": lambda: samples.simple(prepaid=D("230.10"), due_on=None, payment=None),
    "reverse charge": samples.reverse_charge,
    "zero rated": lambda: of_code("Z"),
    "exempt": lambda: of_code("E"),
    "export": lambda: of_code("G"),
    "outside the scope": lambda: of_code("O"),
    "mixed rates": lambda: samples.content(
        [samples.line("a", "1", "10"), samples.line("b", "1", "20", tax_percent=D(7)), of_code("E").lines[0]]
    ),
    "signs": signs,
    "negative total": lambda: samples.content([samples.line("a", "-1", "5")]),
    "credit note": samples.credit_note,
    "buyer without VAT number": lambda: samples.simple(buyer=replace(samples.BUYER, vat_id="", email="")),
    "without a period": lambda: samples.simple(period_start=None, period_end=None),
    "credit note without a period": lambda: samples.credit_note(period_start=None, period_end=None),
    "300 lines": samples.long,
    "hostile texts": hostile,
    "yen": lambda: samples.content([samples.line("a", "3", "100", tax_percent=D(10))], currency="JPY"),
}


@cache
def reports() -> dict[tuple[str, str], Report]:
    """Every case in both syntaxes, in one child process; slow to start, so asked once."""
    keys = [(case, syntax) for case in CASES for syntax in ("cii", "ubl")]
    xmls = [(render_xml if syntax == "cii" else render_ubl)(CASES[case]()) for case, syntax in keys]
    return dict(zip(keys, validate(xmls), strict=True))


@pytest.mark.parametrize("syntax", ["cii", "ubl"])
@pytest.mark.parametrize("case", CASES)
def test_the_official_rules_hold(case: str, syntax: str) -> None:
    found = reports()[case, syntax]
    assert found.failures == ()
    assert found.rules_fired >= 50
    assert found.valid


def test_controls_fail() -> None:
    """The rules do bite: a wrong total, a wrong base, an unknown unit."""
    xml = render_xml(samples.simple())
    ubl = render_ubl(samples.simple())
    spoiled = [
        (xml, b"<ram:GrandTotalAmount>230.10<", b"<ram:GrandTotalAmount>230.11<", "BR-CO-15"),
        (xml, b"<ram:BasisAmount>193.36<", b"<ram:BasisAmount>193.37<", "BR-S-08"),
        (xml, b'unitCode="E34"', b'unitCode="XXX"', "FX-SCH-A-000613"),
        (ubl, b">230.10</cbc:TaxInclusiveAmount>", b">230.11</cbc:TaxInclusiveAmount>", "BR-CO-15"),
    ]
    for made, old, _, _ in spoiled:
        assert made.count(old) == 1, old
    found = validate([made.replace(old, new) for made, old, new, _ in spoiled])
    for (_, _, _, rule), report in zip(spoiled, found, strict=True):
        assert not report.valid
        assert any(rule in failure.rule or rule in failure.text for failure in report.failures), (
            rule,
            report,
        )


def texts(xml: bytes, path: str) -> list[str]:
    found = etree.fromstring(xml).xpath(path, namespaces=NS)
    assert isinstance(found, list)
    return [str(value) for value in found]


def test_figures_are_exact_in_both_syntaxes() -> None:
    made = signs()
    quantities = ["3", "-1", "-2", "7", "-7", "1", "0", "731", "12345678.123456789012"]
    prices = ["5", "5", "1.5", "4.01", "1.01", "2.00", "9", "0.0000004", "0.000000000431"]
    nets = ["15.00", "-5.00", "-3.00", "4.01", "-1.01", "2.00", "0.00", "0.00", "0.01"]
    cii, ubl = render_xml(made), render_ubl(made)
    assert texts(cii, "//ram:BilledQuantity/text()") == quantities
    assert texts(cii, "//ram:ChargeAmount/text()") == prices
    assert texts(cii, "//ram:BasisQuantity/text()") == ["7", "7"]
    assert texts(cii, "//ram:IncludedSupplyChainTradeLineItem//ram:LineTotalAmount/text()") == nets
    assert texts(ubl, "//cbc:InvoicedQuantity/text()") == quantities
    assert texts(ubl, "//cbc:PriceAmount/text()") == prices
    assert texts(ubl, "//cac:InvoiceLine/cbc:LineExtensionAmount/text()") == nets


def test_rounding_is_told() -> None:
    notes = texts(render_xml(samples.simple()), "//ram:IncludedNote/ram:Content/text()")
    assert "Cloud\nExact amount before rounding: 0.0002924 EUR" in notes


def test_credit_note_names_its_invoice() -> None:
    cii, ubl = render_xml(samples.credit_note()), render_ubl(samples.credit_note())
    assert texts(cii, "//ram:TypeCode/text()")[0] == "381"
    assert texts(cii, "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID/text()") == ["NW-2026-1188"]
    assert etree.fromstring(ubl).tag.endswith("}CreditNote")
    assert texts(ubl, "//cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID/text()") == ["NW-2026-1188"]
    assert texts(ubl, "//cbc:CreditedQuantity/text()") == ["412.5"]


def test_prepaid_and_payable() -> None:
    cii = render_xml(samples.simple(prepaid=D("100.10")))
    assert texts(cii, "//ram:TotalPrepaidAmount/text()") == ["100.10"]
    assert texts(cii, "//ram:DuePayableAmount/text()") == ["130.00"]


def test_reverse_charge_gives_reason_and_code() -> None:
    cii = render_xml(samples.reverse_charge())
    assert texts(cii, "//ram:ExemptionReasonCode/text()") == ["VATEX-EU-AE"]
    assert texts(cii, "//ram:ExemptionReason/text()")[0].startswith("Reverse charge")


def test_outside_the_scope_names_no_vat_numbers() -> None:
    cii = render_xml(of_code("O"))
    assert texts(cii, "//ram:SpecifiedTaxRegistration/ram:ID/text()") == []
    assert texts(cii, "//ram:RateApplicablePercent/text()") == []


@pytest.mark.parametrize(("kind", "type_code"), [("debit_note", "383"), ("proforma", "325")])
def test_other_kinds_say_what_they_are(kind: str, type_code: str) -> None:
    corrects = "NW-2026-1001" if kind == "debit_note" else None
    made = samples.simple(kind=kind, corrects=corrects)
    xml, ubl = render_xml(made), render_ubl(made)
    assert f"<ram:TypeCode>{type_code}<".encode() in xml
    assert f"<cbc:InvoiceTypeCode>{type_code}<".encode() in ubl
    assert (b"NW-2026-1001" in xml) is (kind == "debit_note")
    assert [found.failures for found in validate([xml, ubl])] == [(), ()]


def test_text_arrives_as_written() -> None:
    names = texts(render_xml(hostile()), "//ram:SpecifiedTradeProduct/ram:Name/text()")
    assert names == [text.replace("\x07", "\ufffd") for text in TEXTS]


@pytest.mark.parametrize(
    ("make", "field", "code"),
    [
        (lambda: samples.simple(kind="receipt"), "kind", "not_an_invoice"),
        (
            lambda: samples.simple(kind="proforma", period_start=None, period_end=None),
            "period_start",
            "period_missing",
        ),
        (
            lambda: samples.content([samples.line("a", "1", "1")], currency="KWD"),
            "currency",
            "too_many_places",
        ),
        (lambda: samples.simple(due_on=None, payment=None), "due_on", "due_missing"),
        (
            lambda: samples.simple(seller=replace(samples.SELLER, vat_id="")),
            "seller.vat_id",
            "seller_vat_missing",
        ),
        (
            lambda: samples.reverse_charge(buyer=replace(samples.BUYER, vat_id="")),
            "buyer.vat_id",
            "buyer_vat_missing",
        ),
        (lambda: samples.simple(buyer=replace(samples.BUYER, vat_id="12")), "buyer.vat_id", "vat_prefix"),
        (
            lambda: samples.content([*of_code("O").lines, samples.line("b", "1", "1")]),
            "taxes",
            "outside_scope_mixed",
        ),
        (
            lambda: replace(of_code("E"), taxes=(replace(of_code("E").taxes[0], reason=""),)),
            "taxes.reason",
            "reason_missing",
        ),
        (
            lambda: samples.content([samples.line("a", "1", "1", unit_code="hours")]),
            "unit_code",
            "unknown_unit",
        ),
        (
            lambda: samples.simple(buyer=replace(samples.BUYER, country="XX")),
            "buyer.country",
            "unknown_country",
        ),
        (
            lambda: samples.simple(buyer=replace(samples.BUYER, endpoint="x", endpoint_scheme="1")),
            "buyer.endpoint_scheme",
            "unknown_scheme",
        ),
        (
            lambda: replace(of_code("E"), taxes=(replace(of_code("E").taxes[0], exemption_code="VATEX-1"),)),
            "taxes.exemption_code",
            "unknown_exemption",
        ),
    ],
)
def test_what_the_standard_lacks_is_told_before_writing(make: Callable[[], Content], field: str, code: str) -> None:
    for render in (render_xml, render_ubl):
        with pytest.raises(Invalid) as caught:
            render(make())
        assert (field, code) in [(found.field, found.code) for found in caught.value.problems]


def test_schema_is_checked() -> None:
    xml = render_xml(samples.simple())
    check_schema(xml)
    with pytest.raises(Permanent) as caught:
        check_schema(
            xml.replace(b"<ram:TypeCode>380<", b"<ram:Typo>380<").replace(b"380</ram:TypeCode>", b"380</ram:Typo>")
        )
    assert caught.value.code == "einvoice_schema"


@pytest.mark.parametrize("make", [samples.simple, samples.long, samples.credit_note])
def test_pdf_carries_the_xml(make: Callable[[], Content]) -> None:
    pdf, xml = render_pdf(make()), render_xml(make())
    hybrid = embed(pdf, xml)
    assert hybrid.startswith(pdf)
    assert hybrid == embed(pdf, xml)
    name, found = facturx.get_facturx_xml_from_pdf(io.BytesIO(hybrid), check_xsd=True, check_schematron=False)
    assert (name, found) == ("factur-x.xml", xml)
    reader = PdfReader(io.BytesIO(hybrid), strict=True)
    root: Any = reader.trailer["/Root"]
    assert root["/AF"][0]["/AFRelationship"] == "/Alternative"
    metadata = root["/Metadata"].get_data().decode()
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in metadata
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    etree.fromstring(metadata.encode())
    assert len(reader.pages) == len(PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7 nothing", b"trailer <</Size 1>>\nstartxref\n0\n%%EOF\n"])
def test_embedding_in_something_else(pdf: bytes) -> None:
    with pytest.raises(ValueError, match="where typst writes it"):
        embed(pdf, b"<x/>")


def test_embedding_twice() -> None:
    hybrid = embed(render_pdf(samples.credit_note()), b"<x/>")
    with pytest.raises(ValueError, match="updated since typst wrote it"):
        embed(hybrid, b"<x/>")


def test_validator_refuses_what_is_no_invoice() -> None:
    for xml in (b"<x/>", b"not xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'):
        with pytest.raises(Refused) as caught:
            validate([xml])
        assert caught.value.code == "not_an_invoice"


def test_validator_time_out_and_limits() -> None:
    with pytest.raises(Retryable) as caught:
        validate([render_xml(samples.credit_note())], timeout_s=0.01)
    assert caught.value.code == "validator_timeout"
    with pytest.raises(Refused) as refused:
        validate([b""] * 501)
    assert refused.value.code == "too_many_files"
    assert validate([]) == []
