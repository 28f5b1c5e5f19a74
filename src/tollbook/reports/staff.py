"""Staff pages of reports: the list, and each as a page, CSV or a workbook."""

import re
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.identity.access import staff_page
from tollbook.kernel.money import Money
from tollbook.kernel.period import months_from
from tollbook.reports.declared import BY_NAME, REPORTS, Field, Report
from tollbook.reports.queries import rows
from tollbook.reports.rules import Months, months, totals
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Listing, Page, Part, Rows, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Table
from tollbook.web.words import month_text
from tollbook.web.workbooks import workbook

MENU = [MenuEntry("Reports", "staff-reports:list", "chart-bar", 45)]
MONTHS_OFFERED = 36
_CURRENCY = re.compile("[A-Z]{3}", re.ASCII)


def _column(field: Field) -> Column:
    key = field.key
    if field.kind == "exact":
        return Column(field.label, lambda row: Money(row[key], row["currency"]), "exact")
    # Who has no customer has no page.
    href = (lambda row: page_of(row["customer"]) if row["customer"] else "") if key == "name" else None
    return Column(field.label, lambda row: row[key], field.kind, href=href)


def _table(report: Report) -> Table:
    columns = [_column(field) for field in report.fields]
    return Table(report.name, columns, order="", search=("text",), empty_title="Nothing to report")


def _totals(report: Report, found: list[dict[str, Any]]) -> Part:
    summed = [field for field in report.fields if field.summed]
    columns = [Column("Currency", lambda row: row["currency"]), *map(_column, summed)]
    return Rows("Totals by currency", columns, totals(found, [f.key for f in summed]), "Nothing to report.")


@staff_page()
def every(request: HttpRequest) -> HttpResponseBase:
    """All reports."""
    columns = [
        Column("Report", lambda r: r.title, href=lambda r: reverse(f"staff-reports:{r.name}")),
        Column("What it says", lambda r: r.about),
    ]
    about = "Each is the sum of accounts of the books, and can be had as CSV or a workbook."
    return show(request, Page("Reports", about=about, parts=[Rows("All reports", columns, REPORTS)]))


@staff_page()
def report(request: HttpRequest, name: str) -> HttpResponseBase:
    """One report, of the brand, currency and months that the address asks for; unknown ones are ignored."""
    found, today, get = BY_NAME[name], clock.now().date(), request.GET
    asked = months(get.get("from", ""), get.get("to", ""), today, found.back or 0)
    brands = list(Brand.objects.order_by("name", "pk"))
    brand = next((b for b in brands if b.public_id == get.get("brand")), None)
    text = get.get("currency", "").upper()
    currency = text if _CURRENCY.fullmatch(text) else ""
    lines, table = rows(found, today, asked, brand.pk if brand else None, currency), _table(found)
    if get.get("export") == "csv":
        return table.export(request, lines)
    if get.get("export") == "xlsx":
        return workbook(table, request, lines)
    parts = [_totals(found, lines), Listing(found.title, table.page(request, lines))]
    page = Page(found.title, about=found.about, crumbs=(("Reports", reverse("staff-reports:list")),), parts=parts)
    choices = {
        "brands": brands if len(brands) > 1 else [],
        "brand": brand,
        "currency": currency,
        "ends": _ends(found, asked),
    }
    return show(request, page, template="reports/report.html", **choices)


def _ends(report: Report, asked: Months) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """(name, label, months to choose from with the chosen one) of the first and last month; none of what stands now."""
    if report.back is None:
        return []
    this = clock.now().date().replace(day=1)
    offered = {months_from(this, -back) for back in range(MONTHS_OFFERED)} | {asked.first, asked.last}
    return [
        (name, label, [(f"{m:%Y-%m}", month_text(m), m == chosen) for m in sorted(offered, reverse=True)])
        for name, label, chosen in (("from", "From", asked.first), ("to", "To", asked.last))
    ]


urls = [
    path("reports/", every, name="list"),
    *(path(f"reports/{each.name}/", report, {"name": each.name}, name=each.name) for each in REPORTS),
]
