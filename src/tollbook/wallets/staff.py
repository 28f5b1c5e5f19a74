"""Staff pages about prepaid money."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q, Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.kernel.money import Money
from tollbook.wallets import told
from tollbook.wallets.models import Movement, Wallet
from tollbook.wallets.queries import available, forecast, grant_plans, of_customer
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Fact, Facts, Page, Part, Rows, Stat, fact, listing
from tollbook.web.sockets import Adds, Finder, Found, page_of
from tollbook.web.tables import Column, Filter, Table
from tollbook.web.templatetags.web import exact

SHOWN = 20
MENU = [MenuEntry("Wallets", "staff-wallets:list", "wallet", 26)]
PAGES = {"wal": "staff-wallets:page"}


def _href(wallet: Wallet) -> str:
    return reverse("staff-wallets:page", args=[wallet.public_id])


def _name(wallet: Wallet) -> str:
    return f"{wallet.currency}, only for {wallet.scope}" if wallet.scope else f"{wallet.currency}, for everything"


_FIGURES = [
    Column("Balance", lambda w: Money(w.balance, w.currency), "money", sort="balance"),
    Column("Held", lambda w: Money(w.held, w.currency), "money", sort="held"),
    Column("Credit limit", lambda w: Money(w.credit_limit, w.currency), "money", sort="credit_limit"),
    Column("Available", lambda w: Money(available(w), w.currency), "money"),
]
WALLETS = Table(
    "wallets",
    [
        Column("Customer", lambda w: w.customer.name, sort="customer__name", href=_href, note=_name),
        *_FIGURES,
        Column("Since", lambda w: w.created_at, "day", sort="created_at"),
        Column("Id", lambda w: w.public_id, "mono"),
    ],
    order="customer__name",
    search=("customer__name", "public_id", "scope"),
    filters=(
        Filter("balance", "Balance", (("empty", "Empty", Q(balance__lte=0)), ("held", "With holds", Q(held__gt=0)))),
    ),
    empty_title="No wallets yet",
    empty_text="A wallet is made with a customer's first top-up.",
)
MOVEMENTS = Table(
    "movements",
    [
        Column("What", lambda m: m.get_kind_display().capitalize(), sort="kind", note=lambda m: m.memo),
        Column("When", lambda m: m.at, "instant", sort="at"),
        Column("Amount", lambda m: Money(m.amount, m.wallet.currency), "exact", sort="amount"),
        Column("Balance after", lambda m: Money(m.balance_after, m.wallet.currency), "exact"),
        Column("Key", lambda m: m.key, "mono"),
    ],
    order="-id",
    search=("key", "memo"),
    filters=(
        Filter("kind", "Kind", tuple((k.value, str(k.label).capitalize(), Q(kind=k.value)) for k in Movement.Kind)),
    ),
    empty_title="Nothing has moved yet",
)
_GRANTS = [
    Column("Credit", lambda g: g.name or g.get_kind_display(), note=lambda g: g.key),
    Column("Kind", lambda g: g.get_kind_display()),
    Column("Amount", lambda g: Money(g.amount, g.wallet.currency), "money"),
    Column("Left", lambda g: Money(g.remaining, g.wallet.currency), "exact"),
    Column("Priority", lambda g: g.priority, "quantity"),
    Column("Expires", lambda g: g.expires_at, "day"),
]
_HOLDS = [
    Column("Key", lambda h: h.key, "mono"),
    Column("State", lambda h: h.state, "state"),
    Column("Amount", lambda h: Money(h.amount, h.wallet.currency), "money"),
    Column("Captured", lambda h: Money(h.captured, h.wallet.currency), "money"),
    Column("Until", lambda h: h.expires_at, "instant"),
]


_PLANS = [
    Column("Credit", lambda p: p.name, note=lambda p: p.public_id),
    Column("Amount", lambda p: Money(p.amount, p.wallet.currency), "money"),
    Column("Again", told.rhythm, note=told.rest),
    Column("Priority", lambda p: p.priority, "quantity"),
    Column("Renews on", lambda p: p.next_at, "day"),
    Column("Ends", lambda p: p.ends_at, "day"),
]
_REQUESTS = [
    Column("Asked for", lambda r: Money(r.amount, r.wallet.currency), "money", note=lambda r: r.public_id),
    Column("Since", lambda r: r.opened_at, "instant"),
    Column("Because of", lambda r: r.cause, "mono"),
    Column("State", lambda r: "paid" if r.closed_at else "open", "state"),
    Column("Paid", lambda r: r.closed_at, "instant"),
]


@staff_page()
def wallets(request: HttpRequest) -> HttpResponseBase:
    """Every wallet."""
    rows = Wallet.objects.select_related("customer")
    return listing(request, WALLETS, rows, Page("Wallets", about="Prepaid money: what customers have paid ahead."))


@staff_page()
def wallet(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One wallet: its credit, holds and movements."""
    found = get_object_or_404(Wallet.objects.select_related("customer"), public_id=public_id)
    in_currency = [("Balance", found.balance), ("Held", found.held), ("Credit limit", found.credit_limit)]
    grants = found.grants.select_related("wallet").order_by("priority", "expires_at", "pk")[:SHOWN]
    holds = found.holds.select_related("wallet").order_by("-pk")[:SHOWN]
    requests = found.top_up_requests.select_related("wallet").order_by("-pk")[:SHOWN]
    before: list[Part] = [
        Facts(
            "Wallet",
            [
                fact("Customer", found.customer.name, href=page_of(found.customer.public_id)),
                fact("For", f"only {found.scope}" if found.scope else "everything", href=page_of(found.scope)),
                *(fact(label, Money(amount, found.currency), "exact") for label, amount in in_currency),
                fact(
                    "Available", Money(available(found), found.currency), "exact", note="balance - held + credit limit"
                ),
                *_level(found),
                fact("Since", found.created_at, "day"),
            ],
            wide=True,
        ),
        Rows("Credit, in the order in which it is used", _GRANTS, grants, "There is no credit in it."),
        Rows("Credit that comes again", _PLANS, grant_plans(found)[:SHOWN], "No credit is given again."),
        Rows("Top-ups asked for", _REQUESTS, requests, "None was asked for."),
        Rows("Holds", _HOLDS, holds, "Nothing was ever held."),
    ]
    rows = Movement.objects.filter(wallet=found).select_related("wallet")
    crumbs = (("Wallets", reverse("staff-wallets:list")),)
    title = f"Wallet of {found.customer.name}"
    page = Page(title, about=_name(found), crumbs=crumbs, code=public_id)
    return listing(request, MOVEMENTS, rows, page, before=before)


def _level(found: Wallet) -> Iterable[Fact]:
    """When it is low, when it will be empty, and what then."""
    coming = forecast(found, clock.now())
    if found.threshold is not None and found.top_up_amount is not None:
        amount = f"{exact(Money(found.top_up_amount, found.currency))} is asked for then"
        yield fact("Low at", Money(found.threshold, found.currency), "exact", note=amount)
    if coming is not None:
        basis = "24 hours" if coming.basis_days == 1 else f"{coming.basis_days} days"
        yield fact("Empty on", coming.empty_at, "day", note=f"at the rate of the last {basis}")
    yield fact("When empty", told.when_empty(found))


def _liability(now: datetime) -> Iterable[Stat]:
    by = Wallet.objects.filter(balance__gt=0).values_list("currency").annotate(sum=Sum("balance")).order_by("-sum")
    owed = [Money(total, currency) for currency, total in by]
    first = owed[0] if owed else "None"
    yield Stat(
        "Prepaid liability",
        first,
        "money" if owed else "text",
        "All wallets",
        reverse("staff-wallets:list"),
        more=owed[1:],
    )


def _stats_of(customer: Customer) -> Iterable[Stat]:
    for each in of_customer(customer)[:1]:
        low = "warn" if available(each) <= 0 else ""
        yield Stat("Wallet, available", Money(available(each), each.currency), "money", "The wallet", _href(each), low)


def _of_customer(customer: Customer) -> Iterable[Part]:
    columns = [Column("Wallet", _name, href=_href, note=lambda w: w.public_id), *_FIGURES]
    yield Rows("Wallets", columns, of_customer(customer)[:SHOWN], "This customer has paid nothing ahead.")


def _find(text: str, limit: int) -> list[Found]:
    rows = Wallet.objects.filter(Q(public_id=text) | Q(customer__name__icontains=text)).select_related("customer")
    return [Found(w.customer.name, _name(w), _href(w)) for w in rows.order_by(F("customer__name"), "pk")[:limit]]


PARTS = [
    Adds("dashboard-stats", 30, _liability),
    Adds("customer-stats", 20, _stats_of),
    Adds("customer", 25, _of_customer),
]
FINDERS = [Finder("Wallets", 40, _find)]
urls = [path("wallets/", wallets, name="list"), path("wallets/<str:public_id>/", wallet, name="page")]
