"""Corrections before they are made: what charging would charge again now, and on which invoice it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tollbook.base import clock
from tollbook.catalog.models import PlanVersion
from tollbook.charging.corrections import Correction, charge_now, corrections, customers_to_correct
from tollbook.charging.preview import Previewed, roll_out_preview
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.invoicing.models import Invoice, LineCharge
from tollbook.kernel.money import EXACT, Money, plain
from tollbook.subscriptions.models import Subscription
from tollbook.web.parts import Listing, Page, Part, Rows, Stat, Stats, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Table

CHARGERS = (StaffRole.BILLING, StaffRole.FINANCE, StaffRole.ADMINISTRATOR)
#: How many customers are computed for the page; the next come when these are charged.
CUSTOMERS_SHOWN = 50
#: How many versions for everybody that wait, and subscriptions of each, are shown.
VERSIONS_SHOWN, SUBSCRIPTIONS_SHOWN = 3, 5


@dataclass(frozen=True, slots=True)
class Pending:
    """A correction with the customer, and the invoice that the charge before it stands on, if it is on one."""

    what: Correction
    customer: Customer
    invoice: Invoice | None


TABLE = Table(
    "corrections",
    [
        Column("Customer", lambda p: p.customer.name, sort="customer", href=lambda p: page_of(p.customer.public_id)),
        Column("Price", lambda p: p.what.price.name, sort="price", note=lambda p: _days(p.what)),
        Column("Charged", lambda p: _money(p.what.before, p.what), "exact"),
        Column("Would be", lambda p: _money(p.what.amount, p.what), "exact"),
        Column("Difference", lambda p: _money(p.what.difference, p.what), "exact", note=lambda p: p.what.reason),
        Column("Quantity", lambda p: p.what.quantity, "quantity", note=lambda p: _was(p.what)),
        Column("Stands on", lambda p: p.invoice.label if p.invoice else "no invoice", href=lambda p: _href(p.invoice)),
    ],
    order="",
    search=("text",),
    empty_title="Nothing to correct",
    empty_text="Late, changed and cancelled use, and changes said of the past, are shown here until charging has run.",
)  # fmt: skip


def _money(amount: Decimal, what: Correction) -> Money:
    return Money(amount, what.currency)


def _was(what: Correction) -> str:
    return f"was {plain(what.quantity_before)}"


def _days(what: Correction) -> str:
    return f"{what.key.period_start:%Y-%m-%d} to {what.period_end:%Y-%m-%d}"


def _href(invoice: Invoice | None) -> str:
    return page_of(invoice.public_id) if invoice else ""


@staff_page()
def page(request: HttpRequest) -> HttpResponseBase:
    """What charging would correct now, by customer; those who may charge a customer at once."""
    user = cast(User, request.user)
    if request.method == "POST":
        if user.staff_role not in CHARGERS:
            raise Http404
        customer = Customer.objects.filter(public_id=request.POST.get("customer", "").replace("\0", "")).first()
        if customer is None:
            raise Http404
        charge_now(customer.pk, actor=user.email, door="staff")
        return redirect(reverse("staff-invoicing:corrections"))
    now = clock.now()
    waiting = customers_to_correct(now)
    rows = _pending(corrections(waiting[:CUSTOMERS_SHOWN], now))
    if request.GET.get("export") == "csv":
        return TABLE.export(request, rows)
    parts: list[Part] = [_stats(waiting, rows), Listing("Corrections", TABLE.page(request, rows)), *_after_the_fact()]
    about = "What the next run of charging would correct: computed by the same functions, and charged by nobody yet."
    shown = Page("Corrections", about=about, parts=parts)
    people = list({p.customer.pk: p.customer for p in rows}.values())
    may_charge = user.staff_role in CHARGERS
    return show(request, shown, template="invoicing/staff_corrections.html", people=people, may_charge=may_charge)


def _pending(found: Iterable[Correction]) -> list[Pending]:
    found = list(found)
    customers = Customer.objects.in_bulk({each.customer_id for each in found})
    lines = LineCharge.objects.filter(charge__in=[each.corrects_id for each in found if each.corrects_id])
    invoices = {row.charge_id: row.line.invoice for row in lines.select_related("line__invoice")}
    return [Pending(each, customers[each.customer_id], invoices.get(each.corrects_id or 0)) for each in found]


def _stats(waiting: list[int], rows: list[Pending]) -> Stats:
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row.what.currency] = EXACT.add(sums.get(row.what.currency, Decimal(0)), row.what.difference)
    more = f"The first {CUSTOMERS_SHOWN} are shown" if len(waiting) > CUSTOMERS_SHOWN else "All are shown"
    amounts = [Money(amount, currency) for currency, amount in sorted(sums.items())]
    first = amounts[0] if amounts else "None"
    return Stats(
        "Waiting",
        [
            Stat("Customers to look at", len(waiting), "quantity", more),
            Stat("Corrections", len(rows), "quantity", "Prices and periods that would be charged again"),
            Stat("Together", first, "exact" if amounts else "text", "Exact, as priced", more=amounts[1:]),
        ],
    )


@dataclass(frozen=True, slots=True)
class Brought:
    """A line that a version for everybody would bring to a subscription."""

    subscription: Subscription
    line: Previewed


def _after_the_fact() -> list[Part]:
    """What the versions that are about to count for everybody, perhaps from a day in the past on, would bring."""
    versions = PlanVersion.objects.exclude(scope=PlanVersion.Scope.NEW).filter(valid_from__lte=clock.now())
    parts: list[Part] = []
    for version in versions.select_related("plan").order_by("-created_at", "-pk")[:VERSIONS_SHOWN]:
        found = roll_out_preview(version, limit=SUBSCRIPTIONS_SHOWN)
        lines = [Brought(subscription, line) for subscription, preview in found for line in preview.lines]
        if lines:
            title = f"{version.plan.name}, version {version.number}, for everybody"
            note = f"Not rolled out yet; the first {len(found)} subscriptions."
            parts.append(Rows(title, _BROUGHT, lines, note=note))
    return parts


_BROUGHT = [
    Column(
        "Customer", lambda b: b.subscription.customer.name, href=lambda b: page_of(b.subscription.customer.public_id)
    ),
    Column("Price", lambda b: b.line.name, note=lambda b: b.line.reason),
    Column("From", lambda b: b.line.period_start, "instant"),
    Column("Difference", lambda b: Money(b.line.amount, b.subscription.book.currency), "exact"),
]
