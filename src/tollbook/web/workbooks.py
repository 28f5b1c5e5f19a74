"""A table as an Excel workbook (XLSX): what `Table.export` is for CSV, with numbers that are numbers.

An amount takes two columns, the number and its currency. Text is always written as text, so that no cell is a formula
or a link. Rows go to a temporary file one by one: memory does not grow with them.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from tollbook.kernel.money import Money
from tollbook.web.tables import EXPORT_LIMIT, Column, Rows, Table, plain_cell

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A spreadsheet keeps 15 digits of a number, and so many characters of a text.
_DIGITS = 15
_TEXT = 32_767
_AMOUNTS = {"money", "exact"}


def workbook(table: Table, request: HttpRequest, rows: Rows) -> FileResponse:
    """The rows of `table` that the search and filters of the address leave, at most EXPORT_LIMIT, as one sheet.

    Days are days; instants are text with their zone, which a spreadsheet has no type for. A number of more than 15
    digits is text, so that none is lost.
    """
    narrowed = table.narrow(request, rows)[:EXPORT_LIMIT]
    file = TemporaryFile()
    try:
        _write(file, table.columns, narrowed)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{table.name}.xlsx", content_type=TYPE)


def _write(file: IO[bytes], columns: Sequence[Column], rows: Rows) -> None:
    with Workbook(file, {"constant_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        heads = [head for column in columns for head in _heads(column)]
        for place, head in enumerate(heads):
            sheet.write_string(0, place, head)
        found = rows.iterator(chunk_size=1000) if isinstance(rows, QuerySet) else rows
        for number, row in enumerate(found, start=1):
            cells = [cell for column in columns for cell in _cells(column, row)]
            for place, cell in enumerate(cells):
                _put(sheet, number, place, cell, day)


def _heads(column: Column) -> list[str]:
    label = str(column.label)
    return [label, f"{label}, currency"] if column.kind in _AMOUNTS else [label]


def _cells(column: Column, row: Any) -> list[Any]:
    value = column.value(row)
    if column.kind not in _AMOUNTS:
        return [value]
    return [Decimal(plain_cell(value)), value.currency] if isinstance(value, Money) else [value, None]


def _put(sheet: Worksheet, row: int, place: int, value: Any, day: Format) -> None:
    if value is None:
        return
    if isinstance(value, Money):
        value = f"{plain_cell(value)} {value.currency}"
    if isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 (a day)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool) and _fits(Decimal(value)):
        sheet.write_number(row, place, value)
    elif isinstance(value, int | Decimal):
        sheet.write_string(row, place, plain_cell(value))
    else:
        text = value.isoformat() if isinstance(value, datetime) else str(value)
        sheet.write_string(row, place, text[:_TEXT])


def _fits(value: Decimal) -> bool:
    """Whether a spreadsheet keeps every digit."""
    return value.is_finite() and len("".join(map(str, value.as_tuple().digits)).strip("0")) <= _DIGITS
