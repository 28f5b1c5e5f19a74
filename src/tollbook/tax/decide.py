"""Which tax a sale bears: domestic, reverse charge, at destination, export, exempt or none at all.

For services supplied by electronic means or otherwise taxed where the customer is. Sources: Directive
2006/112/EC, articles 44 and 196 (business customers, reverse charge), 45 and 58 (consumers), 146 (export);
codes of EN 16931 (UNTDID 5305) and of the list VATEX of the European Commission.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tollbook.kernel.errors import Refused, shown
from tollbook.kernel.money import add_up, plain
from tollbook.tax.membership import in_eu
from tollbook.tax.rates import Rate, find_rates, place

_ZERO = Decimal(0)
_VAT_ID = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,13}")
# Greece is GR in addresses and EL in VAT numbers.
_VAT_PREFIX = {"GR": "EL"}


class Code(StrEnum):
    """VAT category codes of EN 16931."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    OUT_OF_SCOPE = "O"
    EXPORT = "G"


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer, as far as tax is concerned.

    country      ISO 3166-1 alpha-2
    vat_id       checked VAT number; a seller without one is not registered
    is_business  whether a buyer buys as a business
    exempt       why this buyer pays no tax at home, or None
    region       the subdivision's part of ISO 3166-2 ("QC"), where taxes differ within the country
    """

    country: str
    vat_id: str | None = None
    is_business: bool = False
    exempt: str | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the taxes that a sale bears: its name and percentage of the net, never of another tax."""

    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Treatment:
    """Category code, percentage, the reason in words, and the VATEX code where there is one.

    `parts` are the taxes that have a name of their own, which add up to `percent`: Canada's GST and QST. It is empty
    where there is just the usual tax of the country.
    """

    code: Code
    percent: Decimal
    reason: str
    exemption_code: str | None = None
    parts: tuple[Part, ...] = ()

    @property
    def name(self) -> str:
        """What the taxes are called together, "GST + QST"; empty for the usual tax of the country."""
        return " + ".join(part.name for part in self.parts)

    @property
    def percents(self) -> tuple[Decimal, ...]:
        """The percentage of each tax."""
        return tuple(part.percent for part in self.parts) or (self.percent,)


def decide(
    seller: Party, buyer: Party, category: str, on: date, rates: Iterable[Rate], *, oss: bool = False
) -> Treatment:
    """How a sale of `category` (standard, reduced, zero, exempt...) is taxed on the day `on`.

    `oss`: the seller reports consumers' tax in their countries (one-stop shop); else it charges the tax of
    its own, as sellers below the EU threshold do. Raises Refused 'tax_rate_missing'.
    """
    if seller.vat_id is None:
        return Treatment(Code.OUT_OF_SCOPE, _ZERO, "The seller is not registered for VAT", "VATEX-EU-O")
    if seller.country == buyer.country:
        return _taxed(buyer, category, find_country=seller.country, on=on, rates=rates, region=buyer.region)
    if not (in_eu(seller.country, on) and in_eu(buyer.country, on)):
        return _export(seller, buyer, on)
    if buyer.is_business and buyer.vat_id is not None:
        reason = f"Reverse charge: the customer owes the VAT (VAT number {buyer.vat_id})"
        return Treatment(Code.REVERSE_CHARGE, _ZERO, reason, "VATEX-EU-AE")
    country = buyer.country if oss else seller.country
    return _taxed(buyer, category, find_country=country, on=on, rates=rates)


def _export(seller: Party, buyer: Party, on: date) -> Treatment:
    # Category O would forbid the seller's VAT number on the invoice (EN 16931, BR-O-02): a registered seller
    # says G.
    if in_eu(seller.country, on):
        return Treatment(Code.EXPORT, _ZERO, f"Export outside the EU, to {buyer.country}", "VATEX-EU-G")
    return Treatment(Code.EXPORT, _ZERO, f"Export from {seller.country} to {buyer.country}")


def home(seller: Party, category: str, on: date, rates: Iterable[Rate]) -> Treatment:
    """How the seller taxes a sale of `category` to a private customer next door: what its prices include.

    Raises Refused 'tax_rate_missing'.
    """
    return decide(seller, Party(seller.country, region=seller.region), category, on, rates)


def _taxed(
    buyer: Party, category: str, *, find_country: str, on: date, rates: Iterable[Rate], region: str = ""
) -> Treatment:
    if buyer.exempt is not None:
        return Treatment(Code.EXEMPT, _ZERO, buyer.exempt)
    if category == "exempt":
        return Treatment(Code.EXEMPT, _ZERO, f"Supply exempt from tax in {find_country}")
    found = find_rates(rates, find_country, category, on, region)
    percent = add_up(rate.percent for rate in found)
    where = place(find_country, region if found[0].region else "")
    told = " and ".join(f"{rate.name} {plain(rate.percent)} %".strip() for rate in found)
    named = tuple(Part(rate.name, rate.percent) for rate in found if len(found) > 1 or rate.name)
    reason = f"{category.capitalize()} rate of {where}: {told}"
    return Treatment(Code.STANDARD if percent else Code.ZERO, percent, reason, parts=named)


def check_vat_id(text: object, country: str, field: str = "vat_id") -> str:
    """A VAT number in capitals without blanks, or Refused 'bad_vat_id'. Form only: existence is VIES's word.

    EU numbers begin with their country (Greece: EL); others are taken as they are, up to 15 characters.
    """
    number = re.sub(r"[\s.\-]", "", text).upper() if isinstance(text, str) else ""
    prefix = _VAT_PREFIX.get(country, country)
    eu = in_eu(country, date.max)
    if _VAT_ID.fullmatch(number) and number.startswith(prefix):
        return number
    if not eu and re.fullmatch(r"[0-9A-Z]{4,15}", number):
        return number
    right = f"give the number with its country, such as {prefix}123456789"
    raise Refused("bad_vat_id", f"{field} {shown(text)}: {right}", param=field, value=shown(text))
