"""The frozen content of a document: what an issued invoice stores, hashes, prints and sends.

A `Content` is complete: the PDF and the e-invoice are made from it alone, in any year. It cannot be made with
figures that disagree (`check.problems`). Amounts of a credit note are positive: they say what is credited.

Dates are days in the customer's zone; the last day of a period belongs to it (`days_of` makes them from
instants).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from tollbook.invoicing.documents import check
from tollbook.kernel.errors import Invalid

Kind = Literal["invoice", "credit_note", "debit_note", "proforma", "receipt"]
"""An invoice demands payment; a credit note gives back of one, a debit note asks for what it charged too little; a
proforma and a receipt are no tax documents.
"""

TaxCode = Literal["S", "Z", "E", "AE", "O", "G"]
"""UNTDID 5305: standard, zero rated, exempt, reverse charge, outside the scope of tax, export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of the document. `country` is ISO 3166-1 alpha-2; `address` holds up to three street lines."""

    name: str
    address: tuple[str, ...] = ()
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str
    vat_id: str = ""
    #: A tax number that is not a VAT identifier.
    tax_id: str = ""
    #: Number in a register of companies, as printed.
    registration: str = ""
    email: str = ""
    #: Address in an e-invoice network and its scheme (CEF EAS); an e-mail address (scheme EM) when empty.
    endpoint: str = ""
    endpoint_scheme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller(Party):
    """Who issues: the brand's legal entity. `trading_name` is the brand where it has another name."""

    trading_name: str = ""
    phone: str = ""
    website: str = ""
    #: One line of legal facts for the foot of each page (directors, court, capital).
    legal_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer(Party):
    """Who is billed. `customer_number` is ours; `reference` is theirs (a purchase order, a cost centre)."""

    attention: str = ""
    customer_number: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One charged position. `net` is `exact` rounded once, by whoever built the content."""

    position: int
    #: Lines with the same section stand together under its name: a service, a project.
    section: str = ""
    name: str
    description: str = ""
    quantity: Decimal
    #: For people: "messages", "GB-hours", "month".
    unit: str = ""
    #: UN/ECE Recommendation 20, for machines: C62 is "one", E34 a gigabyte (GB is a gallon).
    unit_code: str = "C62"
    #: Up to 12 places; None where no single price explains the amount (tiers, proration).
    unit_price: Decimal | None
    exact: Decimal
    net: Decimal
    tax_code: TaxCode = "S"
    tax_percent: Decimal
    period_start: date | None = None
    period_end: date | None = None
    #: Sentences that explain the amount, in order.
    arithmetic: tuple[str, ...] = ()
    #: The taxes together, where they have names of their own: "GST + QST".
    tax_name: str = ""
    #: The rounded price of a line whose price includes tax: `unit_price` and `exact` include `tax_included` percent.
    gross: Decimal | None = None
    tax_included: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxPart:
    """One of several taxes on the same net."""

    name: str
    percent: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """The tax of all lines of one code, percentage and name; `parts` are the taxes that it consists of, if named."""

    code: TaxCode
    percent: Decimal
    net: Decimal
    tax: Decimal
    #: Why no tax is charged; where empty, E needs one and AE, G and O print the usual words.
    reason: str = ""
    #: CEF VATEX code, such as VATEX-EU-AE.
    exemption_code: str = ""
    tax_name: str = ""
    parts: tuple[TaxPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentInfo:
    """How to pay by bank transfer, and on which terms. Without `iban`, only the terms are printed."""

    iban: str = ""
    bic: str = ""
    account_name: str = ""
    reference: str = ""
    terms: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The tax in the currency of the seller's books, where the document is in another: `local_tax` in `books`, rounded
    to `places`, one unit of the document's currency being `ratio` ("200/217") of it, as `words` tell, published for the
    day `rated_on`.
    """

    books: str
    local_tax: Decimal
    places: int
    ratio: str
    words: str
    rated_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A whole document. Making one with wrong figures raises Invalid with every fault found."""

    kind: Kind
    number: str
    issued_on: date
    due_on: date | None = None
    currency: str
    seller: Seller
    buyer: Buyer
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    #: Already settled when the document was issued; `prepaid_label` says how ("Paid from wallet").
    prepaid: Decimal = field(default=Decimal(0))
    prepaid_label: str = ""
    payable: Decimal
    period_start: date | None = None
    period_end: date | None = None
    note: str = ""
    payment: PaymentInfo | None = None
    #: The number of the invoice that a credit or debit note corrects, and its day.
    corrects: str | None = None
    corrects_issued_on: date | None = None
    #: Where the seller's books are in another currency.
    exchange: Exchange | None = None
    #: Locale of numbers and dates, as CLDR spells it: en, de, pt_BR.
    language: str = "en"
    zone: str = "UTC"
    #: The brand's colour, #rrggbb, and the letter in its mark.
    accent: str = "#1f4fd8"
    initial: str = ""

    def __post_init__(self) -> None:
        found = check.problems(self)
        if found:
            raise Invalid(found)


# The lines of an invoice, and the invoices of a run, mostly share one period.
@lru_cache(maxsize=4096)
def days_of(start: datetime, end: datetime, zone: str) -> tuple[date, date]:
    """First and last day, both included, of the half-open instants [start, end) in `zone`."""
    here = ZoneInfo(zone)
    # Stepping back happens in UTC: subtracting from a local time would ignore a change of the clock.
    last = (end.astimezone(ZoneInfo("UTC")) - timedelta(microseconds=1)).astimezone(here)
    return start.astimezone(here).date(), last.date()
