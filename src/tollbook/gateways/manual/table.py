"""Statements as CSV: each bank names its columns in its own way, so they are told."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tollbook.gateways.manual.rules import Draft, Read
from tollbook.kernel.errors import Problem, Refused, TollbookError, problem, shown
from tollbook.kernel.money import check_currency
from tollbook.kernel.numbers import parse_decimal

ROWS = 20_000
_DAYS = {"YYYY-MM-DD": "%Y-%m-%d", "DD.MM.YYYY": "%d.%m.%Y", "DD/MM/YYYY": "%d/%m/%Y", "MM/DD/YYYY": "%m/%d/%Y"}
DAY_FORMATS = tuple(_DAYS)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what (by its heading; empty: none does), and how days and amounts are written."""

    day: str = "date"
    amount: str = "amount"
    currency: str = "currency"
    payer: str = "payer"
    payer_account: str = ""
    text: str = "text"
    reference: str = ""
    day_format: str = "YYYY-MM-DD"
    comma: bool = False
    # Where no column tells the currency, all of it is in this one.
    only_currency: str = ""


def read(body: bytes, columns: Columns, account: str) -> tuple[Read, list[Problem]]:
    """What the file holds of money that came into `account`, and every fault in it, by row (the heading is row 1).

    Rows of zero or less are money out and skipped. Refused "csv_wrong" for what is no such table.
    """
    rows = _rows(body)
    wanted = {columns.day, columns.amount, columns.text, *filter(None, (columns.payer, columns.payer_account,
              columns.reference, "" if columns.only_currency else columns.currency))}  # fmt: skip
    if missing := sorted(wanted - set(rows[0] if rows else ())):
        have = ", ".join(rows[0]) if rows else "none"
        raise Refused("csv_wrong", f"columns {', '.join(missing)}: the file has {have}", param="columns")
    drafts: list[Draft] = []
    problems: list[Problem] = []
    skipped = 0
    for number, row in enumerate(rows, 2):
        try:
            draft = _draft(row, columns, account)
        except TollbookError as error:
            problems.append(problem(error, row=number))
            continue
        if draft.amount > 0:
            drafts.append(draft)
        else:
            skipped += 1
    return Read(tuple(drafts), skipped), problems


def _rows(body: bytes) -> list[dict[str, str]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Older exports of banks; every byte means something in it.
        text = body.decode("cp1252", "replace")
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    found: list[dict[str, str]] = []
    for row in csv.DictReader(io.StringIO(text), delimiter=delimiter, restval=""):
        if len(found) >= ROWS:
            raise Refused("csv_wrong", f"file: it has more than {ROWS} rows; import it in parts", param="file")
        found.append({(key or "").strip(): value.strip() for key, value in row.items() if isinstance(value, str)})
    return found


def _draft(row: Mapping[str, str], columns: Columns, account: str) -> Draft:
    currency = columns.only_currency or row[columns.currency]
    return Draft(
        account=account,
        reference=_cell(row, columns.reference, 70),
        booked_on=_day(row[columns.day], columns.day_format),
        amount=_amount(row[columns.amount], columns.comma),
        currency=check_currency(currency, "currency"),
        payer=_cell(row, columns.payer, 200),
        payer_account="".join(_cell(row, columns.payer_account, 60).split())[:34],
        text=_cell(row, columns.text, 500),
    )


def _cell(row: Mapping[str, str], name: str, limit: int) -> str:
    text = row.get(name, "") if name else ""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())[:limit]


def _day(text: str, form: str) -> date:
    try:
        return datetime.strptime(text, _DAYS[form]).date()  # noqa: DTZ007  # a day of a bank has no zone
    except ValueError:
        raise Refused("day_wrong", f"date {shown(text)}: write it as {form}", param="date") from None


def _amount(text: str, comma: bool) -> Decimal:
    group, point = (".", ",") if comma else (",", ".")
    body = text.replace("\u2212", "-").replace(" ", "").replace("\u00a0", "")
    whole, _, rest = body.partition(point)
    if not re.fullmatch(rf"[+-]?(\d+|\d{{1,3}}({re.escape(group)}\d{{3}})+)", whole):
        right = "1.234,56" if comma else "1,234.56"
        raise Refused("not_a_number", f"amount {shown(text)}: write it as {right}", param="amount")
    return parse_decimal(f"{whole.replace(group, '')}{'.' if rest else ''}{rest}", "amount", negative=True)
