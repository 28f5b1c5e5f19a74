"""A customer's webhooks: endpoints, what was sent to them and what came back, and sending it again."""

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.customers.models import Membership
from tollbook.identity.models import User
from tollbook.kernel.errors import NotFound, TollbookError
from tollbook.kernel.times import parse_day, zone_info
from tollbook.notifications.events import CATALOGUE
from tollbook.web.menu import MenuEntry
from tollbook.web.refusals import in_words
from tollbook.web.words import later
from tollbook.webhooks import actions, queries
from tollbook.webhooks.actions import TEST, By
from tollbook.webhooks.models import Delivery, Endpoint
from tollbook.webhooks.queries import Holder
from tollbook.webhooks.rules import EndpointState
from tollbook.webhooks.told import about_kinds, table_of

KEEPERS = (Membership.Role.OWNER.value, Membership.Role.TECHNICAL.value)
MENU = [MenuEntry("Webhooks", "portal-webhooks:list", "bolt", order=80)]
KINDS = [kind for kind in CATALOGUE.values() if kind.name != TEST]


def _holder(request: CustomerRequest) -> Holder:
    return Holder(request.customer.brand, request.customer)


def _by(request: CustomerRequest) -> By:
    return By(request.user.email if isinstance(request.user, User) else "", "portal")


def _found(request: CustomerRequest, public_id: str) -> Endpoint:
    try:
        return queries.endpoint(public_id, _holder(request))
    except NotFound:
        raise Http404 from None


def _delivery(found: Endpoint, public_id: str) -> Delivery:
    try:
        return queries.delivery(found, public_id)
    except NotFound:
        raise Http404 from None


def _page(found: Endpoint) -> str:
    return reverse("portal-webhooks:page", args=[found.public_id])


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Webhooks"), reverse("portal-webhooks:list")), *more]


@require_http_methods(["GET", "POST"])
@portal_page(*KEEPERS)
def listed(request: CustomerRequest) -> HttpResponse:
    """All endpoints of the customer; a post adds one."""
    if request.method == "POST":
        try:
            made = actions.add(_holder(request), **_given(request), by=_by(request))
        except TollbookError as error:
            messages.error(request, in_words(error))
            return redirect("portal-webhooks:list")
        messages.success(request, _("The webhook is made. Its secret is on this page."))
        return redirect(_page(made.endpoint))
    context = {
        "title": _("Webhooks"),
        "webhooks": [(each, about_kinds(each.kinds)) for each in queries.of_holder(_holder(request))],
        "kinds": KINDS,
    }
    return render(request, "webhooks/portal_list.html", context)


def _given(request: CustomerRequest) -> dict[str, Any]:
    return {
        "url": request.POST.get("url", "").strip(),
        "kinds": request.POST.getlist("kinds"),
        "description": request.POST.get("description", ""),
    }


@require_GET
@portal_page(*KEEPERS)
def page(request: CustomerRequest, public_id: str) -> HttpResponseBase:
    """One endpoint and what was sent to it."""
    return _shown(request, _found(request, public_id))


def _shown(request: CustomerRequest, found: Endpoint, secret: str = "") -> HttpResponseBase:
    table = table_of(lambda row: reverse("portal-webhooks:delivery", args=[found.public_id, row.public_id]))
    rows = queries.deliveries(found)
    if request.GET.get("export") == "csv":
        return table.export(request, rows)
    context = {
        "title": _("Webhook"),
        "crumbs": _crumbs((found.url, "")),
        "webhook": found,
        "about": about_kinds(found.kinds),
        "kinds": [(kind, kind.name in found.kinds) for kind in KINDS],
        "table": table.page(request, rows),
        "secret": secret,
    }
    return render(request, "webhooks/portal_page.html", context)


@require_POST
@portal_page(*KEEPERS)
def secret(request: CustomerRequest, public_id: str) -> HttpResponseBase:
    """The endpoint's page with its secret."""
    found = _found(request, public_id)
    return _shown(request, found, actions.reveal(found.public_id, by=_by(request)))


def _change(request: CustomerRequest, found: Endpoint) -> object:
    return actions.change(found.public_id, **_given(request), by=_by(request))


def _replay(request: CustomerRequest, found: Endpoint) -> object:
    zone = zone_info(request.customer.zone)
    first, last = (parse_day(request.POST.get(name, ""), name) for name in ("first", "last"))
    since = datetime.combine(first, time(), zone)
    until = datetime.combine(last + timedelta(days=1), time(), zone)
    every = request.POST.get("all") == "true"
    return actions.replay_range(found.public_id, since, until, failed_only=not every, by=_by(request))


def _switch(state: EndpointState) -> Callable[[CustomerRequest, Endpoint], object]:
    return lambda request, found: actions.switch(found.public_id, state, by=_by(request))


ACTS: dict[str, tuple[Callable[[CustomerRequest, Endpoint], object], str]] = {
    "change": (_change, later("The changes are saved.")),
    "pause": (_switch(EndpointState.PAUSED), later("It is paused; what happens is kept for it.")),
    "resume": (_switch(EndpointState.ACTIVE), later("It goes on.")),
    "remove": (_switch(EndpointState.REMOVED), later("The webhook is removed.")),
    "rotate": (
        lambda request, found: actions.rotate(found.public_id, by=_by(request)),
        later("There is a new secret. For 24 hours messages are signed with both."),
    ),
    "test": (
        lambda request, found: actions.send_test(found.public_id, by=_by(request)),
        later("A test is on its way; it appears below."),
    ),
    "replay": (_replay, later("What was found is sent again.")),
}


@require_POST
@portal_page(*KEEPERS)
def act(request: CustomerRequest, public_id: str, name: str) -> HttpResponse:
    """Do one of the acts that the endpoint's page offers."""
    found = _found(request, public_id)
    do, done = ACTS[name]
    try:
        do(request, found)
    except TollbookError as error:
        messages.error(request, in_words(error))
        return redirect(_page(found))
    messages.success(request, done)
    return redirect(reverse("portal-webhooks:list") if name == "remove" else _page(found))


@require_http_methods(["GET", "POST"])
@portal_page(*KEEPERS)
def delivery(request: CustomerRequest, public_id: str, delivery_id: str) -> HttpResponse:
    """What was sent and what came back; a post sends it again."""
    found = _found(request, public_id)
    row = _delivery(found, delivery_id)
    if request.method == "POST":
        try:
            actions.replay(found.public_id, row.public_id, by=_by(request))
        except TollbookError as error:
            messages.error(request, in_words(error))
        else:
            messages.success(request, _("It is sent again."))
        return redirect(_page(found))
    context = {
        "title": _("Delivery"),
        "crumbs": _crumbs((found.url, _page(found)), (queries.kind_name(row), "")),
        "webhook": found,
        "delivery": row,
        "kind": queries.kind_name(row),
        "message_id": queries.message_id(row),
        "body": json.dumps(json.loads(queries.body_of(row)), indent=2, ensure_ascii=False),
        "tries": sorted(row.tries.all(), key=lambda each: each.number, reverse=True),
    }
    return render(request, "webhooks/portal_delivery.html", context)


urls: list[URLPattern] = [
    path("webhooks/", listed, name="list"),
    path("webhooks/<str:public_id>/", page, name="page"),
    path("webhooks/<str:public_id>/secret/", secret, name="secret"),
    path("webhooks/<str:public_id>/deliveries/<str:delivery_id>/", delivery, name="delivery"),
    *(path(f"webhooks/<str:public_id>/{name}/", act, {"name": name}, name=name) for name in ACTS),
]
