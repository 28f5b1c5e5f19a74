"""Customers change the plan of a subscription, end it, or take an end back; what it brings is shown first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tollbook.base import clock, walls
from tollbook.charging.preview import Preview, change_preview, end_preview
from tollbook.customers.access import CustomerRequest, feature_on, portal_page
from tollbook.customers.models import Membership
from tollbook.identity.models import User
from tollbook.kernel.errors import NotFound, Refused, TollbookError, shown
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money
from tollbook.orders import changing, queries
from tollbook.orders.changing import END, KEEP, NOW, PERIOD_END
from tollbook.orders.settings import CUSTOMERS_CHANGE
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import of_customer
from tollbook.subscriptions.rules import State
from tollbook.web.panels import Panel
from tollbook.web.refusals import in_words

MAY_CHANGE = (Membership.Role.OWNER.value, Membership.Role.BILLING.value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way on: the public id of a plan, END or KEEP; what it is called."""

    value: str
    label: str


@require_http_methods(["GET", "POST"])
@portal_page(*MAY_CHANGE, feature=CUSTOMERS_CHANGE)
def change_page(request: CustomerRequest, public_id: str) -> HttpResponseBase:
    """Choose; a post shows what the choice credits and charges, one that confirms carries it out."""
    found = of_customer(request.customer).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    found.customer = request.customer
    address = reverse("portal-subscriptions:page", args=[public_id])
    choices = _choices(found)
    wanted, at_text = request.POST.get("what", ""), request.POST.get("at", "")
    preview, previewed, at = None, False, clock.now()
    key = f"portal:{request.POST.get('key', '')[:60]}"
    if request.method == "POST" and changing.is_made(found, key):
        return redirect(address)  # sent twice
    if request.method == "POST":
        try:
            chosen = _chosen(choices, wanted)
            at = changing.instant(found, request.POST.get("when", PERIOD_END), at_text)
            if request.POST.get("confirmed"):
                messages.success(request, _act(request, found, chosen, at, key))
                return redirect(address)
            preview, previewed = _preview(found, chosen, at), True
        except TollbookError as error:
            messages.error(request, in_words(error))
    context: dict[str, Any] = {
        "title": _("Change or end"),
        "crumbs": [
            (_("Subscriptions"), reverse("portal-subscriptions:list")),
            (found.version.plan.name, address),
            (_("Change or end"), ""),
        ],
        "subscription": found,
        "choices": choices,
        "wanted": wanted,
        "label": next((each.label for each in choices if each.value == wanted), ""),
        "when": request.POST.get("when", PERIOD_END),
        "whens": [(NOW, _("Now")), (PERIOD_END, _("At the end of the period that runs"))],
        "period_end": changing.period_end(found),
        "previewed": previewed,
        "preview": preview,
        "lines": [(line, Money(line.amount, preview.total.currency)) for line in preview.lines] if preview else [],
        "at": at,
        "at_text": at.isoformat(),
        "key": new_id("key"),
        "address": address,
    }
    return render(request, "orders/portal_change.html", context)


def _choices(found: Subscription) -> list[Choice]:
    """The other plans of the product that the customer can order in the subscription's price book; ending, or taking an
    end back.
    """
    plans: list[Choice] = []
    if found.ended_at is None:
        try:
            book, sold = queries.offers(found.customer)
        except NotFound:
            book, sold = found.book, []
        product, now = found.version.plan.product_id, found.version.plan_id
        plans = [
            Choice(each.plan.public_id, _("Change to %(plan)s") % {"plan": each.plan.name})
            for each in sold
            if book.pk == found.book_id and each.plan.product_id == product and each.plan.pk != now
        ]
        return [*plans, Choice(END, _("End it"))]
    return [Choice(KEEP, _("Take the end back"))]


def _chosen(choices: Iterable[Choice], wanted: str) -> str:
    if wanted not in {each.value for each in choices}:
        raise NotFound("plan_not_found", f"what {shown(wanted)}: choose one of the list", param="what")
    return wanted


def _preview(found: Subscription, chosen: str, at: datetime) -> Preview | None:
    """What it brings; None for taking an end back, which brings nothing at once."""
    if chosen == KEEP:
        return None
    # It is carried out and undone, for which a reader has no rights; that the subscription is the reader's is known.
    with walls.lifted():
        if chosen == END:
            return end_preview(found.public_id, at)
        return change_preview(found.public_id, changing.version_for(found.customer, chosen), at)


def _act(request: CustomerRequest, found: Subscription, chosen: str, at: datetime, key: str) -> str:
    email = request.user.email if isinstance(request.user, User) else ""
    if not request.POST.get("key"):
        raise Refused("key_missing", "key: send the form again", param="key")
    changing.carry_out(found, chosen, at, key=key, actor=email, door="portal")
    return {END: _("The end is noted."), KEEP: _("The end is taken back.")}.get(chosen, _("The change is noted."))


def panel(request: CustomerRequest, found: Subscription) -> dict[str, Any] | None:
    """The way to change it, for those who may, while it can be changed."""
    over = found.state == State.ENDED and (found.ended_at is None or found.ended_at <= clock.now())
    if over or request.membership.role not in MAY_CHANGE or not feature_on(request.customer, CUSTOMERS_CHANGE):
        return None
    return {"ends_at": found.ended_at, "href": reverse("portal-orders:change", args=[found.public_id])}


PANELS = [Panel("subscription.main", "orders/portal_change_panel.html", panel, order=60)]
urls: list[URLPattern] = [path("subscriptions/<str:public_id>/change/", change_page, name="change")]
