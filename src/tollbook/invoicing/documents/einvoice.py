"""A content as EN 16931 e-invoice, in CII (Factur-X) or UBL 2.1, by factur-x.

Every number goes to factur-x as a string: it would round floats to four places and refuses Decimals. It also
changes the dict that it is given, so a fresh one is made each time. Its own Schematron check needs a server
and only logs when there is none; ours is in `validate`.

A line that no single price explains (tiers, proration, prices that include tax) is sent as its amount for the whole
quantity: price = net, price base = quantity (BT-149). That is exact where a computed average price would not be.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import facturx

from tollbook.invoicing.documents.content import Buyer, Content, Exchange, Line, Party, Seller, Tax
from tollbook.invoicing.documents.glyphs import xml_text
from tollbook.invoicing.documents.required import problems
from tollbook.invoicing.documents.schema import check_schema
from tollbook.invoicing.documents.wording import CODES, reason
from tollbook.kernel.errors import Invalid
from tollbook.kernel.money import minor_units, plain, round_to

#: UNTDID 1001.
TYPES = {"invoice": "380", "credit_note": "381", "debit_note": "383", "proforma": "325"}
SEPA_TRANSFER, TRANSFER = "58", "30"


def render_xml(content: Content) -> bytes:
    """The document in CII syntax, profile EN 16931 (what Factur-X embeds), checked against its XML schema.

    Raises Invalid when the standard asks for something that `content` lacks (see `required.problems`).
    """
    return _render(content, "factur-x")


def render_ubl(content: Content) -> bytes:
    """The document in UBL 2.1 (an Invoice or a CreditNote), checked against its schema; raises as above."""
    return _render(content, "ubl-2.1")


def _render(content: Content, flavor: str) -> bytes:
    found = problems(content)
    if found:
        raise Invalid(found)
    made = facturx.generate_xml(
        _terms(content), flavor=flavor, level="en16931", check_xsd=False, check_schematron=False
    )
    xml = made if isinstance(made, bytes) else str(made).encode()
    check_schema(xml)
    return xml


def _terms(content: Content) -> dict[str, Any]:
    """The business terms, keyed as the standard numbers them."""
    terms: dict[str, Any] = {
        "BT-1": xml_text(content.number),
        "BT-2": content.issued_on,
        "BT-3": TYPES[content.kind],
        "BT-5": content.currency,
        "BG-4": _seller(content),
        "BG-7": _buyer(content),
        "BT-106": _amount(content.net, content),
        "BT-109": _amount(content.net, content),
        "BT-110": _amount(content.tax, content),
        "BT-112": _amount(content.total, content),
        "BT-115": _amount(content.payable, content),
        "BG-23": [_tax(tax, content) for tax in content.taxes],
        "BG-25": [_line(line, content) for line in content.lines],
    }
    if content.prepaid:
        terms["BT-113"] = _amount(content.prepaid, content)
    if content.exchange and content.tax:
        terms |= {"BT-6": content.exchange.books, "BT-111": _local(content.exchange)}
    if content.note:
        terms["BG-1"] = [{"BT-22": xml_text(content.note)}]
    if content.period_start and content.period_end:
        terms |= {"BT-73": content.period_start, "BT-74": content.period_end, "BT-72": content.period_end}
    else:
        # CII must say something of a delivery. Without a period no day of it is known, but to whom.
        terms["BG-13"] = {"name": xml_text(content.buyer.name), "country_code": content.buyer.country}
    if content.buyer.reference:
        terms["BT-10"] = xml_text(content.buyer.reference)
    if content.corrects:
        terms["BG-3"] = [_corrected(content)]
    return terms | _payment(content)


def _local(exchange: Exchange) -> str:
    return format(round_to(exchange.local_tax, exchange.places), "f")


def _corrected(content: Content) -> dict[str, Any]:
    reference: dict[str, Any] = {"BT-25": xml_text(content.corrects or "")}
    if content.corrects_issued_on:
        reference["BT-26"] = content.corrects_issued_on
    return reference


def _payment(content: Content) -> dict[str, Any]:
    terms: dict[str, Any] = {}
    if content.due_on:
        terms["BT-9"] = content.due_on
    info = content.payment
    if info is None:
        return terms
    if info.terms:
        terms["BT-20"] = xml_text(info.terms)
    if info.iban:
        terms |= {
            "BT-81": SEPA_TRANSFER if content.currency == "EUR" else TRANSFER,
            "BT-83": xml_text(info.reference or content.number),
            "BT-84": "".join(info.iban.split()),
            "BT-85": xml_text(info.account_name or content.seller.name),
        }
        if info.bic:
            terms["BT-86"] = info.bic
    return terms


def _amount(value: Decimal, content: Content) -> str:
    return format(round_to(value, minor_units(content.currency)), "f")


def _seller(content: Content) -> dict[str, Any]:
    seller: Seller = content.seller
    party = _party(seller, taxed=not _outside(content))
    if seller.tax_id and not _outside(content):
        party["tax_identifier"] = xml_text(seller.tax_id)
    if seller.trading_name and seller.trading_name != seller.name:
        party["biz_name"] = xml_text(seller.trading_name)
    if seller.legal_note:
        party["legal_info"] = xml_text(seller.legal_note)
    contact = {"name": seller.name, "phone": seller.phone, "email": seller.email}
    if seller.phone or seller.email:
        party["contacts"] = [{key: xml_text(value) for key, value in contact.items() if value}]
    return party


def _buyer(content: Content) -> dict[str, Any]:
    buyer: Buyer = content.buyer
    party = _party(buyer, taxed=not _outside(content))
    if buyer.customer_number:
        party["identifiers"] = {None: xml_text(buyer.customer_number)}
    if buyer.attention:
        party["contacts"] = [{"name": xml_text(buyer.attention)}]
    return party


def _outside(content: Content) -> bool:
    """Outside the scope of tax, the standard forbids the VAT identifiers of both sides (BR-O-02)."""
    return any(tax.code == "O" for tax in content.taxes)


def _party(party: Party, *, taxed: bool) -> dict[str, Any]:
    values = {
        "name": party.name,
        "postcode": party.postcode,
        "city": party.city,
        "country_subdivision": party.region,
        "country_code": party.country,
        "vat_identifier": party.vat_id if taxed else "",
        "legal_identifier": party.registration,
        "einvoicing_addr": party.endpoint or party.email,
        "einvoicing_addr_schemeid": (party.endpoint_scheme if party.endpoint else "EM"),
    }
    values |= {f"addr_l{place}": text for place, text in enumerate(party.address, 1)}
    return {key: xml_text(text) for key, text in values.items() if text}


def _tax(tax: Tax, content: Content) -> dict[str, Any]:
    group = {
        "BT-116": _amount(tax.net, content),
        "BT-117": _amount(tax.tax, content),
        "BT-118": tax.code,
    }
    if tax.code != "O":
        group["BT-119"] = plain(tax.percent)
    if tax.code not in ("S", "Z"):
        group["BT-120"] = xml_text(tax.reason or reason(tax.code, content.language))
        # A reason of one's own need not be the one that the usual code names.
        code = tax.exemption_code or ("" if tax.reason else CODES.get(tax.code, ""))
        if code:
            group["BT-121"] = code
    return group


def _line(line: Line, content: Content) -> dict[str, Any]:
    item: dict[str, Any] = {
        "BT-126": str(line.position),
        **_priced(line, content),
        "BT-131": _amount(line.net, content),
        "BT-151": line.tax_code,
        "BT-153": xml_text(line.name),
    }
    if line.tax_code != "O":
        item["BT-152"] = plain(line.tax_percent)
    if line.description:
        item["BT-154"] = xml_text(line.description)
    if line.period_start and line.period_end:
        item |= {"BT-134": line.period_start, "BT-135": line.period_end}
    notes = [line.section, *line.arithmetic]
    if line.gross is not None:
        notes.append(f"Price including tax: {_amount(line.gross, content)} {content.currency}")
    elif line.net != line.exact:
        notes.append(f"Exact amount before rounding: {plain(line.exact)} {content.currency}")
    written = "\n".join(note for note in notes if note)
    if written:
        item["BT-127-00"] = [{"BT-127": xml_text(written)}]
    return item


def _priced(line: Line, content: Content) -> dict[str, str]:
    """Quantity, unit, price and price base. No price is negative (BR-27): the quantity carries the sign."""
    # A price that includes tax is no item net price (BT-146).
    if line.unit_price is not None and line.gross is None:
        quantity = -line.quantity if line.unit_price < 0 else line.quantity
        return {"BT-129": plain(quantity), "BT-130": line.unit_code, "BT-146": plain(abs(line.unit_price))}
    sign = -1 if line.net < 0 else 1
    price = _amount(abs(line.net), content)
    if line.quantity == 0:
        return {"BT-129": str(sign), "BT-130": "C62", "BT-146": price}
    base = abs(line.quantity)
    return {"BT-129": plain(sign * base), "BT-130": line.unit_code, "BT-146": price, "BT-149": plain(base)}
