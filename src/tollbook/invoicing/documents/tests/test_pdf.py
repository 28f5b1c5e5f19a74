"""What a reader finds on the page. Text is taken from the PDF, not from the template's input."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from tollbook.invoicing.documents.glyphs import UNKNOWN, code_points, coverage, printable, xml_text
from tollbook.invoicing.documents.pdf import render_pdf
from tollbook.invoicing.documents.scanned import transfer
from tollbook.invoicing.documents.tests import samples
from tollbook.invoicing.documents.tests.hostile import TEXTS

D = Decimal


def pages(pdf: bytes) -> list[str]:
    """Each page's text, blanks made one."""
    return [" ".join(page.extract_text().replace("\u200b", "").split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def test_one_page_says_everything() -> None:
    found = pages(render_pdf(samples.simple()))
    assert len(found) == 1
    for text in (
        "Invoice NW-2026-1188",
        "Amount due €230.10 due 14 December 2026",
        "Issued 30 November 2026",
        "Period 1\N{EN DASH}30 Nov 2026 (Europe/Berlin)",
        "Your reference PO-77",
        "Brightwater SARL",
        "VAT ID FR40303265045",
        "412.5 GB 0.04 19 % 16.50",
        "731 requests 0.0000004 19 % 0.00 exactly 0.0002924",
        "Subtotal Cloud 54.90",
        "Subtotal Messaging 124.46",
        "15 of 30 days × 76.80 = 38.40",
        "Total net €193.36",
        "VAT €36.74",
        "Total €230.10",
        "IBAN DE89 3704 0044 0532 0130 00",
        "BIC COBADEFFXXX",
        "Page 1 of 1",
    ):
        assert text in found[0].replace("\u202f", " "), text


def test_a_section_of_one_line_has_no_subtotal() -> None:
    assert "Subtotal Domains" not in pages(render_pdf(samples.simple()))[0]


def test_pdf_a_3b_and_tagged_and_deterministic() -> None:
    pdf = render_pdf(samples.simple())
    assert pdf == render_pdf(samples.simple())
    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in metadata
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  (a PDF object)
    assert root["/Lang"] == "en"


def test_many_lines_repeat_the_heads_and_number_the_pages() -> None:
    found = pages(render_pdf(samples.long()))
    total = len(found)
    assert total == 14
    for place, text in enumerate(found, 1):
        assert f"Page {place} of {total}" in text
    for text in found[:-1]:
        assert "Description Quantity Unit price VAT Net (EUR)" in text
    assert all("Northwind Invoice NW-2026-1188" in text for text in found[1:])
    assert "SKU 0299" in found[-2]
    # A subtotal never opens a page: the line before it is on the same one.
    for text in found:
        for number in range(1, 16):
            if f"Subtotal Project {number:02d}" in text:
                assert f"SKU {number * 20 - 1:04d}" in text


def test_text_is_data_never_source() -> None:
    lines = [
        samples.line(text, "1", "1", section=text, unit=text[:20], description=text, arithmetic=(text,))
        for text in TEXTS
    ]
    made = samples.content(
        lines,
        seller=replace(samples.SELLER, name=TEXTS[0], legal_note=TEXTS[2]),
        buyer=replace(samples.BUYER, name=TEXTS[1], attention=TEXTS[4], reference=TEXTS[5]),
        note="\n".join(TEXTS),
        number="#NW[1]",
        prepaid=D(1),
        prepaid_label=TEXTS[2],
        zone="<x>",
    )
    text = " ".join(pages(render_pdf(made)))
    for given in (*TEXTS[:7], "Invoice #NW[1]", "(<x>)"):
        assert given in text, given
    assert "x" * 60 in text.replace(" ", "")


@pytest.mark.parametrize("given", TEXTS)
def test_each_hostile_text_alone(given: str) -> None:
    made = samples.content([samples.line(given, "1", "1", unit=given)], buyer=replace(samples.BUYER, name=given))
    assert "Total €1.19" in " ".join(pages(render_pdf(made)))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain", "plain"),
        ("a\u202eb", "ab"),
        ("tab\tnew\nline", "tab new line"),
        ("\x07bell", "bell"),
        ("\U0001d518nicode", "Unicode"),
        ("日本語", "日本語"),
        ("ሰላም", UNKNOWN * 3),
        ("\ud800", UNKNOWN),
        ("x" * 30, "\u200b".join(["x" * 8] * 3 + ["x" * 6])),
    ],
)
def test_printable(given: str, shown: str) -> None:
    assert printable(given) == shown


def test_printable_is_covered_or_invisible() -> None:
    for text in TEXTS:
        assert all(ord(char) in coverage() or char in "\u200b\u200c\u200d" for char in printable(text)), text


def test_xml_text_replaces_what_xml_forbids() -> None:
    assert xml_text("a\x00b\x07c\ud800d\ufffee\tf\U0001f600") == "a\ufffdb\ufffdc\ufffdd\ufffde\tf\U0001f600"


def test_a_file_that_is_no_font() -> None:
    with pytest.raises(ValueError, match="no character map"):
        list(code_points(b"\0" * 64))


def test_bank_transfer_can_be_scanned() -> None:
    made = samples.simple(prepaid=D("100.10"))
    assert transfer(made).split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "COBADEFFXXX",
        "Northwind Hosting GmbH",
        "DE89370400440532013000",
        "EUR130.00",
        "",
        "",
        "NW-2026-1188",
    ]
    assert "Scan with your banking app" in " ".join(pages(render_pdf(made)))


@pytest.mark.parametrize("change", [{"currency": "CHF"}, {"kind": "proforma"}, {"payment": None}])
def test_no_code_to_scan_where_none_is_defined(change: dict[str, Any]) -> None:
    made = samples.simple(**change)
    assert transfer(made) == ""
    assert "Scan with" not in " ".join(pages(render_pdf(made)))


def test_reverse_charge_says_why() -> None:
    text = pages(render_pdf(samples.reverse_charge()))[0].replace("\u202f", " ")
    assert "120.00 0 % AE 120.00" in text
    assert "AE Reverse charge: the recipient accounts for the VAT (Art. 196 of Directive 2006/112/EC)." in text


def test_credit_note_says_what_it_corrects_and_asks_for_nothing() -> None:
    text = pages(render_pdf(samples.credit_note()))[0]
    assert "Credit note NC-2026-0017" in text
    assert "Amount credited €19.64" in text
    assert "Corrects invoice NW-2026-1188 of 30 November 2026" in text
    assert "How to pay" not in text
    assert "You need not pay anything" in text


def test_wallet_settles_a_part() -> None:
    text = pages(render_pdf(samples.simple(prepaid=D("100.10"), prepaid_label="Paid from wallet")))[0]
    assert "Amount due €130.00 due 14 December 2026" in text
    assert "Total €230.10 Paid from wallet \N{MINUS SIGN}€100.10 Amount due €130.00" in text


def test_wallet_settles_all() -> None:
    text = pages(render_pdf(samples.simple(prepaid=D("230.10"), prepaid_label="Paid from wallet")))[0]
    assert "Amount due €0.00 Paid in full" in text
    assert "How to pay" not in text


@pytest.mark.parametrize(
    ("kind", "title", "note"),
    [
        ("proforma", "Proforma invoice", "This is not a tax invoice."),
        ("receipt", "Receipt", "It is not a tax invoice."),
    ],
)
def test_other_kinds(kind: str, title: str, note: str) -> None:
    text = " ".join(pages(render_pdf(samples.simple(kind=kind))))
    assert title in text
    assert note in text


def test_figures_follow_the_language() -> None:
    text = pages(render_pdf(samples.simple(language="de")))[0].replace("\xa0", " ")
    assert "230,10 €" in text
    assert "2.140 messages" in text
    assert "0,0000004" in text
    assert "Zu zahlen 230,10 € fällig am 14. Dezember 2026" in text
    assert "Leistung Menge Einzelpreis USt. Netto (EUR)" in text


def test_a_language_without_words_has_english_ones_and_its_own_figures() -> None:
    pdf = render_pdf(samples.simple(language="pl"))
    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/Lang"] == "en"
    assert "Amount due 230,10 € due 14 grudnia 2026" in pages(pdf)[0].replace("\xa0", " ")


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "JP¥330"), ("USD", "US$330.00"), ("KWD", "KWD 330.000")])
def test_currencies_have_their_own_places(currency: str, shown: str) -> None:
    made = samples.content([samples.line("a", "3", "100", tax_percent=D(10))], currency=currency, language="en_GB")
    assert f"Total {shown}" in pages(render_pdf(made))[0].replace("\xa0", " ")


def test_negative_and_many_digits() -> None:
    made = samples.content(
        [samples.line("a", "-1", "2.5"), samples.line("b", "12345678.123456789012", "0.000000000431")]
    )
    text = pages(render_pdf(made))[0].replace("\u202f", " ")
    assert "\N{MINUS SIGN}1 2.50 19 % \N{MINUS SIGN}2.50" in text
    assert "12,345,678.123456789012 0.000000000431 19 % 0.01" in text
