"""The customer's services: what runs, why it does not, and stopping it where the plan allows that."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tollbook.base import clock
from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.customers.models import Membership
from tollbook.identity.models import User
from tollbook.kernel.errors import NotFound, TollbookError
from tollbook.provisioning import actions, queries
from tollbook.provisioning.models import Service
from tollbook.provisioning.rules import LIVE, Reason, State
from tollbook.provisioning.secrets import reveal
from tollbook.subscriptions.models import Subscription
from tollbook.web.menu import MenuEntry
from tollbook.web.panels import Notice, Panel
from tollbook.web.refusals import in_words
from tollbook.web.tables import Column, Filter, Table
from tollbook.web.words import later

SWITCHERS = (Membership.Role.OWNER.value, Membership.Role.TECHNICAL.value)
MENU = [MenuEntry("Services", "portal-provisioning:list", "server", order=15)]
WHY = {
    Reason.CUSTOMER: later("You stopped it."),
    Reason.DUNNING: later("An invoice is overdue. It goes on when that is paid."),
    Reason.WALLET: later("The wallet is empty. It goes on when there is enough in it."),
    Reason.STAFF: later("We stopped it. Write to us about it."),
}


def href(service: Service) -> str:
    """The service's page."""
    return reverse("portal-provisioning:page", args=[service.public_id])


SERVICES = Table(
    name="services",
    columns=[
        Column("Service", lambda s: s.name, sort="name", href=href, note=lambda s: s.public_id),
        Column("State", lambda s: "ending" if s.ending_at and not s.ended_at else s.state, "state", sort="state"),
        Column("Since", lambda s: s.created_at, "day", sort="created_at"),
        Column("Ended", lambda s: s.ended_at, "day", sort="ended_at"),
    ],
    order="-created_at",
    search=("name", "public_id"),
    filters=(
        Filter(
            "state",
            "State",
            (
                ("live", "Running or stopped", Q(state__in=LIVE)),
                ("stopped", "Stopped", Q(state=State.SUSPENDED)),
                ("over", "Over", Q(state__in=[State.TERMINATED, State.FAILED])),
            ),
        ),
    ),
    empty_title="No services yet",
    empty_text="What you order and what we set up for you appears here.",
)


@require_GET
@portal_page()
def listed(request: CustomerRequest) -> HttpResponseBase:
    """All services of the customer."""
    rows = queries.services_of_customer(request.customer.pk)
    if request.GET.get("export") == "csv":
        return SERVICES.export(request, rows)
    context = {"title": _("Services"), "table": SERVICES.page(request, rows)}
    return render(request, "provisioning/portal_list.html", context)


@require_GET
@portal_page()
def page(request: CustomerRequest, public_id: str) -> HttpResponse:
    """One service: its state, why it is stopped, and what the reader can do."""
    return _page(request, _owned(request, public_id))


def _page(request: CustomerRequest, service: Service, told: dict[str, str] | None = None) -> HttpResponse:
    reasons = queries.reasons([service]).get(service.pk, [])
    switches = request.membership.role in SWITCHERS and service.state in LIVE and service.ending_at is None
    context = {
        "title": service.name,
        "crumbs": [(_("Services"), reverse("portal-provisioning:list")), (service.name, "")],
        "service": service,
        "state": "ending" if service.ending_at and not service.ended_at else service.state,
        "why": [WHY[reason] for reason in reasons],
        "under_way": queries.open_operations(service).exists(),
        "may_stop": switches and service.customer_stops and Reason.CUSTOMER not in reasons,
        "may_resume": switches and Reason.CUSTOMER in reasons,
        "has_secrets": service.secrets is not None and request.membership.role in SWITCHERS,
        "told": told,
    }
    return render(request, "provisioning/portal_page.html", context)


def _owned(request: CustomerRequest, public_id: str) -> Service:
    try:
        return queries.by_public_id(public_id, request.customer.pk)
    except NotFound:
        raise Http404 from None


def _actor(request: CustomerRequest) -> str:
    return request.user.email if isinstance(request.user, User) else ""


@require_POST
@portal_page(*SWITCHERS)
def switch(request: CustomerRequest, public_id: str, on: bool) -> HttpResponse:
    """Stop a service, or let it go on."""
    service = _owned(request, public_id)
    act = actions.lift_by_customer if on else actions.stop_by_customer
    try:
        act(public_id, request.customer.pk, at=clock.now(), actor=_actor(request), door="portal")
    except TollbookError as error:
        messages.error(request, in_words(error))
    else:
        messages.success(request, _("It will run again soon.") if on else _("It will be stopped soon."))
    return redirect(href(service))


@require_POST
@portal_page(*SWITCHERS)
def secrets(request: CustomerRequest, public_id: str) -> HttpResponse:
    """Show what opens a service: on this one page, and in the audit trail that it was shown."""
    service = _owned(request, public_id)
    response = _page(request, service, reveal(service.public_id, actor=_actor(request), door="portal"))
    response["Cache-Control"] = "no-store"
    return response


def of_subscription(request: CustomerRequest, subscription: Subscription) -> dict[str, Any] | None:
    """What is delivered under a subscription, on its page."""
    rows = list(queries.services_of(subscription.pk)[:20])
    return {"services": [(each, href(each)) for each in rows]} if rows else None


def notices(request: CustomerRequest) -> list[Notice]:
    """That something is stopped which the reader did not stop."""
    rows = list(queries.live(queries.services_of_customer(request.customer.pk))[:200])
    reasons = queries.reasons(rows)
    found = []
    for reason in (Reason.DUNNING, Reason.WALLET, Reason.STAFF):
        count = sum(reason in each for each in reasons.values())
        if count:
            title = ngettext("{count} service stopped", "{count} services stopped", count).format(count=count)
            found.append(Notice("bad", title, WHY[reason], reverse("portal-provisioning:list"), _("See the services")))
    return found


PANELS = [Panel("subscription.main", "provisioning/portal_panel.html", of_subscription, order=5)]
NOTICES = [notices]
urls: list[URLPattern] = [
    path("services/", listed, name="list"),
    path("services/<str:public_id>/", page, name="page"),
    path("services/<str:public_id>/stop/", switch, {"on": False}, name="stop"),
    path("services/<str:public_id>/resume/", switch, {"on": True}, name="resume"),
    path("services/<str:public_id>/access/", secrets, name="access"),
]
