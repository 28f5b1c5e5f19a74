"""The style page: every component of the portals on one page, with long words, nothing, and errors.

It is for people who write pages and for the browser test that looks at it; no installation serves it.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tollbook.kernel.money import Money
from tollbook.web import charts
from tollbook.web.menu import MenuLink
from tollbook.web.panels import Notice
from tollbook.web.tables import Column, Table

FRAMES = {"portal": "web/portal_base.html", "staff": "web/staff_base.html"}
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
SERIES = ("Cloud", "SMS", "Support")
MONTHS = (
    ("May", (Decimal(410), Decimal(98), Decimal(20))),
    ("Jun", (Decimal("436.2"), Decimal(120), Decimal(25))),
    ("Jul", (Decimal(0), Decimal(0), Decimal(0))),
    ("Aug", (Decimal(471), Decimal(142), Decimal(22))),
)
BALANCE = (
    (datetime(2026, 5, 1, tzinfo=UTC), Decimal(100)),
    (datetime(2026, 5, 9, tzinfo=UTC), Decimal("62.5")),
    (datetime(2026, 5, 20, tzinfo=UTC), Decimal(-8)),
    (datetime(2026, 5, 24, tzinfo=UTC), Decimal(92)),
)
#: number, who, issued, state, total
INVOICES = (
    ("HC-2026-00041", "Brightwater Ltd", date(2026, 5, 1), "paid", Money(Decimal("1234.5"), "EUR")),
    ("HC-2026-00042", LONG, date(2026, 6, 1), "overdue", Money(Decimal("98765432.10"), "EUR")),
    ("HC-2026-00043", "Ostrava Rail", date(2026, 6, 1), "issued", Money(Decimal(5000), "JPY")),
    ("HC-2026-00044", "Pinecone Media", date(2026, 7, 1), "draft", None),
)
TABLE = Table(
    name="invoices",
    columns=(
        Column("Number", lambda row: row[0], sort="number", href=lambda row: f"#{row[0]}"),
        Column("Customer", lambda row: row[1], sort="customer", note=lambda row: "long or short"),
        Column("Issued", lambda row: row[2], "day", sort="issued"),
        Column("State", lambda row: row[3], "state"),
        Column("Total", lambda row: row[4], "money"),
    ),
    order="number",
    search=("number",),
    per_page=3,
)
NOTHING = Table("nothing", (Column("Name", str),), order="", empty_title="No invoices yet", empty_text="In a month.")


class SampleForm(forms.Form):
    """Fields as pages show them, one of them with an error."""

    email = forms.EmailField(label="E-mail address")
    country = forms.ChoiceField(choices=(("ie", "Ireland"), ("cz", "Czechia")))
    agreed = forms.BooleanField(label="I have read the terms")


def page(request: HttpRequest, portal: str) -> HttpResponse:
    """Every component in the frame of `portal` ("portal" or "staff")."""
    menu = [
        MenuLink("Overview", "#", "home", "", True),
        MenuLink("Usage", "#usage", "chart-bar", "", False),
        MenuLink("Invoices and credit notes", "#invoices", "document-text", "Money", False),
    ]
    context: dict[str, Any] = {
        "frame": FRAMES[portal], "portal": portal, "brand": {"name": "Harbour Cloud"}, "menu": menu, "title": "Style",
        "who": {"name": "Robin Example", "detail": "robin@brightwater.example"}, "zone": "Europe/Dublin",
        "virtual_now": datetime(2026, 6, 1, 12, tzinfo=UTC), "crumbs": [("Overview", "#"), ("Style", "")],
        "table": TABLE.page(request, INVOICES), "nothing": NOTHING.page(request, []),
        "states": ("active", "issued", "pending", "overdue", "ended"), "series": SERIES, "months": MONTHS,
        "bars": charts.stacked_bars("Spend by service, EUR", SERIES, MONTHS, "EUR"),
        "line": charts.stepped_line("Balance, EUR", BALANCE, datetime(2026, 5, 31, tzinfo=UTC)),
        "money": Money(Decimal("1234.5"), "EUR"), "small": Money(Decimal("0.0003"), "USD"), "long": LONG,
        "notices": [Notice("bad", "Invoice HC-2026-00042 is overdue", "Pay it to keep services running.", "#", "Pay"),
                    Notice("warn", LONG), Notice("info", "Your usage of May is being counted")],
        "form": SampleForm({"email": "not an address", "country": "ie"}, auto_id="sample_%s"),
    }  # fmt: skip
    return render(request, "web/style.html", context)
