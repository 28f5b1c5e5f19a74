"""Staff pages about rates of exchange."""

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from tollbook.exchange.models import Rate
from tollbook.exchange.rules import MOST_DAYS
from tollbook.identity.access import staff_page
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Page, listing
from tollbook.web.tables import Column, Filter, Table

MENU = [MenuEntry("Exchange rates", "staff-exchange:list", "arrow-path", 72, "Installation")]
RATES = Table(
    "rates",
    [
        Column("Day", lambda r: r.on, "day", sort="on"),
        Column("One", lambda r: r.base, sort="base"),
        Column("Is", lambda r: r.rate, "quantity", sort="rate", note=lambda r: r.quote),
        Column("Currency", lambda r: r.quote, sort="quote"),
        Column("Source", lambda r: r.get_source_display(), sort="source", note=lambda r: r.entered_by),
        Column("Entered", lambda r: r.entered_at, "instant", sort="entered_at"),
    ],
    order="-on",
    search=("base", "quote"),
    filters=(Filter("source", "Source", tuple((s.value, str(s.label), Q(source=s.value)) for s in Rate.Source)),),
    empty_title="No rates yet",
    empty_text="tollbook import ecb FILE brings those of the European Central Bank.",
)


@staff_page()
def rates(request: HttpRequest) -> HttpResponseBase:
    """Every rate that is known."""
    about = f"What one currency was in another. A day without a rate has that of the last {MOST_DAYS} days before it."
    return listing(request, RATES, Rate.objects.all(), Page("Exchange rates", about=about))


urls = [path("exchange-rates/", rates, name="list")]
