"""The customer's costs of a month: what was charged, put together and line by line, as CSV and as FOCUS. Served by
`portal`.
"""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tollbook.catalog.models import Price
from tollbook.charging import costs
from tollbook.charging.alert_portal import KEEPERS
from tollbook.charging.focus import COLUMNS, focus_row
from tollbook.charging.models import Charge
from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.kernel.money import Money
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import of_customer as subscriptions_of
from tollbook.web.menu import MenuEntry
from tollbook.web.months import Months, months
from tollbook.web.tables import Column, Filter, Table, csv_file
from tollbook.web.words import later

COST_MENU = MenuEntry("Costs", "portal-charging:costs", "calculator", order=35)
GROUPS_SHOWN = 12
RESOLUTION = timedelta(microseconds=1)
BY = (
    ("product", later("Product")),
    ("subscription", later("Subscription")),
    ("item", later("Item")),
    ("section", later("Section")),
)


TABLE = Table(
    name="costs",
    columns=[
        Column("For", lambda c: c.price.name, sort="price__name", note=lambda c: c.reason or c.price.section),
        Column(
            "Subscription",
            lambda c: c.subscription.version.plan.name,
            sort="subscription__version__plan__name",
            href=lambda c: reverse("portal-subscriptions:page", args=[c.subscription.public_id]),
        ),
        Column("From", lambda c: c.period_start, "day", sort="period_start"),
        Column("To", lambda c: c.period_end - RESOLUTION, "day", sort="period_end"),
        Column("Quantity", lambda c: c.quantity, "quantity", sort="quantity"),
        Column("Unit", lambda c: c.price.unit),
        Column("Amount", lambda c: Money(c.amount, c.currency), "exact", sort="amount"),
        Column("Currency", lambda c: c.currency),
        Column("Charge", lambda c: c.public_id, "mono"),
    ],
    order="-amount",
    search=("price__name", "price__section", "price__version__plan__product__name", "public_id"),
    filters=(
        Filter(
            "kind",
            "Kind",
            (
                ("use", "Use", Q(price__kind=Price.Kind.METERED)),
                ("fees", "Fees", ~Q(price__kind=Price.Kind.METERED)),
                ("again", "Charged again", ~Q(reason="")),
            ),
        ),
    ),
    empty_title="Nothing was charged",
    empty_text="Charges appear here when a period begins or ends, or as prepaid use happens.",
)


@require_GET
@portal_page()
def page(request: CustomerRequest) -> HttpResponseBase:
    """What was charged for periods that begin in the chosen month: put together, and line by line."""
    customer, chosen = request.customer, _months(request)
    of = _subscription(request)
    rows = Charge.objects.none()
    if chosen is not None:
        rows = costs.of_month(customer, chosen.chosen.period, of.public_id if of else "")
    if request.GET.get("export") == "csv":
        return TABLE.export(request, rows)
    by = request.GET.get("by", "")
    by = by if by in costs.GROUPS else next(iter(costs.GROUPS))
    found = costs.groups(rows, by)
    context = {
        "title": _("Costs"),
        "months": chosen,
        "of": of,
        "by": by,
        "choices": BY,
        "may_set": request.membership.role in KEEPERS,
        "totals": _totals(found),
        "groups": _bars(found[:GROUPS_SHOWN]),
        "more": max(len(found) - GROUPS_SHOWN, 0),
        "narrows": by == "subscription" and of is None,
        "table": TABLE.page(request, rows),
    }
    return render(request, "charging/portal_costs.html", context)


@require_GET
@portal_page()
def focus(request: CustomerRequest) -> HttpResponseBase:
    """The bill of the chosen month as FOCUS 1.0 rows, one for each charge line; 404 for who was never charged."""
    chosen = _months(request)
    if chosen is None:
        raise Http404
    lines = costs.focus_lines(request.customer, chosen.chosen.period)
    rows = (focus_row(line).values() for line in lines)
    return csv_file(f"focus-{chosen.chosen.key}", COLUMNS, rows)


def _months(request: CustomerRequest) -> Months | None:
    span = costs.first_and_last(request.customer)
    return months(request, *span, request.customer.zone) if span else None


def _subscription(request: CustomerRequest) -> Subscription | None:
    """The subscription that the address asks for; none, and nothing narrowed, where it is not the customer's."""
    named = request.GET.get("subscription", "")
    return subscriptions_of(request.customer).filter(public_id=named).first() if named else None


def _totals(found: list[costs.Group]) -> list[Money]:
    """The sum of each currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for group in found:
        sums[group.sum.currency] += group.sum.amount
    return [Money(amount, currency) for currency, amount in sums.items()]


def _bars(found: list[costs.Group]) -> list[dict[str, Any]]:
    """Each group with `part`: what it is of the largest one of its currency, from 0 to 100."""
    largest: dict[str, Decimal] = {}
    for group in found:
        largest.setdefault(group.sum.currency, group.sum.amount)
    return [
        {
            "group": group,
            "part": int(group.sum.amount * 100 / largest[group.sum.currency]) if group.sum.amount > 0 else 0,
        }
        for group in found
    ]


cost_urls: list[URLPattern] = [path("costs/", page, name="costs"), path("costs/focus/", focus, name="focus")]
