"""The account's API keys, in the customer portal: list, make one (shown once), revoke one."""

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tollbook.api.shell import build
from tollbook.base import clock
from tollbook.customers import keys
from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.customers.models import Membership
from tollbook.identity.access import proven_again
from tollbook.identity.actions import NewKey, revoke_key
from tollbook.identity.models import ApiKey, User
from tollbook.kernel.errors import TollbookError
from tollbook.kernel.ids import new_id
from tollbook.kernel.times import parse_day, zone_info
from tollbook.web.menu import MenuEntry
from tollbook.web.refusals import in_words

KEY_MENU = MenuEntry("API keys", "portal-customers:keys", "key", order=81)
KEEPERS = (Membership.Role.OWNER.value, Membership.Role.TECHNICAL.value)
DOOR = "portal"
SHOWN = 100


def state_of(key: ApiKey, at: datetime) -> str:
    """Whether a key works at `at`: active, revoked or expired."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= at else "active"


@require_GET
@portal_page(*KEEPERS)
def listed(request: CustomerRequest) -> HttpResponse:
    """The keys of the account, and a form for another one."""
    return _page(request)


def _page(request: CustomerRequest, made: NewKey | None = None) -> HttpResponse:
    now = clock.now()
    found = list(keys.of_customer(request.customer)[: SHOWN + 1])
    shown = [(key, state_of(key, now)) for key in found[:SHOWN]]
    context = {
        "title": _("API keys"),
        "working": [each for each in shown if each[1] == "active"],
        "over": [each for each in shown if each[1] != "active"],
        "more": len(found) > SHOWN,
        "made": made,
        "scopes": keys.scopes_for(request.membership.role, _scopes()),
        "once": new_id("key"),
    }
    return render(request, "customers/portal_keys.html", context)


def _scopes() -> set[str]:
    """Every scope that a route for customers asks for."""
    return {policy.scope for policy in build().policies().values() if policy.roles is None}


@never_cache
@require_POST
@portal_page(*KEEPERS)
@proven_again
def add(request: CustomerRequest) -> HttpResponse:
    """Make a key, and show it in the answer to this post alone: it is kept nowhere."""
    try:
        made = keys.add_key(
            request.customer,
            request.POST.get("name", ""),
            scopes=request.POST.getlist("scopes"),
            may_give=keys.scopes_for(request.membership.role, _scopes()),
            once=request.POST.get("once", ""),
            addresses=request.POST.get("addresses", "").replace(",", " ").split(),
            expires_at=_end_of(request.POST.get("last", "").strip(), request.customer.zone),
            actor=_who(request),
            door=DOOR,
        )
    except TollbookError as error:
        messages.error(request, in_words(error))
        return redirect("portal-customers:keys")
    if made is None:
        messages.info(
            request, "This form has made a key already. Where you did not keep it, revoke it and make another."
        )
        return redirect("portal-customers:keys")
    return _page(request, made)


def _end_of(day: str, zone: str) -> datetime | None:
    """The end of that day in the zone; None for no day."""
    if not day:
        return None
    return datetime.combine(parse_day(day, "last") + timedelta(days=1), time(), zone_info(zone))


@require_http_methods(["GET", "POST"])
@portal_page(*KEEPERS)
@proven_again
def revoke(request: CustomerRequest, public_id: str) -> HttpResponse:
    """Ask whether a key is to end; a post ends it, at once and for ever."""
    key = keys.of_customer(request.customer).filter(public_id=public_id).first()
    if key is None:
        raise Http404
    if request.method == "POST":
        revoke_key(key.public_id, customer_id=request.customer.pk, actor=_who(request), door=DOOR)
        messages.success(request, _("{name} works no more.").format(name=key.name))
        return redirect("portal-customers:keys")
    context = {
        "title": _("Revoke a key"),
        "crumbs": [(_("API keys"), reverse("portal-customers:keys")), (f"{key.prefix}…", "")],
        "key": key,
        "state": state_of(key, clock.now()),
    }
    return render(request, "customers/portal_key_revoke.html", context)


def _who(request: CustomerRequest) -> str:
    return request.user.email if isinstance(request.user, User) else ""


key_urls: list[URLPattern] = [
    path("keys/", listed, name="keys"),
    path("keys/add/", add, name="add-key"),
    path("keys/<str:public_id>/revoke/", revoke, name="revoke-key"),
]
