"""What EN 16931 asks for beyond figures that agree: found before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from tollbook.invoicing.documents import codes
from tollbook.invoicing.documents.content import Content
from tollbook.kernel.errors import Problem, shown
from tollbook.kernel.money import EXACT, WIDE, minor_units, plain

MOST_PLACES = 2
#: How far the official rules let a tax be from its rate: under one unit of the currency, whatever its places.
TAX_TOLERANCE = 1
_VAT_PREFIX = re.compile(r"[A-Z]{2}")


def problems(content: Content) -> list[Problem]:
    """Why `content` cannot be an e-invoice, naming the rule of the standard; empty when it can."""
    found = [*never(content), *_document(content), *_sides(content), *_groups(content)]
    return [*found, *_coded(content), *_lines(content)]


def never(content: Content) -> list[Problem]:
    """Why no data would make `content` an e-invoice: the standard has no place for what it says."""
    return list(_unsayable(content))


def _unsayable(content: Content) -> Iterator[Problem]:
    if minor_units(content.currency) > MOST_PLACES:
        reason = "EN 16931 allows amounts two decimal places (BR-DEC), this currency has more"
        yield _lacks("currency", content.currency, "too_many_places", reason)
    for tax in content.taxes:
        if len(tax.parts) > 1:
            reason = f"EN 16931 knows one tax on a line, this invoice has several ({tax.tax_name})"
            yield _lacks("taxes", tax.tax_name, "several_taxes", reason)
        due = WIDE.divide(EXACT.multiply(tax.net, tax.percent), Decimal(100))
        if abs(EXACT.subtract(tax.tax, due)) >= TAX_TOLERANCE:
            reason = "tax rounded by line departs from the rate by a whole unit of the currency (BR-CO-17)"
            yield _lacks("taxes.tax", plain(tax.tax), "tax_too_far", reason)


def _lacks(field: str, value: object, code: str, reason: str, row: int | None = None) -> Problem:
    return Problem(row, field, shown(value), code, f"{field}: {reason}")


def _document(content: Content) -> Iterator[Problem]:
    if content.kind == "receipt":
        yield _lacks("kind", content.kind, "not_an_invoice", "a receipt says what was paid: it is no e-invoice")
    if content.kind == "proforma" and not content.period_start:
        reason = "money that is asked for ahead bills no supply: there is nothing to say of its delivery"
        yield _lacks("period_start", content.period_start, "period_missing", reason)
    terms = content.payment.terms if content.payment else ""
    if content.payable > 0 and not content.due_on and not terms and content.kind != "credit_note":
        yield _lacks("due_on", content.due_on, "due_missing", "give a due date or payment terms (BR-CO-25)")


def _sides(content: Content) -> Iterator[Problem]:
    seller, buyer = content.seller, content.buyer
    used = {tax.code for tax in content.taxes}
    if "O" in used and len(content.taxes) > 1:
        reason = "code O (outside the scope of tax) stands alone on an invoice (BR-O-11)"
        yield _lacks("taxes", ", ".join(sorted(used)), "outside_scope_mixed", reason)
    if used == {"O"} and not seller.registration:
        yield _lacks("seller.registration", "", "seller_id_missing", "give a company number (BR-CO-26)")
    if used & {"AE", "G"} and not seller.vat_id:
        reason = "reverse charge and export need the seller's VAT number (BR-AE-02, BR-G-02)"
        yield _lacks("seller.vat_id", "", "seller_vat_missing", reason)
    elif used - {"O"} and not (seller.vat_id or seller.tax_id):
        yield _lacks("seller.vat_id", "", "seller_vat_missing", "give a VAT or tax number (BR-S-02)")
    if "AE" in used and not (buyer.vat_id or buyer.registration):
        reason = "reverse charge needs the buyer's VAT number (BR-AE-02)"
        yield _lacks("buyer.vat_id", "", "buyer_vat_missing", reason)
    yield from _addresses(content)


def _addresses(content: Content) -> Iterator[Problem]:
    for role, party in (("seller", content.seller), ("buyer", content.buyer)):
        if party.vat_id and not _VAT_PREFIX.match(party.vat_id):
            yield _lacks(f"{role}.vat_id", party.vat_id, "vat_prefix", "begin it with the country (BR-CO-09)")
        if party.endpoint and not party.endpoint_scheme:
            field = f"{role}.endpoint_scheme"
            yield _lacks(field, "", "scheme_missing", "name the scheme of the address (BR-62, BR-63)")


def _groups(content: Content) -> Iterator[Problem]:
    for tax in content.taxes:
        if tax.code == "S" and tax.percent <= 0:
            yield _lacks("taxes.percent", str(tax.percent), "rate_missing", "code S needs a rate above 0 (BR-S-05)")
        if tax.code == "E" and not (tax.reason or tax.exemption_code):
            yield _lacks("taxes.reason", "", "reason_missing", "say why it is exempt (BR-E-10)")
    if any(tax.code == "Z" and tax.exemption_code for tax in content.taxes):
        yield _lacks("taxes.exemption_code", "", "reason_not_allowed", "code Z takes no exemption (BR-Z-10)")


def _lines(content: Content) -> Iterator[Problem]:
    known = codes.units()
    for row, line in enumerate(content.lines, 1):
        if line.unit_code not in known:
            reason = "give a UN/ECE Rec 20 code such as C62 (one), HUR (hour), E34 (gigabyte) (BR-CL-23)"
            yield _lacks("unit_code", line.unit_code, "unknown_unit", reason, row)


def _coded(content: Content) -> Iterator[Problem]:
    seller, buyer = content.seller, content.buyer
    found = [
        ("currency", content.currency, codes.currencies(), "unknown_currency", "BR-CL-04"),
        ("seller.country", seller.country, codes.countries(), "unknown_country", "BR-CL-14"),
        ("buyer.country", buyer.country, codes.countries(), "unknown_country", "BR-CL-14"),
        ("seller.endpoint_scheme", seller.endpoint_scheme, codes.schemes(), "unknown_scheme", "BR-CL-25"),
        ("buyer.endpoint_scheme", buyer.endpoint_scheme, codes.schemes(), "unknown_scheme", "BR-CL-25"),
    ]
    for tax in content.taxes:
        field = "taxes.exemption_code"
        found.append((field, tax.exemption_code, codes.exemptions(), "unknown_exemption", "BR-CL-22"))
    for field, value, known, code, rule in found:
        if value and value not in known:
            yield _lacks(field, value, code, f"it is not in the code list of the standard ({rule})")
