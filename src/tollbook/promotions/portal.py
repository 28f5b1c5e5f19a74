"""Promotions in the customer portal: what a subscription has, and the place to enter a code."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tollbook.base import clock
from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.customers.models import Membership
from tollbook.identity.models import User
from tollbook.kernel.errors import NotFound, Refused
from tollbook.promotions.actions import check, redeem
from tollbook.promotions.models import Redemption
from tollbook.promotions.queries import by_code, gives, of_subscription, uses_of
from tollbook.promotions.rules import CODE_LIMIT, Reach
from tollbook.subscriptions import queries as subscriptions
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import State
from tollbook.web.panels import Panel
from tollbook.web.refusals import in_words

MAY_REDEEM = (Membership.Role.OWNER, Membership.Role.BILLING)


def _told(redemption: Redemption, uses: Mapping[int, int]) -> dict[str, Any]:
    now, until = clock.now(), redemption.counts_until
    over = until is not None and until <= now
    whole = redemption.subscription_id is None
    if whole and redemption.promotion.cycles is not None:
        over = uses.get(redemption.pk, 0) >= redemption.promotion.cycles
    return {
        "whole": whole,
        "code": redemption.promotion.code,
        "name": redemption.promotion.name,
        "gives": gives(redemption.promotion),
        "from": redemption.counts_from,
        "until": until,
        "state": "over" if over else "active" if redemption.counts_from <= now else "planned",
    }


def panel(request: CustomerRequest, found: Subscription) -> dict[str, Any] | None:
    """What was redeemed for the subscription, and a link to enter a code for those who may, while it lives."""
    rows = list(of_subscription(found))
    whole = [each for each in rows if each.subscription_id is None]
    uses = uses_of(whole) if whole else {}
    redeemed = [_told(each, uses) for each in rows]
    may = found.state != State.ENDED and request.membership.role in MAY_REDEEM
    if not redeemed and not may:
        return None
    return {"redeemed": redeemed, "enter": reverse("portal-promotions:redeem", args=[found.public_id]) if may else ""}


@require_http_methods(["GET", "POST"])
@portal_page(*MAY_REDEEM)
def redeem_code(request: CustomerRequest, public_id: str) -> HttpResponseBase:
    """Enter a code for a subscription: first see what it gives, then redeem it with the same form."""
    found = subscriptions.of_customer(request.customer).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    found.customer = request.customer
    address = reverse("portal-subscriptions:page", args=[public_id])
    code, refusal, offered = request.POST.get("code", ""), "", None
    if request.method == "POST":
        try:
            if request.POST.get("act") == "redeem":
                _redeem(request, found, code)
                return redirect(address)
            promotion = by_code(request.customer.brand, code)
            starts, until = check(promotion, found, clock.now())
            offered = {"gives": gives(promotion), "name": promotion.name, "from": starts, "until": until}
            offered["whole"] = promotion.scope == Reach.INVOICE
        except (Refused, NotFound) as refused:
            refusal = in_words(refused)
    plan = found.version.plan.name
    context = {
        "title": _("Enter a promotion code"),
        "crumbs": [
            (_("Subscriptions"), reverse("portal-subscriptions:list")),
            (plan, address),
            (_("Promotion code"), ""),
        ],
        "subscription": found,
        "code": code[:CODE_LIMIT],
        "most": CODE_LIMIT,
        "refusal": refusal,
        "offered": offered,
    }
    return render(request, "promotions/portal_redeem.html", context)


def _redeem(request: CustomerRequest, found: Subscription, code: str) -> None:
    email = request.user.email if isinstance(request.user, User) else ""
    redeem(found.public_id, code, by=email, door="portal")


PANELS = [Panel("subscription.main", "promotions/portal_panel.html", panel, order=70)]
urls: list[URLPattern] = [path("subscriptions/<str:public_id>/promotion/", redeem_code, name="redeem")]
