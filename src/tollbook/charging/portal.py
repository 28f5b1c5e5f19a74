"""What charges say on the portal's pages: this period so far, spend over time, and the charges of a subscription."""

from decimal import Decimal
from typing import Any

from django.urls import URLPattern
from django.utils.translation import gettext as _

from tollbook.base import clock
from tollbook.charging import alert_portal, queries
from tollbook.charging.cost_portal import COST_MENU, cost_urls
from tollbook.charging.estimate import so_far, so_far_and_spent
from tollbook.charging.spend import Spend, by_day, by_month
from tollbook.customers.access import CustomerRequest
from tollbook.customers.features import value_for
from tollbook.customers.settings import COST_PLACES
from tollbook.kernel.money import Money, minor_units, round_to
from tollbook.kernel.times import zone_info
from tollbook.kernel.words import grouped
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of
from tollbook.web.charts import stacked_bars
from tollbook.web.months import month_of
from tollbook.web.panels import Panel
from tollbook.web.words import day_month_text, month_text

MONTHS_SHOWN = 6
CHARGES_SHOWN = 12


def so_far_panel(request: CustomerRequest) -> dict[str, Any]:
    """The running period on the overview: what is charged and not invoiced yet, and an estimate of the rest; and the
    month so far against its budget, where there is one.
    """
    at, (budget, _) = clock.now(), alert_portal.glance(request)
    if budget is None:
        found, against = so_far(request.customer, at), None
    else:
        found, month = so_far_and_spent(request.customer, at)
        against = alert_portal.against(Money(month, budget.currency), budget)
    return {
        "so_far": found,
        "against": against,
        "month": at.astimezone(zone_info(request.customer.zone)),
        "places": value_for(request.customer, COST_PLACES),
    }


def spend_panel(request: CustomerRequest) -> dict[str, Any]:
    """Spend by product: by month, or by day of the month where there is only one."""
    customer = request.customer
    span = queries.latest_period(customer)
    if span is None:
        return {"spend": None}
    info = zone_info(customer.zone)
    first, last = (at.astimezone(info).date().replace(day=1) for at in span)
    if first == last:
        month = month_of(first, customer.zone)
        spend, when = by_day(customer, month.period), month.name
        title = _("Spend by product by day of {when}").format(when=when)
    else:
        spend, when = by_month(customer, MONTHS_SHOWN), _("by month")
        title = _("Spend by product by month")
    return {"spend": spend, "when": when, "daily": first == last, **_drawn(spend, title, daily=first == last)}


def _drawn(spend: Spend | None, title: str, *, daily: bool) -> dict[str, Any]:
    if spend is None:
        return {}
    # Small parts of a minor unit add up over the days, so the figures show two places more than the currency has.
    places = minor_units(spend.currency) + 2
    rows = [
        (day_month_text(day) if daily else month_text(day), [round_to(value, places) for value in values])
        for day, values in spend.rows
    ]
    sums = [sum((values[i] for _, values in spend.rows), Decimal(0)) for i in range(len(spend.names))]
    return {
        "chart": stacked_bars(title, spend.names, rows, spend.currency),
        "figures": [(label, [grouped(f"{value:.{places}f}") for value in values]) for label, values in rows],
        "legend": [
            (i, name, Money(total, spend.currency))
            for i, (name, total) in enumerate(zip(spend.names, sums, strict=True))
        ],
    }


def charges_panel(request: CustomerRequest, subscription: Subscription) -> dict[str, Any]:
    """The charges of a subscription's running period; those of the last one, where the running one has none yet."""
    at = clock.now()
    schedule = schedule_of(subscription)
    current = schedule.clip(schedule.whole(at)) if at >= subscription.started_at else None
    rows = queries.of_subscription(subscription).order_by("-period_start", "price__section", "price__name", "revision")
    mine = rows.filter(period_start__gte=current.start, period_start__lt=current.end) if current else rows.none()
    found, running = list(mine[: CHARGES_SHOWN + 1]), True
    if not found:
        last = rows.filter(period_start__lte=at).first()
        running = False
        if last is not None:
            begin = schedule.clip(schedule.whole(last.period_start))
            since = begin.start if begin else last.period_start
            found = list(rows.filter(period_start__gte=since, period_start__lte=last.period_start)[: CHARGES_SHOWN + 1])
    return {
        "charges": [{"charge": c, "amount": Money(c.amount, c.currency)} for c in found[:CHARGES_SHOWN]],
        "more": len(found) > CHARGES_SHOWN,
        "running": running,
        "period": current,
    }


MENU = [COST_MENU]
PANELS = [
    Panel("overview.stat", "charging/portal_stat.html", so_far_panel, order=30),
    Panel("overview.wide", "charging/portal_spend.html", spend_panel, order=10),
    Panel("subscription.main", "charging/portal_charges.html", charges_panel, order=10),
]
NOTICES = [alert_portal.reached]
urls: list[URLPattern] = [*alert_portal.urls, *cost_urls]
