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
from tollbook.charging.budgets import STEPS, at_a_glance, budget_of, is_step, set_budget
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
from tollbook.web.words import month_name

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


def glance(request: CustomerRequest) -> tuple[Money | None, list[SpendTold]]:
    """The customer's budget and what it was told of this month, read once for a request."""
    found: tuple[Money | None, list[SpendTold]] | None = getattr(request, "_spend_glance", None)
    if found is None:
        found = at_a_glance(request.customer, month_of(clock.now(), request.customer.zone))
        request._spend_glance = found  # type: ignore[attr-defined]  # ours, for this request
    return found


def reached(request: CustomerRequest) -> Iterable[Notice]:
    """What was told of this month."""
    for found in glance(request)[1][:3]:
        yield Notice(
            "warn", _("Spend of {month} has reached an alert").format(month=month_name(found.month)), notice_of(found),
            reverse("portal-charging:alerts"), _("Spend alerts"),
        )  # fmt: skip


def against(month: Money, budget: Money) -> dict[str, object]:
    """What is spent of a budget, for pages: `percent` of it, rounded down, and `bar`, the same between 0 and 100."""
    percent = int(month.amount * 100 / budget.amount)
    return {
        "spent": month,
        "budget": budget,
        "left": budget - month,
        "percent": percent,
        "bar": min(max(percent, 0), 100),
        "is_over": month.amount > budget.amount,
    }


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
    budget = budget_of(customer)
    context = {
        "title": _("Budget and spend alerts"),
        "against": against(Money(total, customer.currency), budget) if budget else None,
        "budget_text": plain(budget.amount) if budget else "",
        "steps": [plain(step) for step in STEPS],
        "month": this,
        "total": Money(total, customer.currency),
        "alerts": [_shown(each, amounts, total) for each in of_customer(customer) if not is_step(each, budget)],
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
    if "month_budget" in request.POST:
        _set_budget(request, actor)
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


def _set_budget(request: CustomerRequest, actor: str) -> None:
    text = request.POST["month_budget"].strip()
    if text == "" and not request.POST.get("none"):
        raise Refused("amount_missing", "budget: give an amount, or choose to have none", param="budget")
    amount = None if request.POST.get("none") else parse_decimal(text, "budget")
    set_budget(request.customer, amount, actor=actor, door="portal")
    messages.success(request, _("There is no budget any more.") if amount is None else _("The budget is set."))


urls: list[URLPattern] = [path("spend-alerts/", page, name="alerts")]
