"""The staff portal's front page and its search: both show what the rooms plug into them."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from tollbook.base import clock
from tollbook.identity.access import staff_page
from tollbook.web.panels import notices
from tollbook.web.parts import Page, Stats, show
from tollbook.web.sockets import finders, page_of, parts_of, stats_of
from tollbook.web.tables import SEARCH_LIMIT

FOUND_LIMIT = 10
MIN_SEARCH = 2


@staff_page()
def dashboard(request: HttpRequest) -> HttpResponseBase:
    """How the business and the installation are doing."""
    now = clock.now()
    figures = Stats("Key figures", stats_of("dashboard-stats", now))
    page = Page("Dashboard", parts=[figures, *parts_of("dashboard", now)])
    return show(request, page, notices=notices("staff", request), now=now, template="customers/staff_dashboard.html")


@staff_page()
def search(request: HttpRequest) -> HttpResponseBase:
    """Everything that has the text in its name or number; a public id leads straight to its page."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:SEARCH_LIMIT]
    groups = []
    if len(text) >= MIN_SEARCH:
        groups = [(f.title, found) for f in finders() if (found := f.find(text, FOUND_LIMIT))]
    straight = page_of(text)
    if straight and any(each.href == straight for _, found in groups for each in found):
        return redirect(straight)
    about = f"For “{text}”" if text else "Give a name, a number or an id."
    context = {"groups": groups, "search_text": text, "limit": FOUND_LIMIT, "min_search": MIN_SEARCH}
    return show(request, Page("Search", about=about), template="customers/staff_search.html", **context)
