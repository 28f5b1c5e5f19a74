"""A table as a workbook: numbers are numbers, no digit is lost, and no cell is a formula."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.test import RequestFactory

from tollbook.kernel.money import Money
from tollbook.web.tables import Column, Table
from tollbook.web.workbooks import TYPE, workbook

NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet(columns: tuple[Column, ...], rows: list[Any], address: str = "") -> list[list[tuple[str, str]]]:
    """Each row's cells: (type, text); type "n" is a number, "inlineStr" text. No cell has a formula."""
    table = Table("figures", columns, order="name", search=("name",))
    response = workbook(table, RequestFactory().get(f"/{address}"), rows)
    assert response.headers["Content-Type"] == TYPE
    assert response.headers["Content-Disposition"] == 'attachment; filename="figures.xlsx"'
    content: Any = response.streaming_content
    with ZipFile(io.BytesIO(b"".join(content))) as archive:
        root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314  # our own
    assert not list(root.iter(f"{NS}f"))
    assert not list(root.iter(f"{NS}hyperlink"))
    return [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.iter(f"{NS}c")] for row in root.iter(f"{NS}row")
    ]


@pytest.mark.parametrize(
    ("value", "kind", "cells"),
    [
        (Money(Decimal("1234.5"), "EUR"), "money", [("n", "1234.50"), ("inlineStr", "EUR")]),
        (Money(Decimal("-7"), "JPY"), "money", [("n", "-7"), ("inlineStr", "JPY")]),
        (Money(Decimal("0.0003"), "USD"), "exact", [("n", "0.0003"), ("inlineStr", "USD")]),
        (
            Money(Decimal("12345678901234.56"), "EUR"),
            "money",
            [("inlineStr", "12345678901234.56"), ("inlineStr", "EUR")],
        ),
        (None, "money", []),
        (Decimal("2.50"), "quantity", [("n", "2.50")]),
        (10**20, "quantity", [("n", "1E+20")]),
        (1234567890123456, "quantity", [("inlineStr", "1234567890123456")]),
        (date(2026, 3, 1), "day", [("n", "46082")]),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "instant", [("inlineStr", "2026-03-01T12:00:00+00:00")]),
        ("=1+1", "text", [("inlineStr", "=1+1")]),
        ("https://shop.example", "text", [("inlineStr", "https://shop.example")]),
        ("x" * 40_000, "text", [("inlineStr", "x" * 32_767)]),
    ],
)
def test_a_cell(value: Any, kind: str, cells: list[tuple[str, str]]) -> None:
    found = sheet((Column("Value", lambda row: row, kind),), [value])
    heads = ["Value", "Value, currency"] if kind in {"money", "exact"} else ["Value"]
    assert found[0] == [("inlineStr", head) for head in heads]
    assert [cell for row in found[1:] for cell in row] == cells


def test_the_search_of_the_address_narrows_it() -> None:
    found = sheet((Column("Name", lambda row: row, sort="name"),), ["Ada", "Bo"], "?q=bo")
    assert found == [[("inlineStr", "Name")], [("inlineStr", "Bo")]]
