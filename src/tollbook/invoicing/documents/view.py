"""A content as the strings that the template prints: it lays out, every decision and figure is made here."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from itertools import groupby
from typing import Any

from tollbook.invoicing.documents import figures
from tollbook.invoicing.documents.content import Content, Line, Party, Tax
from tollbook.invoicing.documents.glyphs import printable
from tollbook.invoicing.documents.scanned import DEMANDS, svg, transfer
from tollbook.invoicing.documents.wording import reason, spoken, words
from tollbook.invoicing.documents.wording_keys import Words
from tollbook.kernel.money import EXACT

SHOWN_STEPS = 8
KEPT_TEXT = 600
"""A longer last line of a section may be parted from its subtotal, since it must be free to break itself."""


def view(content: Content) -> dict[str, Any]:
    """The template's whole input: nested dicts, lists and strings, with user text already printable."""
    text = words(content.language)
    return {
        "words": text,
        "language": spoken(content.language),
        "kind": content.kind,
        "title": text[content.kind],
        "number": printable(content.number),
        "issued": [content.issued_on.year, content.issued_on.month, content.issued_on.day],
        "accent": content.accent,
        "initial": printable(content.initial or content.seller.trading_name or content.seller.name)[:1].upper(),
        "brand": printable(content.seller.trading_name or content.seller.name),
        "hero": _hero(content, text),
        "facts": _facts(content, text),
        "seller": _seller(content, text),
        "buyer": _buyer(content, text),
        "currency": content.currency,
        "sections": _sections(content, text),
        # A receipt says what came: it has no tax.
        "taxes": [row for tax in content.taxes for row in _taxes(tax, content)] if content.kind != "receipt" else [],
        "reasons": _reasons(content) if content.kind != "receipt" else [],
        "totals": _totals(content, text),
        "payment": _payment(content, text),
        "notes": _notes(content, text),
        "foot": _foot(content),
    }


def _money(value: Decimal, content: Content) -> str:
    return figures.money(value, content.currency, content.language)


def _hero(content: Content, text: Words) -> dict[str, str]:
    """The one figure that the reader looks for, with the day that goes with it."""
    labels = {
        "invoice": text["amount_due"],
        "credit_note": text["amount_credited"],
        "debit_note": text["amount_due"],
        "proforma": text["amount_estimated"],
        "receipt": text["amount_received"],
    }
    due = "" if content.due_on is None else figures.day(content.due_on, content.language)
    aside = text["due_by"].format(day=due) if due and content.payable > 0 else ""
    if content.kind in DEMANDS and content.payable <= 0:
        aside = text["settled"]
    value = content.total if content.kind in ("credit_note", "receipt") else content.payable
    return {"label": labels[content.kind], "value": _money(value, content), "aside": aside}


def _facts(content: Content, text: Words) -> list[list[str]]:
    language = content.language
    facts = [[text["issued"], figures.day(content.issued_on, language)]]
    if content.due_on:
        facts.append([text["due"], figures.day(content.due_on, language)])
    if content.period_start and content.period_end:
        days = figures.days(content.period_start, content.period_end, language)
        facts.append([text["period"], f"{days} ({printable(content.zone)})"])
    if content.corrects:
        number = printable(content.corrects)
        if content.corrects_issued_on:
            of = figures.day(content.corrects_issued_on, language)
            number = text["corrects_of"].format(number=number, day=of)
        facts.append([text["corrects"], number])
    if content.buyer.customer_number:
        facts.append([text["customer_number"], printable(content.buyer.customer_number)])
    if content.buyer.reference:
        facts.append([text["reference"], printable(content.buyer.reference)])
    return facts


def _address(party: Party, language: str) -> list[str]:
    place = " ".join(part for part in (party.postcode, party.city) if part)
    named = figures.country(party.country, language)
    return [printable(line) for line in (*party.address, place, party.region, named) if line.strip()]


def _ids(party: Party, text: Words) -> list[str]:
    pairs = (
        (text["vat_id"], party.vat_id),
        (text["tax_id"], party.tax_id),
        (text["registration"], party.registration),
    )
    return [printable(f"{label} {value}") for label, value in pairs if value]


def _seller(content: Content, text: Words) -> dict[str, Any]:
    seller = content.seller
    reach = [printable(value) for value in (seller.email, seller.phone, seller.website) if value]
    lines = [*_address(seller, content.language), *_ids(seller, text), *reach]
    return {"name": printable(seller.name), "lines": lines}


def _buyer(content: Content, text: Words) -> dict[str, Any]:
    buyer = content.buyer
    attention = [printable(f"{text['attention']} {buyer.attention}")] if buyer.attention else []
    lines = [*attention, *_address(buyer, content.language), *_ids(buyer, text)]
    return {"name": printable(buyer.name), "lines": lines}


def _sections(content: Content, text: Words) -> list[dict[str, Any]]:
    """Neighbouring lines of one section, with their sum where a sum tells something new."""
    groups = [(name, list(lines)) for name, lines in groupby(content.lines, key=lambda line: line.section)]
    sections = []
    for name, lines in groups:
        subtotal = ""
        if name and len(lines) > 1 and len(groups) > 1:
            subtotal = figures.amount(
                reduce(EXACT.add, (line.net for line in lines)), content.currency, content.language
            )
        label = printable(name)
        printed = [_line(line, content, text) for line in lines]
        last = printed[-1]
        sections.append(
            {
                "name": label,
                "lines": printed,
                "subtotal": subtotal,
                "keep": bool(subtotal) and len(last["name"] + "".join(last["small"] + last["steps"])) <= KEPT_TEXT,
                "subtotal_label": text["subtotal"].format(name=label),
            }
        )
    return sections


def _line(line: Line, content: Content, text: Words) -> dict[str, Any]:
    language, currency = content.language, content.currency
    whole = (content.period_start, content.period_end)
    period = ""
    if line.period_start and line.period_end and (line.period_start, line.period_end) != whole:
        period = figures.days(line.period_start, line.period_end, language)
    # An amount that rounds to nothing is shown in full below the zero: nobody should wonder what became of
    # it.
    hidden = line.net == 0 and line.exact != 0
    below = f"{text['exactly']} {figures.number(line.exact, language)}" if hidden else ""
    if line.gross is not None and line.tax_percent and not hidden:
        # What the customer was told: the price with its tax.
        inside = printable(line.tax_name) or text["tax"]
        below = f"{figures.amount(line.gross, currency, language)} {text['tax_inside'].format(tax=inside)}"
    small = [printable(line.description)] if line.description else []
    steps = [printable(step) for step in line.arithmetic[:SHOWN_STEPS]]
    if len(line.arithmetic) > SHOWN_STEPS:
        steps.append(f"+ {len(line.arithmetic) - SHOWN_STEPS}")
    return {
        "name": printable(line.name),
        "small": small + ([period] if period else []),
        "steps": steps,
        "quantity": figures.number(line.quantity, language),
        "unit": printable(line.unit),
        "price": "" if line.unit_price is None else figures.price(line.unit_price, currency, language),
        "tax": "" if content.kind == "receipt" else _rate(line.tax_code, line.tax_percent, language),
        "net": figures.amount(line.net, currency, language),
        "exact": below,
    }


def _rate(code: str, percent: Decimal, language: str) -> str:
    """A rate, with its code where the same 0 % can mean several things."""
    shown = figures.percent(percent, language)
    return shown if code == "S" else f"{shown} {code}"


def _taxes(tax: Tax, content: Content) -> list[list[str]]:
    """The rows of a group: one, or one for each of its taxes."""
    language, currency = content.language, content.currency
    net = figures.amount(tax.net, currency, language)
    if not tax.parts:
        return [[_rate(tax.code, tax.percent, language), net, figures.amount(tax.tax, currency, language)]]
    return [
        [
            f"{printable(part.name)} {_rate(tax.code, part.percent, language)}".strip(),
            net,
            figures.amount(part.tax, currency, language),
        ]
        for part in tax.parts
    ]


def _reasons(content: Content) -> list[list[str]]:
    """Why tax is not charged, for each code that says so."""
    found = []
    for tax in content.taxes:
        why = tax.reason or reason(tax.code, content.language)
        if why:
            found.append([tax.code, printable(why)])
    return found


def _totals(content: Content, text: Words) -> dict[str, Any]:
    if content.kind == "receipt":
        return {"rows": [], "settled": [], "last": [text["amount_received"], _money(content.total, content)]}
    rows = [
        [text["net_total"], _money(content.net, content)],
        *([tax_label, _money(amount, content)] for tax_label, amount in _tax_totals(content, text)),
    ]
    settled = []
    if content.prepaid:
        label = printable(content.prepaid_label) or text["prepaid"]
        settled = [
            [text["total"], _money(content.total, content)],
            [label, _money(-content.prepaid, content)],
        ]
    last = text["amount_due"] if content.prepaid else text["total"]
    value = content.payable if content.prepaid else content.total
    return {"rows": rows, "settled": settled, "last": [last, _money(value, content)]}


def _tax_totals(content: Content, text: Words) -> list[tuple[str, Decimal]]:
    """The tax in all; each by its name where all of them have one."""
    parts = [part for tax in content.taxes for part in tax.parts]
    named = {part.name for part in parts}
    if not named or "" in named or any(tax.tax and not tax.parts for tax in content.taxes):
        return [(text["tax_total"], content.tax)]
    sums = {name: reduce(EXACT.add, (p.tax for p in parts if p.name == name)) for name in sorted(named)}
    return [(printable(name), amount) for name, amount in sums.items()]


def _payment(content: Content, text: Words) -> dict[str, Any] | None:
    """How to pay; only where something is to be paid."""
    info = content.payment
    if info is None or content.kind not in (*DEMANDS, "proforma") or content.payable <= 0:
        return None
    rows = []
    if info.iban:
        rows.append([text["account_name"], printable(info.account_name or content.seller.name)])
        rows.append([text["iban"], printable(figures.in_fours(info.iban))])
        if info.bic:
            rows.append([text["bic"], printable(info.bic)])
        rows.append([text["payment_reference"], printable(info.reference or content.number)])
        rows.append([text["amount"], _money(content.payable, content)])
    if not rows and not info.terms:
        return None
    scanned = transfer(content)
    return {"rows": rows, "terms": printable(info.terms), "qr": svg(scanned) if scanned else ""}


def _notes(content: Content, text: Words) -> list[str]:
    notes = {
        "proforma": [text["proforma_note"]],
        "receipt": [text["receipt_note"]],
        "credit_note": [text["credit_note_note"]],
        "debit_note": [text["debit_note_note"]],
        "invoice": [text["nothing_due"]] if content.payable <= 0 else [],
    }[content.kind]
    if content.note:
        # A blank line parts paragraphs, as the writer meant it.
        notes = [*notes, *(printable(part) for part in content.note.split("\n") if part.strip())]
    return notes


def _foot(content: Content) -> str:
    seller = content.seller
    place = " ".join(part for part in (seller.postcode, seller.city) if part)
    parts = [seller.name, *seller.address, place, seller.vat_id, seller.legal_note]
    return printable(" \N{MIDDLE DOT} ".join(part for part in parts if part))
