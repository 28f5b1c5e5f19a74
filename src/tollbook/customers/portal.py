"""The customer portal's front page, and switching between accounts."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tollbook.base import clock
from tollbook.customers import visits
from tollbook.customers.access import SESSION_KEY, CustomerRequest, memberships, portal_page
from tollbook.customers.key_pages import KEY_MENU, key_urls
from tollbook.customers.team_pages import TEAM_MENU, team_urls
from tollbook.customers.trail_pages import TRAIL_MENU, trail_urls
from tollbook.identity.models import User
from tollbook.kernel.times import zone_info
from tollbook.web import panels
from tollbook.web.menu import MenuEntry
from tollbook.web.sockets import page_of

MENU = [MenuEntry("Overview", "portal-customers:overview", "home", order=10), TEAM_MENU, KEY_MENU, TRAIL_MENU]
NOON, EVENING = 12, 18


def greeting(hour: int) -> str:
    """What one says at that hour of the reader's day."""
    return _("Good morning") if hour < NOON else _("Good afternoon") if hour < EVENING else _("Good evening")


@require_GET
@portal_page()
def overview(request: CustomerRequest) -> HttpResponse:
    """Where the account stands: what the rooms put into the sockets of this page."""
    now = clock.now().astimezone(zone_info(request.customer.zone))
    user = request.user
    context = {
        "title": _("Overview"),
        "hello": greeting(now.hour),
        "first_name": user.get_short_name() if isinstance(user, User) else "",
        "today": now.date(),
        "notices": panels.notices("portal", request),
    }
    return render(request, "customers/portal_overview.html", context)


@require_POST
@portal_page()
def switch(request: CustomerRequest) -> HttpResponse:
    """Choose which of the reader's accounts the portal shows; a foreign one does not exist."""
    wanted = request.POST.get("customer", "")
    if all(membership.customer.public_id != wanted for membership in memberships(request)):
        raise Http404
    request.session[SESSION_KEY] = wanted
    return redirect("portal-customers:overview")


@require_POST
@portal_page()
def end_visit(request: CustomerRequest) -> HttpResponse:
    """Staff who looked at the account go back to its page; for everybody else there is nothing to end."""
    public_id = visits.end(request)
    return redirect(page_of(public_id)) if public_id else redirect("portal-customers:overview")


urls: list[URLPattern] = [
    path("", overview, name="overview"),
    path("switch/", switch, name="switch"),
    path("end-visit/", end_visit, name="end-visit"),
    *team_urls,
    *key_urls,
    *trail_urls,
]
