"""What a drafted invoice says: the frozen content of its document, in words and numbers."""

import re
from datetime import date
from decimal import Decimal
from typing import cast

from tollbook.brands.models import Brand
from tollbook.charging.rules import LATE
from tollbook.customers.models import Customer
from tollbook.invoicing.documents.content import (
    Buyer,
    Content,
    Kind,
    Line,
    PaymentInfo,
    Seller,
    Tax,
    TaxCode,
    TaxPart,
    days_of,
)
from tollbook.invoicing.drafting import DraftInvoice, DraftLine, quantity
from tollbook.invoicing.exchanging import exchange_of, exchange_words
from tollbook.kernel.money import add_up, minor_units, plain, round_to
from tollbook.rating import words
from tollbook.tax import TaxLine

NAME_LIMIT = 300
CREDITED = "Credits what was charged before: use or fees turned out to be less."
# An endless fraction is cut on paper; the explanation has all of it.
_LONG = re.compile(r"(\d\.\d{6})\d{9,}")


def content(
    invoice: DraftInvoice, number: str, issued_on: date, due_on: date | None, kind: Kind | None = None
) -> Content:
    """The frozen content of the document; `kind`, where it is not what the draft becomes ("proforma")."""
    customer, brand = invoice.customer, invoice.brand
    starts = min(line.first.period_start for line in invoice.lines)
    ends = max(line.last.period_end for line in invoice.lines)
    first, last = days_of(starts, ends, customer.zone)
    payable = invoice.total - invoice.prepaid
    exchange = exchange_of(brand.currency, invoice.currency, invoice.tax, invoice.corrects, issued_on)
    notes = (invoice.reason, CREDITED if invoice.credits else _note(invoice), exchange_words(exchange))
    return Content(
        kind=kind or invoice.kind,
        number=number,
        issued_on=issued_on,
        due_on=due_on,
        currency=invoice.currency,
        seller=seller_told(brand),
        buyer=buyer_told(customer),
        lines=tuple(_line(line, i, invoice) for i, line in enumerate(invoice.lines, 1)),
        taxes=tuple(tax_told(group) for group in invoice.taxes),
        net=invoice.net,
        tax=invoice.tax,
        total=invoice.total,
        prepaid=invoice.prepaid,
        prepaid_label="Paid from wallet" if invoice.prepaid else "",
        payable=payable,
        period_start=first,
        period_end=last,
        note=" ".join(filter(None, notes)),
        exchange=exchange,
        payment=transfer_told(brand, number, due_on) if payable and due_on else None,
        corrects=invoice.corrects.label if invoice.corrects else None,
        corrects_issued_on=invoice.corrects.issued_on if invoice.corrects else None,
        language=customer.language,
        zone=customer.zone,
        accent=brand.accent,
        initial=brand.name[:1].upper(),
    )


def tax_told(group: TaxLine) -> Tax:
    """A row of the breakdown as the document says it."""
    return Tax(
        code=cast(TaxCode, group.treatment.code),
        percent=group.treatment.percent,
        tax_name=group.treatment.name,
        net=group.net,
        tax=group.tax,
        reason=group.treatment.reason if not group.treatment.percent else "",
        exemption_code=group.treatment.exemption_code or "",
        parts=tuple(TaxPart(name=part.name, percent=part.percent, tax=part.tax) for part in group.parts),
    )


def _note(invoice: DraftInvoice) -> str:
    """That the total is not the sum of the prices, where these include tax and the tax is computed from the net."""
    if any(line.gross is None for line in invoice.lines):
        return ""
    printed = add_up(line.gross for line in invoice.lines if line.gross is not None)
    if printed == invoice.total:
        return ""
    return (
        f"The prices include tax and add up to {_amount(printed, invoice.currency)}. The tax is computed once from the "
        f"sum of the net amounts, which makes the total {_amount(invoice.total, invoice.currency)}."
    )


def seller_told(brand: Brand) -> Seller:
    """The brand as a document names it."""
    return Seller(
        name=brand.legal_name,
        trading_name=brand.name if brand.name != brand.legal_name else "",
        address=(brand.street,),
        postcode=brand.postcode,
        city=brand.city,
        region=brand.region,
        country=brand.country,
        vat_id=brand.vat_id,
        registration=brand.registration,
        email=brand.email,
    )


def buyer_told(customer: Customer) -> Buyer:
    """The customer as a document names it; the profile must be loaded."""
    profile = customer.profile
    return Buyer(
        name=profile.legal_name,
        address=(profile.street,) if profile.street else (),
        postcode=profile.postcode,
        city=profile.city,
        region=profile.region,
        country=profile.country,
        vat_id=profile.vat_id,
        email=profile.email or customer.email,
        customer_number=customer.public_id,
    )


def transfer_told(brand: Brand, number: str, due_on: date) -> PaymentInfo:
    """How to pay by bank transfer, and until when."""
    return PaymentInfo(
        iban=brand.iban,
        bic=brand.bic,
        account_name=brand.legal_name,
        reference=number,
        terms=f"Please pay by {due_on:%-d %B %Y}.",
    )


def _line(line: DraftLine, position: int, invoice: DraftInvoice) -> Line:
    first, last = days_of(line.first.period_start, line.last.period_end, invoice.customer.zone)
    unit_price = _unit_price(line)
    product = line.product.name
    name = f"{line.price.name} (correction)" if line.corrects_earlier else line.price.name
    return Line(
        position=position,
        section=line.price.section or product,
        name=name[:NAME_LIMIT],
        quantity=-quantity(line) if invoice.credits else quantity(line),
        unit=line.price.unit,
        unit_code=line.price.unit_code,
        unit_price=None if invoice.credits else unit_price,
        exact=line.exact_owed,
        net=line.net,
        tax_code=cast(TaxCode, line.treatment.code),
        tax_percent=line.treatment.percent,
        tax_name=line.treatment.name,
        gross=line.gross,
        tax_included=line.included,
        period_start=first,
        period_end=last,
        arithmetic=tuple(arithmetic(line, unit_price, invoice.currency)),
    )


def _unit_price(line: DraftLine) -> Decimal | None:
    steps = line.last.rated["lines"]
    if line.offs or line.corrects_earlier or len(steps) != 1 or "unit_price" not in steps[0]:
        return None
    if line.last.rated["share"] != "1":
        return None
    return Decimal(steps[0]["unit_price"])


def arithmetic(line: DraftLine, unit_price: Decimal | None, currency: str) -> list[str]:
    """What the document says about an amount that its own columns do not show: tiers, shares, corrections, carries.

    `unit_price` is the column, if it has one. The whole explanation, down to the events, is `invoicing.explain`.
    """
    steps = line.last.rated["lines"]
    told = [] if unit_price is not None else [words(step, currency, line.price.unit) for step in steps]
    if line.last.rated.get("credited"):
        told.append("Credits exceed the use of this period: the amount is given back at the same price.")
    if line.last.reason and line.last.reason != LATE:
        told.append(f"{line.last.reason[:1].upper()}{line.last.reason[1:]}.")
    if line.corrects_earlier:
        told.append(f"Less what earlier invoices charged for this: {_amount(line.charged, currency)} remain.")
    rounded = line.price_before
    asked = line.asked
    if asked != line.exact:
        told.append(
            f"The price of {_amount(line.exact, currency)} includes {plain(line.included or Decimal(0))} % tax; with "
            f"{plain(line.treatment.percent)} % in its place it is {_amount(asked, currency)}."
        )
    if line.carried and rounded != round_to(asked, minor_units(currency), line.rounding):
        told.append(
            f"{_amount(asked, currency)} and {_amount(line.carried, currency)} carried from the lines before "
            f"are rounded to {_amount(rounded, currency)}."
        )
    told += [f"{off.words}." for off in line.offs]
    return [_LONG.sub(r"\1…", sentence) for sentence in told]


def _amount(value: Decimal, currency: str) -> str:
    whole, _, rest = plain(value).partition(".")
    return f"{whole}.{rest.ljust(minor_units(currency), '0')} {currency}".replace(". ", " ")
