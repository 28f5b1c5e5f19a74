"""Do the figures of a document agree? All faults are collected; none is raised here.

The rules are those of EN 16931 (BR-CO-10, 13, 14, 15, 16, 17) plus our own: a line's net is its exact amount
rounded once, and a shown unit price explains the exact amount.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, reduce
from typing import TYPE_CHECKING

from babel import Locale
from babel.core import UnknownLocaleError

from tollbook.kernel.errors import Problem, Refused, shown
from tollbook.kernel.money import EXACT, POSTING_PLACES, WIDE, check_currency, minor_units, plain, round_to
from tollbook.tax import due_of_price

if TYPE_CHECKING:
    from tollbook.invoicing.documents.content import Content, Line, Party, Tax

KINDS = ("invoice", "credit_note", "debit_note", "proforma", "receipt")
TAX_CODES = ("S", "Z", "E", "AE", "O", "G")
MOST_LINES = 20_000
MOST_STREET_LINES = 3
PRICE_PLACES = 12
#: A credited part is rounded with what was credited before it: net, tax and the price that holds both.
CREDIT_ROUNDINGS = 3
_ACCENT = re.compile(r"#[0-9a-fA-F]{6}\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")


def problems(content: Content) -> list[Problem]:
    """Every fault in `content`, row being the line's place from 1; empty when it may be issued."""
    found = [*_heads(content), *_numbers(content)]
    # Sums over things that are not numbers, or in no currency, would only raise.
    if not found:
        found = [*_lines(content), *_groups(content), *_totals(content)]
    return found


def _wrong(field: str, value: object, code: str, reason: str, row: int | None = None) -> Problem:
    text = plain(value) if isinstance(value, Decimal) and value.is_finite() else shown(value)
    return Problem(row, field, text, code, f"{field} {text}: {reason}")


def _heads(content: Content) -> Iterator[Problem]:
    if content.kind not in KINDS:
        yield _wrong("kind", content.kind, "unknown_kind", f"give one of {', '.join(KINDS)}")
    try:
        check_currency(content.currency)
    except Refused as error:
        yield _wrong("currency", content.currency, error.code, "give an ISO 4217 code such as EUR")
    if not content.number.strip():
        yield _wrong("number", content.number, "text_empty", "a document needs a number")
    if right := _uncorrected(content):
        yield _wrong("corrects", content.corrects, "corrects_missing", right)
    if not _ACCENT.match(content.accent):
        yield _wrong("accent", content.accent, "not_a_colour", "give a colour such as #1f4fd8")
    if not _known_language(content.language):
        yield _wrong("language", content.language, "unknown_language", "give a CLDR locale such as en or de")
    if not 0 < len(content.lines) <= MOST_LINES:
        yield _wrong("lines", len(content.lines), "line_count", f"give 1 to {MOST_LINES} lines")
    yield from _party("seller", content.seller)
    yield from _party("buyer", content.buyer)
    yield from _period("period_end", content)


def _uncorrected(content: Content) -> str:
    """What a note that names no invoice lacks; empty where all is well."""
    if content.corrects or (content.kind == "credit_note" and content.note):
        return ""
    return {
        "credit_note": "name the invoice that is corrected, or say in the note what is credited",
        "debit_note": "name the invoice that charged too little",
    }.get(content.kind, "")


@lru_cache(maxsize=64)
def _known_language(text: str) -> bool:
    try:
        Locale.parse(text)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def _party(role: str, party: Party) -> Iterator[Problem]:
    if not party.name.strip():
        yield _wrong(f"{role}.name", party.name, "text_empty", "a party needs a name")
    if not _COUNTRY.match(party.country):
        yield _wrong(f"{role}.country", party.country, "unknown_country", "give two capitals such as DE")
    if len(party.address) > MOST_STREET_LINES:
        yield _wrong(f"{role}.address", len(party.address), "too_many_lines", f"give at most {MOST_STREET_LINES} lines")


def _period(field: str, holder: Content | Line, row: int | None = None) -> Iterator[Problem]:
    start, end = holder.period_start, holder.period_end
    if (start is None) != (end is None) or (start and end and end < start):
        yield _wrong(field, str(end), "wrong_period", f"give both days, the last not before {start}", row)


def _numbers(content: Content) -> Iterator[Problem]:
    """Each number is a finite Decimal, and each amount has no more places than its currency."""
    places = minor_units(content.currency) if check_quietly(content.currency) else 0
    for name in ("net", "tax", "total", "prepaid", "payable"):
        yield from _number(None, name, getattr(content, name), places)
    for row, line in enumerate(content.lines, 1):
        yield from _number(row, "net", line.net, places)
        if line.gross is not None:
            yield from _number(row, "gross", line.gross, places)
        yield from _number(row, "quantity", line.quantity, None)
        yield from _number(row, "exact", line.exact, None)
        yield from _number(row, "tax_percent", line.tax_percent, None)
        if line.unit_price is not None:
            yield from _number(row, "unit_price", line.unit_price, PRICE_PLACES)
        if line.tax_included is not None:
            yield from _number(row, "tax_included", line.tax_included, None)
    for tax in content.taxes:
        yield from _number(None, "taxes.net", tax.net, places)
        yield from _number(None, "taxes.tax", tax.tax, places)
        yield from _number(None, "taxes.percent", tax.percent, None)
        for part in tax.parts:
            yield from _number(None, "taxes.parts.percent", part.percent, None)
            yield from _number(None, "taxes.parts.tax", part.tax, places)


def check_quietly(currency: str) -> bool:
    """Whether `currency` is known; its fault is reported by `_heads`."""
    try:
        check_currency(currency)
    except Refused:
        return False
    return True


def _number(row: int | None, field: str, value: object, places: int | None) -> list[Problem]:
    if isinstance(value, Decimal) and value.is_finite():
        # What was rounded to these places, as nearly all is, needs no second rounding to see it.
        if places is None or value.same_quantum(_step(places)) or value == round_to(value, places):
            return []
        return [_wrong(field, value, "too_many_digits", f"give at most {places} places", row)]
    if not isinstance(value, Decimal):
        code = "float_refused" if isinstance(value, float) else "not_a_number"
        return [_wrong(field, value, code, "give a Decimal", row)]
    return [_wrong(field, value, "not_finite", "give a finite number", row)]


@lru_cache(maxsize=64)
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def _lines(content: Content) -> Iterator[Problem]:
    minor = _step(minor_units(content.currency))
    posting = _step(POSTING_PLACES)
    for row, line in enumerate(content.lines, 1):
        if line.position != row:
            yield _wrong("position", line.position, "wrong_position", f"number the lines in order: {row}", row)
        if not line.name.strip():
            yield _wrong("name", line.name, "text_empty", "a line needs a name", row)
        if line.tax_code not in TAX_CODES:
            yield _wrong("tax_code", line.tax_code, "unknown_tax_code", f"give one of {', '.join(TAX_CODES)}", row)
        yield from _rounded(line, row, minor, content.kind == "credit_note")
        if line.unit_price is not None:
            product = EXACT.multiply(line.quantity, line.unit_price)
            # Charges are stored with the places of a posting, so the last of these may differ.
            if abs(EXACT.subtract(product, line.exact)) > posting:
                reason = f"quantity x unit price is {plain(product)}; give no unit price where it does not explain"
                yield _wrong("exact", line.exact, "price_explains_not", reason, row)
        yield from _period("period_end", line, row)


def _rounded(line: Line, row: int, minor: Decimal, credits: bool) -> Iterator[Problem]:
    """Net, or the price that includes tax, is the exact amount rounded once; the net of such a price follows.

    What is left of a line that was credited in parts bears the roundings of all of them.
    """
    if (line.gross is None) != (line.tax_included is None):
        reason = "give both the rounded price and the tax that it includes, or neither"
        yield _wrong("gross", line.gross, "gross_incomplete", reason, row)
        return
    if line.gross is None:
        if abs(EXACT.subtract(line.net, line.exact)) >= minor:
            yield _wrong("net", line.net, "net_not_exact", f"round {plain(line.exact)} to {plain(minor)}", row)
        return
    _, gross = due_of_price(line.exact, line.tax_included or Decimal(0), line.tax_percent)
    if abs(Fraction(line.gross) - gross) >= minor:
        reason = f"round {plain(round_to(gross, POSTING_PLACES))} to {plain(minor)}"
        yield _wrong("gross", line.gross, "gross_not_exact", reason, row)
    inside = Fraction(line.gross) * 100 / (100 + Fraction(line.tax_percent))
    if abs(Fraction(line.net) - inside) >= (2 * minor if credits else minor):
        reason = f"{plain(line.gross)} without its tax is {plain(round_to(inside, POSTING_PLACES))}"
        yield _wrong("net", line.net, "net_not_exact", reason, row)


def _groups(content: Content) -> Iterator[Problem]:
    """Each tax is the sum of its lines and its percentage of them, to a minor unit for each line."""
    sums: dict[tuple[str, Decimal, str], Decimal] = defaultdict(Decimal)
    counts: dict[tuple[str, Decimal, str], int] = defaultdict(int)
    for line in content.lines:
        key = (line.tax_code, line.tax_percent, line.tax_name)
        sums[key] = EXACT.add(sums[key], line.net)
        counts[key] += 1
    given = [(tax.code, tax.percent, tax.tax_name) for tax in content.taxes]
    if set(given) != set(sums) or len(set(given)) != len(given):
        wanted = ", ".join(f"{code} {plain(percent)} %" for code, percent, _ in sums)
        yield _wrong("taxes", len(given), "taxes_mismatch", f"give one tax for each of: {wanted}")
        return
    minor = _step(minor_units(content.currency))
    for tax in content.taxes:
        key = (tax.code, tax.percent, tax.tax_name)
        if tax.net != sums[key]:
            yield _wrong("taxes.net", tax.net, "sum_mismatch", f"its lines sum to {plain(sums[key])}")
        due = WIDE.divide(EXACT.multiply(tax.net, tax.percent), Decimal(100))
        # Tax rounded line by line may be off by half a minor unit for each.
        roundings = max(counts[key], len(tax.parts), 1) * (CREDIT_ROUNDINGS if content.kind == "credit_note" else 1)
        if abs(EXACT.subtract(tax.tax, due)) > minor * roundings:
            yield _wrong("taxes.tax", tax.tax, "sum_mismatch", f"{plain(tax.percent)} % of it is {plain(due)}")
        if tax.code != "S" and (tax.percent or tax.tax):
            yield _wrong("taxes.percent", tax.percent, "tax_not_zero", f"code {tax.code} charges no tax")
        yield from _parts(tax)


def _parts(tax: Tax) -> Iterator[Problem]:
    """Several taxes add up to their group, in percent and in money."""
    if not tax.parts:
        return
    for field, given, parts in (
        ("taxes.parts.percent", tax.percent, [part.percent for part in tax.parts]),
        ("taxes.parts.tax", tax.tax, [part.tax for part in tax.parts]),
    ):
        if reduce(EXACT.add, parts) != given:
            yield _wrong(field, given, "sum_mismatch", f"its parts sum to {plain(reduce(EXACT.add, parts))}")


def _totals(content: Content) -> Iterator[Problem]:
    lines = reduce(EXACT.add, (line.net for line in content.lines), Decimal(0))
    taxes = reduce(EXACT.add, (tax.tax for tax in content.taxes), Decimal(0))
    rules = (
        ("net", content.net, lines, "the lines sum to"),
        ("tax", content.tax, taxes, "the taxes sum to"),
        ("total", content.total, EXACT.add(content.net, content.tax), "net + tax is"),
        ("payable", content.payable, EXACT.subtract(content.total, content.prepaid), "total - prepaid is"),
    )
    for field, given, wanted, words in rules:
        if given != wanted:
            yield _wrong(field, given, "sum_mismatch", f"{words} {plain(wanted)}")
