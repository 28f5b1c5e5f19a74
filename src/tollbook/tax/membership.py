"""Which countries are in the European Union, and so in its common VAT rules, on a day.

Source: the accession treaties as listed by the European Union (european-union.europa.eu, "EU countries").
The United Kingdom left the VAT area with the end of the transition period, at the turn of 2020 to 2021.
Territories with VAT rules of their own (Canary Islands, Northern Ireland for goods, Åland and others) are
not told apart from their country.
"""

from __future__ import annotations

from datetime import date

_FOUNDED = date(1958, 1, 1)
_FIRST = date(1973, 1, 1)
_IBERIA = date(1986, 1, 1)
_NORTH = date(1995, 1, 1)
_EAST = date(2004, 5, 1)
_BALKAN = date(2007, 1, 1)

# Country to (first day as a member, first day no longer one or None).
_MEMBERS: dict[str, tuple[date, date | None]] = {
    "AT": (_NORTH, None),
    "BE": (_FOUNDED, None),
    "BG": (_BALKAN, None),
    "CY": (_EAST, None),
    "CZ": (_EAST, None),
    "DE": (_FOUNDED, None),
    "DK": (_FIRST, None),
    "EE": (_EAST, None),
    "ES": (_IBERIA, None),
    "FI": (_NORTH, None),
    "FR": (_FOUNDED, None),
    "GB": (_FIRST, date(2021, 1, 1)),
    "GR": (date(1981, 1, 1), None),
    "HR": (date(2013, 7, 1), None),
    "HU": (_EAST, None),
    "IE": (_FIRST, None),
    "IT": (_FOUNDED, None),
    "LT": (_EAST, None),
    "LU": (_FOUNDED, None),
    "LV": (_EAST, None),
    "MT": (_EAST, None),
    "NL": (_FOUNDED, None),
    "PL": (_EAST, None),
    "PT": (_IBERIA, None),
    "RO": (_BALKAN, None),
    "SE": (_NORTH, None),
    "SI": (_EAST, None),
    "SK": (_EAST, None),
}


def in_eu(country: str, on: date) -> bool:
    """Whether `country` (ISO 3166-1 alpha-2; Greece is GR) is in the EU on that day."""
    if country not in _MEMBERS:
        return False
    joined, left = _MEMBERS[country]
    return joined <= on and (left is None or on < left)
