"""The reference rates of the European Central Bank, from its files: `eurofxref*.csv` and `eurofxref*.xml`."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from lxml import etree

from tollbook.exchange.rules import EURO, Quote
from tollbook.kernel.errors import Refused, TollbookError
from tollbook.kernel.money import check_currency
from tollbook.kernel.numbers import parse_decimal

NAME = "European Central Bank"
MOST_BYTES = 20_000_000
# What a day without a rate says.
_NONE = frozenset({"", "N/A"})


def read(file: Path) -> list[Quote]:
    """The rates of a file, for one euro each; Refused "bad_rates_file" where it is none of the two kinds."""
    with file.open("rb") as stream:
        body = stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise _bad(f"it is larger than {MOST_BYTES} bytes")
    found = list(_xml(body) if body.lstrip().startswith(b"<") else _csv(body))
    if not found:
        raise _bad("it holds no rates")
    return found


def _csv(body: bytes) -> Iterator[Quote]:
    try:
        rows = csv.reader(io.StringIO(body.decode("utf-8-sig")), strict=True)
        head = [name.strip() for name in next(rows, [])]
        if head[:1] != ["Date"]:
            raise _bad("its first column is not Date")
        for row in rows:
            for currency, rate in zip(head[1:], row[1:], strict=False):
                if currency and rate.strip() not in _NONE:
                    yield _quote(row[0].strip(), currency, rate.strip())
    except (csv.Error, UnicodeDecodeError) as error:
        raise _bad(str(error)) from error


def _xml(body: bytes) -> Iterator[Quote]:
    # Nothing outside the file is read and nothing in it is expanded.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise _bad(str(error)) from error
    if b"<!DOCTYPE" in body:
        raise _bad("it declares a document type")
    for day in root.iter("{*}Cube"):
        if day.get("time"):
            for each in day.iter("{*}Cube"):
                if each.get("currency"):
                    yield _quote(day.get("time", ""), each.get("currency", ""), each.get("rate", ""))


def _quote(day: str, currency: str, rate: str) -> Quote:
    try:
        return Quote(EURO, check_currency(currency), _day(day), _rate(rate), NAME)
    except TollbookError as error:
        raise _bad(f"{day} {currency} {rate}: {error.message}") from error


def _rate(text: str) -> Decimal:
    found = parse_decimal(text, "rate")
    if not found:
        raise Refused("bad_rate", "rate: 0 is not above zero", param="rate")
    return found


def _day(text: str) -> date:
    """A day as 2026-11-20, or as the daily CSV file spells it, 20 November 2026."""
    for pattern in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    raise Refused("bad_day", f"{text!r} is no day", param="on")


def _bad(why: str) -> Refused:
    return Refused("bad_rates_file", f"file: {why}; give eurofxref.csv or .xml of the ECB", param="file")
