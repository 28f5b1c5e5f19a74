"""Bank transfers for staff: importing statements, assigning what nothing matched, noting transfers."""

from collections.abc import Callable

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_POST

from tollbook.gateways.manual.staff import entries, imports
from tollbook.identity.access import staff_page
from tollbook.payments.staff.forms import MONEY
from tollbook.web.menu import MenuEntry

MENU = [MenuEntry("Bank entries", "staff-gateway_manual:list", "building-library", 23)]
PAGES = {"bte": "staff-gateway_manual:page"}
_ACTS: dict[str, Callable[[HttpRequest], HttpResponseBase]] = {
    "look": imports.look,
    "import": imports.bring_in,
    "note": entries.note,
}


@require_POST
@staff_page(*MONEY)
def do(request: HttpRequest, what: str) -> HttpResponseBase:
    """Look at a statement, import it, or note a transfer."""
    if what not in _ACTS:
        raise Http404
    return _ACTS[what](request)


urls = [
    path("", entries.entries, name="list"),
    # Posts all of them: an address without an argument is a page that can be opened.
    path("do/<str:what>/", do, name="do"),
    path("<str:public_id>/", entries.entry, name="page"),
    path("<str:public_id>/assign/", entries.assign, name="assign"),
    path("<str:public_id>/ignore/", entries.put_aside, name="ignore"),
]
