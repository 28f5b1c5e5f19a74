"""Spend alerts in the customer's portal: what was told, and a page to set and end them. Served by `portal`."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tollbook.base import clock
from tollbook.charging.alerts import alert, end_alert, of_customer, told
from tollbook.charging.estimate import month_of, spent
from tollbook.charging.models import SpendAlert, SpendTold
from tollbook.charging.rules import Threshold
from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.customers.models import Membership
from tollbook.identity.models import User
from tollbook.kernel.errors import Refused, TollbookError
from tollbook.kernel.money import Money, plain, round_to
from tollbook.kernel.numbers import parse_decimal
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import of_customer as subscriptions_of
from tollbook.subscriptions.rules import State
from tollbook.web.panels import Notice
from tollbook.web.refusals import in_words
from tollbook.web.templatetags.web import money
from tollbook.web.words import month_text

KEEPERS = (Membership.Role.OWNER.value, Membership.Role.BILLING.value)
SHOWN = 24
_ZERO = Decimal(0)


def about(found: SpendAlert) -> str:
    """What its spend is of."""
    return found.subscription.version.plan.name if found.subscription else _("All subscriptions")


def threshold_told(found: SpendAlert) -> str:
    """Its threshold in words."""
    limit = money(Money(found.limit, found.currency))
    if found.percent is None or found.budget is None:
        return limit
    return f"{limit} ({plain(found.percent)} % of {money(Money(found.budget, found.currency))})"


def notice_of(found: SpendTold) -> str:
    """What was told, in a sentence."""
    amount = money(Money(round_to(found.spent, 2), found.alert.currency))
    return _("{alert}: {amount} when it reached {alert2}.").format(
        alert=about(found.alert), amount=amount, alert2=threshold_told(found.alert)
    )


def reached(request: CustomerRequest) -> Iterable[Notice]:
    """What was told of this month."""
    this = month_of(clock.now(), request.customer.zone)
    for found in told(request.customer, this)[:3]:
        yield Notice(
            "warn", _("Spend of {month} has reached an alert").format(month=month_text(found.month)), notice_of(found),
            reverse("portal-charging:alerts"), _("Spend alerts"),
        )  # fmt: skip


@require_http_methods(["GET", "POST"])
@portal_page(*KEEPERS)
def page(request: CustomerRequest) -> HttpResponse:
    """What is spent this month, the alerts, what was told; and setting and ending them."""
    if request.method == "POST":
        try:
            _act(request)
        except TollbookError as error:
            messages.error(request, in_words(error))
        return redirect("portal-charging:alerts")
    customer = request.customer
    this = month_of(clock.now(), customer.zone)
    amounts = {pk: amount for (pk, month), amount in spent(customer, clock.now()).items() if month == this}
    total = sum(amounts.values(), _ZERO)
    context = {
        "title": _("Spend alerts"),
        "month": this,
        "total": Money(total, customer.currency),
        "alerts": [_shown(each, amounts, total) for each in of_customer(customer)],
        "told": [(each, notice_of(each)) for each in told(customer, date(1970, 1, 1))[:SHOWN]],
        "subscriptions": _living(request),
        "currency": customer.currency,
    }
    return render(request, "charging/portal_alerts.html", context)


def _shown(found: SpendAlert, amounts: dict[int, Decimal], total: Decimal) -> dict[str, object]:
    now = total if found.subscription_id is None else amounts.get(found.subscription_id, _ZERO)
    return {
        "alert": found,
        "about": about(found),
        "threshold": threshold_told(found),
        "now": Money(now, found.currency),
        "percent": min(max(int(now * 100 / found.limit), 0), 100),
    }


def _living(request: CustomerRequest) -> list[Subscription]:
    rows = (
        subscriptions_of(request.customer).exclude(state=State.ENDED).filter(book__currency=request.customer.currency)
    )
    return list(rows.select_related("version__plan"))


def _act(request: CustomerRequest) -> None:
    actor = request.user.email if isinstance(request.user, User) else ""
    if ended := request.POST.get("end", ""):
        end_alert(request.customer, ended, actor=actor, door="portal")
        messages.success(request, _("You are told of it no more."))
        return
    named = request.POST.get("subscription", "")
    subscription = next((each for each in _living(request) if each.public_id == named), None)
    if named and subscription is None:
        raise Refused("subscription_not_found", "subscription: choose one of yours", param="subscription")

    def number(name: str) -> Decimal | None:
        text = request.POST.get(name, "").strip()
        return parse_decimal(text, name, places=2) if text else None

    threshold = Threshold(number("amount"), number("percent"), number("budget"))
    alert(request.customer, threshold, subscription=subscription, actor=actor, door="portal")
    messages.success(request, _("You will be told."))


urls: list[URLPattern] = [path("spend-alerts/", page, name="alerts")]
