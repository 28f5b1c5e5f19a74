"""An account statement as file: PDF for people, CSV for programs."""

import csv
import io
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tollbook.customers.models import Customer
from tollbook.invoicing.documents import figures
from tollbook.invoicing.documents.glyphs import printable
from tollbook.invoicing.documents.pdf import TEMPLATE, rendered
from tollbook.invoicing.documents.wording import spoken, words
from tollbook.invoicing.documents.wording_keys import Words
from tollbook.invoicing.telling import buyer_told
from tollbook.kernel.money import minor_units, round_to
from tollbook.payments.rules import AGES
from tollbook.payments.statement import Statement
from tollbook.web.tables import plain_cell


def name_of(found: Statement) -> str:
    """The file's name without its ending."""
    return f"statement-{found.customer.public_id}-{found.currency}-{found.first}-{found.last}"


def ages_told(language: str) -> list[str]:
    """The names of the ages, in order."""
    text = words(language)
    late = [text["late"].format(from_=begin, to=end - 1) for begin, end in pairwise(AGES)]
    return [text["not_due"], *late, text["later"].format(from_=AGES[-1] - 1)]


def pdf(found: Statement) -> bytes:
    """The statement as PDF/A-3b in the customer's language."""
    customer = Customer.objects.select_related("brand", "profile").get(pk=found.customer.pk)
    return rendered(TEMPLATE.with_name("statement.typ"), _strings(found, customer), found.last)


def _strings(found: Statement, customer: Customer) -> dict[str, Any]:
    text, language, brand = words(customer.language), customer.language, customer.brand
    buyer = buyer_told(customer)
    place = " ".join(part for part in (buyer.postcode, buyer.city) if part)
    lines = [*buyer.address, place, buyer.region, figures.country(buyer.country, language), buyer.customer_number]
    foot = (brand.legal_name, brand.street, f"{brand.postcode} {brand.city}".strip(), brand.vat_id)

    def money(value: Decimal) -> str:
        return figures.amount(value, found.currency, language)

    return {
        "words": text,
        "language": spoken(language),
        "title": text["statement"],
        "number": _period(found, text, language),
        "issued": [found.last.year, found.last.month, found.last.day],
        "accent": brand.accent,
        "initial": printable(brand.name)[:1].upper(),
        "brand": printable(brand.name),
        "seller": {"name": printable(brand.legal_name)},
        "buyer": {"name": printable(buyer.name), "lines": [printable(line) for line in lines if line.strip()]},
        "hero": _hero(found, text, language),
        "currency": found.currency,
        "opening": money(found.opening),
        "closing": money(found.closing),
        "entries": [
            [_day(e.on, language), printable(e.label), money(e.amount), money(e.balance)] for e in found.entries
        ],
        "items": [
            [printable(i.label), _day(i.due_on, language), str(i.days_late), money(i.amount)] for i in found.items
        ],
        "ages": [[name, money(amount)] for name, amount in zip(ages_told(language), found.ages, strict=True)],
        "foot": printable(" \N{MIDDLE DOT} ".join(part for part in foot if part)),
    }


def _day(on: date | None, language: str) -> str:
    return figures.days(on, on, language) if on else ""


def _period(found: Statement, text: Words, language: str) -> str:
    days = {"first": _day(found.first, language), "last": _day(found.last, language)}
    return text["statement_period"].format(**days)


def _hero(found: Statement, text: Words, language: str) -> dict[str, str]:
    value = figures.money(found.closing, found.currency, language)
    credit = f"{text['your_credit']}: {figures.money(found.credit, found.currency, language)}" if found.credit else ""
    return {"label": text["you_owe"] if found.closing > 0 else text["closing"], "value": value, "aside": credit}


def csv_text(found: Statement) -> str:
    """The statement as CSV: one row for each entry between the opening and the closing balance."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["day", "kind", "label", "id", "amount", "balance", "currency"])

    def amount(value: Decimal) -> str:
        return f"{round_to(value, minor_units(found.currency)):f}"

    rows.writerow([found.first, "opening", "", "", "", amount(found.opening), found.currency])
    for e in found.entries:
        rows.writerow(
            [e.on, e.kind, plain_cell(e.label), e.source, amount(e.amount), amount(e.balance), found.currency]
        )
    rows.writerow([found.last, "closing", "", "", "", amount(found.closing), found.currency])
    return out.getvalue()
