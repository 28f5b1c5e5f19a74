"""From charges to an invoice that only lacks its number."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from tollbook.brands.models import Brand
from tollbook.catalog.models import Price
from tollbook.charging.queries import Waiting
from tollbook.charging.rules import LATE
from tollbook.customers.models import Customer
from tollbook.customers.queries import included_percent, treatment
from tollbook.invoicing.documents.content import (
    Buyer,
    Content,
    Line,
    PaymentInfo,
    Seller,
    Tax,
    TaxCode,
    TaxPart,
    days_of,
)
from tollbook.invoicing.models import Invoice, InvoiceLine
from tollbook.invoicing.rules import LinePrice, amounts_of
from tollbook.kernel.money import Rounding, add_up, minor_units, plain, round_to
from tollbook.rating import words
from tollbook.tax import Priced, Rate, TaxLine, TaxMode, Treatment, breakdown, totals

NAME_LIMIT = 300
CREDITED = "Credits what was charged before: use or fees turned out to be less."
# Looking up is a tenth of what it takes to call the enumeration, and a bill run asks for every line.
_ROUNDINGS = {mode.value: mode for mode in Rounding}
# An endless fraction is cut on paper; the explanation has all of it.
_LONG = re.compile(r"(\d\.\d{6})\d{9,}")


@dataclass(slots=True)
class DraftLine:
    """A line to be: the charges of one price and period, and how they are taxed."""

    charges: list[Waiting]
    price: Price
    treatment: Treatment
    exact: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    carried: Decimal = Decimal(0)
    #: The rounded price, where it includes tax, and the percentage that it includes.
    gross: Decimal | None = None
    included: Decimal | None = None
    #: On a credit note: the line of an invoice that it corrects.
    corrects: InvoiceLine | None = None

    @property
    def priced(self) -> LinePrice:
        """What is rounded, and into which remainders: those of the product."""
        product = self.price.version.plan.product_id
        return LinePrice(self.exact, self.included, self.treatment, product, self.rounding)

    @property
    def asked(self) -> Decimal:
        """What is rounded; see `LinePrice.asked`. A price without tax, as most are, is asked as it is."""
        return self.exact if self.included is None else self.priced.asked

    @property
    def first(self) -> Waiting:
        return self.charges[0]

    @property
    def last(self) -> Waiting:
        return self.charges[-1]

    @property
    def charged(self) -> Decimal:
        """The sum of its charges: negative where a credit note gives it back."""
        return sum((c.amount for c in self.charges), Decimal(0))

    @property
    def rounding(self) -> Rounding:
        """How the price says that amounts are rounded."""
        return _ROUNDINGS[self.price.terms["semantics"]["rounding"]]

    @property
    def corrects_earlier(self) -> bool:
        """Whether earlier revisions of the same reading stand on an earlier invoice."""
        return self.first.revision > 1


@dataclass(slots=True)
class DraftInvoice:
    """All that an invoice says except its number."""

    brand: Brand
    customer: Customer
    currency: str
    lines: list[DraftLine]
    taxes: tuple[TaxLine, ...] = ()
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    prepaid: Decimal = Decimal(0)
    #: Amounts of a credit note are positive: they say what is given back.
    credits: bool = False
    corrects: Invoice | None = None

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    @property
    def tax_mode(self) -> TaxMode:
        """Where the brand rounds tax."""
        return TaxMode(self.brand.tax_mode)


def draft(
    customer: Customer,
    currency: str,
    charges: Sequence[Waiting],
    prices: Mapping[int, Price],
    on: date,
    rates: Sequence[Rate] | None = None,
) -> DraftInvoice:
    """Lines, roundings and taxes of an invoice over these charges; `prices` by row id, with book, plan and product
    loaded.

    Charges of one price and period of a phase make one line. Taxed as of `on`. Raises Refused "tax_rate_missing".
    """
    brand = customer.brand
    treatments: dict[str, Treatment] = {}
    included: dict[str, Decimal] = {}
    members: dict[tuple[int, int, int, object], list[Waiting]] = defaultdict(list)
    for charge in charges:
        members[charge.subscription_id, charge.phase_id, charge.price_id, charge.period_start].append(charge)
    lines = []
    for found in members.values():
        found.sort(key=lambda c: c.revision)
        price = prices[found[0].price_id]
        category = price.version.plan.product.tax_category
        if category not in treatments:
            treatments[category] = treatment(brand, customer, category, on, rates)
        exact = sum((c.amount for c in found), Decimal(0))
        line = DraftLine(found, price, treatments[category], exact)
        if price.book.includes_tax:
            if category not in included:
                included[category] = included_percent(brand, line.treatment, category, on, rates)
            line.included = included[category]
        lines.append(line)
    lines.sort(key=_order)
    invoice = DraftInvoice(brand, customer, currency, lines)
    round_draft(invoice)
    return invoice


def _order(line: DraftLine) -> tuple[object, ...]:
    product = line.price.version.plan.product
    metered = line.price.kind == Price.Kind.METERED
    return (
        metered,
        product.name,
        line.price.section,
        line.price.name,
        line.first.period_start,
        line.first.pk,
    )


def round_draft(invoice: DraftInvoice) -> None:
    """Round each line once. Remainders are carried within a product of one tax group, never from one to
    another.
    """
    carried = invoice.brand.line_rounding == Brand.LineRounding.CARRIED
    mode = invoice.tax_mode
    found = amounts_of([line.priced for line in invoice.lines], invoice.currency, carried, mode)
    for line, (net, gross, before) in zip(invoice.lines, found, strict=True):
        line.net, line.gross, line.carried = net, gross, before
    priced = [Priced(line.net, line.treatment, line.gross) for line in invoice.lines]
    invoice.taxes = breakdown(priced, invoice.currency, mode)
    invoice.net, invoice.tax, _ = totals(invoice.taxes)


def content(invoice: DraftInvoice, number: str, issued_on: date, due_on: date | None) -> Content:
    """The frozen content of the document."""
    customer, brand = invoice.customer, invoice.brand
    starts = min(line.first.period_start for line in invoice.lines)
    ends = max(line.last.period_end for line in invoice.lines)
    first, last = days_of(starts, ends, customer.zone)
    payable = invoice.total - invoice.prepaid
    return Content(
        kind="credit_note" if invoice.credits else "invoice",
        number=number,
        issued_on=issued_on,
        due_on=due_on,
        currency=invoice.currency,
        seller=_seller(brand),
        buyer=_buyer(customer),
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
        note=CREDITED if invoice.credits else _note(invoice),
        payment=_payment(brand, number, due_on) if payable and due_on else None,
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


def _seller(brand: Brand) -> Seller:
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


def _buyer(customer: Customer) -> Buyer:
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


def _payment(brand: Brand, number: str, due_on: date) -> PaymentInfo:
    return PaymentInfo(
        iban=brand.iban,
        bic=brand.bic,
        account_name=brand.legal_name,
        reference=number,
        terms=f"Please pay by {due_on:%-d %B %Y}.",
    )


def _line(line: DraftLine, position: int, invoice: DraftInvoice) -> Line:
    first, last = days_of(line.first.period_start, line.last.period_end, invoice.customer.zone)
    product = line.price.version.plan.product.name
    name = f"{line.price.name} (correction)" if line.corrects_earlier else line.price.name
    return Line(
        position=position,
        section=line.price.section or product,
        name=name[:NAME_LIMIT],
        quantity=-quantity(line) if invoice.credits else quantity(line),
        unit=line.price.unit,
        unit_code=line.price.unit_code,
        unit_price=None if invoice.credits else _unit_price(line),
        exact=line.exact,
        net=line.net,
        tax_code=cast(TaxCode, line.treatment.code),
        tax_percent=line.treatment.percent,
        tax_name=line.treatment.name,
        gross=line.gross,
        tax_included=line.included,
        period_start=first,
        period_end=last,
        arithmetic=tuple(arithmetic(line, invoice.currency)),
    )


def quantity(line: DraftLine) -> Decimal:
    """What the line prices: the use in it, or one period of a fee."""
    return sum((c.quantity for c in line.charges), Decimal(0))


def _unit_price(line: DraftLine) -> Decimal | None:
    steps = line.last.rated["lines"]
    if line.corrects_earlier or len(steps) != 1 or "unit_price" not in steps[0] or line.last.rated["share"] != "1":
        return None
    return Decimal(steps[0]["unit_price"])


def arithmetic(line: DraftLine, currency: str) -> list[str]:
    """What the document says about an amount that its own columns do not show: tiers, shares, corrections, carries.

    The whole explanation, down to the events, is `invoicing.explain`.
    """
    steps = line.last.rated["lines"]
    told = [] if _unit_price(line) is not None else [words(step, currency, line.price.unit) for step in steps]
    if line.last.rated.get("credited"):
        told.append("Credits exceed the use of this period: the amount is given back at the same price.")
    if line.last.reason and line.last.reason != LATE:
        told.append(f"{line.last.reason[:1].upper()}{line.last.reason[1:]}.")
    if line.corrects_earlier:
        told.append(f"Less what earlier invoices charged for this: {_amount(line.charged, currency)} remain.")
    rounded = line.net if line.gross is None else line.gross
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
    return [_LONG.sub(r"\1…", sentence) for sentence in told]


def _amount(value: Decimal, currency: str) -> str:
    whole, _, rest = plain(value).partition(".")
    return f"{whole}.{rest.ljust(minor_units(currency), '0')} {currency}".replace(". ", " ")
