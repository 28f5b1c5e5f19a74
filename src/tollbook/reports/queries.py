"""The rows of a report."""

from datetime import date
from typing import Any

from django.db import connection

from tollbook.reports.declared import Report
from tollbook.reports.rules import Months


def rows(
    report: Report, today: date, months: Months, brand_id: int | None = None, currency: str = ""
) -> list[dict[str, Any]]:
    """The rows of `report` by the keys of its fields, in its order, with one query: of one brand (row id) or all, in
    one currency or each in its own. A report that stands now does not look at the months.
    """
    given = {"brand": brand_id, "currency": currency, "today": today, "begin": months.begin, "end": months.end}
    with connection.cursor() as cursor:
        cursor.execute(report.sql, given)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
