"""FOCUS cost and usage files (FinOps Open Cost and Usage Specification 1.0, CSV) to plain rows.

A file is read whole and checked whole: either all of it can be used, or every problem is reported.
"""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tollbook.kernel.errors import Invalid, Problem, Refused, TollbookError, problem
from tollbook.kernel.money import check_currency
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import parse_instant

ROW_LIMIT = 1_000_000
SIZE_LIMIT = 512 * 1024 * 1024
REQUIRED = (
    "BillingCurrency", "ChargeCategory", "ChargePeriodStart", "ListUnitPrice", "PricingQuantity", "PricingUnit",
    "ProviderName", "ServiceName", "SkuId", "SubAccountId", "SubAccountName", "ChargeDescription",
)  # fmt: skip
# Writers differ in how they spell "no value".
_ABSENT = {"", "NULL", "null"}
_TIME_LENGTH = 19


@dataclass(frozen=True, slots=True)
class FocusRow:
    """One charge of an upstream bill. `unit_cost` and `quantity` are None where the file has no value.

    `id` is the file's own row id where it has one; else it is made of the position in the file.
    """

    row: int
    id: str
    account_id: str
    account_name: str
    provider: str
    service: str
    sku: str
    description: str
    category: str
    unit: str
    quantity: Decimal | None
    unit_cost: Decimal | None
    currency: str
    at: datetime
    resource: str


def read(path: Path) -> list[FocusRow]:
    """The rows of a file. Raises Refused for a file that cannot be read, Invalid with every problem found in
    its rows.
    """
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise Refused("file_too_large", f"{path.name} is larger than {SIZE_LIMIT} bytes", param="file")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return parse(file)
    except UnicodeDecodeError as error:
        raise Refused("file_not_text", f"{path.name} is not UTF-8 text (byte {error.start})", param="file") from error
    except OSError as error:
        raise Refused("file_unreadable", f"{path}: {error.strerror}", param="file") from error


def parse(lines: Iterable[str]) -> list[FocusRow]:
    """The rows of a file given as lines of text; see `read`."""
    try:
        reader = csv.DictReader(lines, strict=True)
        columns = reader.fieldnames or []
        missing = [name for name in REQUIRED if name not in columns]
        if missing:
            reason = "this column of FOCUS 1.0 is missing"
            raise Invalid(Problem(1, name, "", "column_missing", reason) for name in missing)
        rows: list[FocusRow] = []
        problems: list[Problem] = []
        for number, item in enumerate(reader, 2):
            if number > ROW_LIMIT:
                raise Refused("too_many_rows", f"a file has at most {ROW_LIMIT} rows; split it", param="file")
            row, found = _row(number, item)
            problems += found
            if row is not None:
                rows.append(row)
    except csv.Error as error:
        raise Refused("file_not_csv", f"line {reader.line_num}: {error}", param="file") from error
    problems += [
        Problem(None, "Id", row_id, "id_twice", f"{count} rows have this id")
        for row_id, count in Counter(row.id for row in rows).items()
        if count > 1
    ]
    if problems:
        raise Invalid(problems)
    return rows


def _row(number: int, item: dict[str, str | None]) -> tuple[FocusRow | None, list[Problem]]:
    problems: list[Problem] = []
    if None in item or None in item.values():
        reason = "the row has more or fewer values than the header"
        return None, [Problem(number, "row", "", "row_length", reason)]
    values: dict[str, object] = {}

    def take(name: str, parse: object, *args: object, **options: object) -> None:
        try:
            values[name] = parse(item[name], name, *args, **options)  # type: ignore[operator]  # a kernel parser
        except TollbookError as error:
            problems.append(problem(error, row=number, value=item[name]))

    for name in ("SubAccountId", "SubAccountName", "SkuId"):
        take(name, clean_text, 200)
    for name in ("ProviderName", "ServiceName", "ChargeDescription", "ChargeCategory", "PricingUnit"):
        take(name, _short)
    take("PricingQuantity", _number, negative=True)
    take("ListUnitPrice", _number)
    take("BillingCurrency", _currency)
    take("ChargePeriodStart", _instant)
    resource = item.get("ResourceId") or ""
    own_id = item.get("Id") or ""
    if problems:
        return None, problems
    return (
        FocusRow(
            row=number,
            id=own_id if own_id not in _ABSENT else f"row-{number}",
            account_id=str(values["SubAccountId"]),
            account_name=str(values["SubAccountName"]),
            provider=str(values["ProviderName"]),
            service=str(values["ServiceName"]),
            sku=str(values["SkuId"]),
            description=str(values["ChargeDescription"]),
            category=str(values["ChargeCategory"]),
            unit=str(values["PricingUnit"]),
            quantity=values["PricingQuantity"],  # type: ignore[arg-type]  # _number returns Decimal | None
            unit_cost=values["ListUnitPrice"],  # type: ignore[arg-type]
            currency=str(values["BillingCurrency"]),
            at=values["ChargePeriodStart"],  # type: ignore[arg-type]  # _instant returns datetime
            resource="" if resource in _ABSENT else resource[:500],
        ),
        [],
    )


def _short(value: str, field: str) -> str:
    return "" if value in _ABSENT else clean_text(value, field, 1000)[:200]


def _number(value: str, field: str, *, negative: bool = False) -> Decimal | None:
    return None if value in _ABSENT else parse_decimal(value, field, negative=negative)


def _currency(value: str, field: str) -> str:
    check_currency(value, field)
    return value


def _instant(value: str, field: str) -> datetime:
    # FOCUS 1.0 says UTC; AWS and Microsoft write it as "2024-09-18 22:00:00", without the Z.
    if len(value) == _TIME_LENGTH and value[10] in " T":
        value = f"{value[:10]}T{value[11:]}Z"
    return parse_instant(value, field).astimezone(UTC)
