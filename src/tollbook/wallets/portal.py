"""The customer's wallet: what is there, what is held, which credit is used next, and every movement."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tollbook.base import clock
from tollbook.customers.access import CustomerRequest, feature_on, portal_page
from tollbook.customers.settings import SHOW_WALLET
from tollbook.kernel.money import Money
from tollbook.wallets import queries, told
from tollbook.wallets.models import Grant, GrantPlan, Movement, Wallet
from tollbook.wallets.rules import shown_balance
from tollbook.wallets.settings import SHOW_NEGATIVE
from tollbook.web.charts import stepped_line
from tollbook.web.menu import MenuEntry
from tollbook.web.panels import Notice, Panel
from tollbook.web.tables import Column, Filter, Table
from tollbook.web.templatetags.web import exact, in_words
from tollbook.web.words import day_month_text

LOW_DAYS = 7
EXPIRES_SOON_DAYS = 30
CHART_POINTS = 400

MENU = [MenuEntry("Wallet", "portal-wallets:wallet", "wallet", order=50, feature=SHOW_WALLET)]


def _money(value: Decimal, wallet: Wallet) -> Money:
    return Money(value, wallet.currency)


MOVEMENTS = Table(
    name="wallet-movements",
    columns=[
        Column("Time", lambda m: m.at, "instant", sort="at"),
        Column("Movement", lambda m: m.kind, "state", sort="kind"),
        Column(
            "What",
            lambda m: in_words(m.memo) or in_words(m.get_kind_display().capitalize()),
            note=lambda m: _burnt(m),
        ),
        Column("Amount", lambda m: Money(m.amount, m.wallet.currency), "exact", sort="amount"),
        Column("Balance after", lambda m: Money(m.balance_after, m.wallet.currency), "exact"),
    ],
    order="-at",
    search=("memo",),
    filters=(
        Filter(
            "kind",
            "Movements",
            (("in", "In", Q(amount__gt=0)), ("out", "Out", Q(amount__lt=0))),
        ),
    ),
    empty_title="No movements yet",
    empty_text="Top-ups, credit and use appear here as they happen.",
)


def _burnt(movement: Movement) -> str:
    """Which credit a movement took from, where it was more than one."""
    burns = list(movement.burns.all())
    if len(burns) < 2:  # noqa: PLR2004  # one source says nothing new
        return ""
    return (
        _("From")
        + " "
        + ", ".join(
            f"{b.grant.name or _(b.grant.get_kind_display())} {exact(Money(abs(b.amount), movement.wallet.currency))}"
            for b in burns
        )
    )


@require_GET
@portal_page(feature=SHOW_WALLET)
def wallet(request: CustomerRequest, public_id: str = "") -> HttpResponseBase:
    """A wallet of the customer: the one that is named, else the first; a page that says so when there is none."""
    wallets = list(queries.of_customer(request.customer))
    chosen = next((w for w in wallets if w.public_id == public_id), None) if public_id else next(iter(wallets), None)
    if chosen is None:
        if public_id:
            raise Http404
        return render(request, "wallets/portal_none.html", {"title": _("Wallet")})
    rows = queries.movements(chosen).select_related("wallet")
    if request.GET.get("export") == "csv":
        return MOVEMENTS.export(request, rows)
    now = clock.now()
    coming = queries.forecast(chosen, now)
    context = {
        "title": _("Wallet"),
        "wallets": wallets if len(wallets) > 1 else [],
        "wallet": chosen,
        **_balance(request, chosen),
        "held": _money(chosen.held, chosen),
        "limit": _money(chosen.credit_limit, chosen),
        "available": _money(queries.available(chosen), chosen),
        "forecast": coming,
        "lasts": coming and coming.days_left(now),
        "asked": _asked(chosen),
        "when_empty": told.when_empty(chosen),
        "plans": [_plan(plan, chosen) for plan in queries.grant_plans(chosen).filter(next_at__isnull=False)[:20]],
        "grants": [_grant(grant, chosen, now) for grant in queries.grants(chosen)],
        "table": MOVEMENTS.page(request, rows),
        **_chart(chosen, now),
    }
    return render(request, "wallets/portal_wallet.html", context)


def _balance(request: CustomerRequest, found: Wallet) -> dict[str, Any]:
    """The balance as the customer sees it: one below zero is zero and a payment that is required, if so set."""
    if found.balance >= 0:
        return {"balance": _money(found.balance, found)}
    shown = shown_balance(found.balance, show_negative=feature_on(request.customer, SHOW_NEGATIVE))
    return {"balance": _money(shown, found), "payment_required": _money(-found.balance, found)}


def _lasts(found: Wallet, now: datetime) -> int | None:
    """For how many whole days the wallet lasts at the present rate; None when it is not being emptied."""
    coming = queries.forecast(found, now)
    return None if coming is None else coming.days_left(now)


def _asked(found: Wallet) -> dict[str, Any] | None:
    """The top-up that the wallet asks for now."""
    request = queries.open_request(found)
    if request is None or found.threshold is None:
        return None
    return {"amount": _money(request.amount, found), "since": request.opened_at}


def _plan(plan: GrantPlan, found: Wallet) -> dict[str, Any]:
    """Credit that comes again: what, how often, when next, and what becomes of the rest, in words."""
    return {
        "name": plan.name,
        "amount": _money(plan.amount, found),
        "rhythm": told.rhythm(plan),
        "renews_at": plan.next_at,
        "rest": told.rest(plan),
    }


def _grant(grant: Grant, found: Wallet, now: datetime) -> dict[str, Any]:
    over = grant.expires_at is not None and grant.expires_at <= now
    return {
        "name": grant.name or ("Top-up" if grant.kind == "paid" else _("Credit")),
        "kind": grant.kind,
        "amount": _money(grant.amount, found),
        "remaining": _money(grant.remaining, found),
        "used": _money(grant.amount - grant.remaining, found),
        "left": int(grant.remaining * 100 / grant.amount),
        "priority": grant.priority,
        "expires_at": grant.expires_at,
        "state": "expired" if over else "active" if grant.remaining else _("used up"),
        "soon": not over
        and grant.expires_at is not None
        and grant.expires_at <= now + timedelta(days=EXPIRES_SOON_DAYS),
    }


def _chart(found: Wallet, now: datetime) -> dict[str, Any]:
    """The running balance over the latest movements, and its figures."""
    points = queries.balances(found, CHART_POINTS)
    title = _("Balance in {currency} after each movement").format(currency=found.currency)
    return {
        "chart": stepped_line(title, points, max(now, points[-1][0])) if points else "",
        "since": points[0][0] if points else None,
    }


def balance_panel(request: CustomerRequest) -> dict[str, Any] | None:
    """The wallet on the overview: what can be used now, what is held, which credit expires next."""
    found = queries.of_customer(request.customer).first()
    if found is None:
        return None
    now = clock.now()
    return {
        "wallet": found,
        "available": _money(queries.available(found), found),
        "held": _money(found.held, found) if found.held else None,
        "expiring": queries.expires_next(found, now),
        "lasts": _lasts(found, now),
    }


def notices(request: CustomerRequest) -> list[Notice]:
    """A wallet that is empty, or will be within days at the present rate; credit that is about to expire."""
    now, found = clock.now(), []
    for each in queries.of_customer(request.customer)[:2]:
        href = reverse("portal-wallets:of", args=[each.public_id])
        lasts = _lasts(each, now)
        if queries.available(each) <= 0:
            found.append(Notice("bad", _("The wallet is empty"), told.when_empty(each), href, _("See the wallet")))
        elif lasts is not None and lasts < LOW_DAYS:
            about = (
                _("less than a day")
                if lasts < 1
                else ngettext("about {lasts} day", "about {lasts} days", lasts).format(lasts=lasts)
            )
            found.append(
                Notice(
                    "warn",
                    _("The wallet runs low"),
                    _("At the present rate it lasts {about}.").format(about=about),
                    href,
                    _("See the wallet"),
                )
            )
        expiring = queries.expires_next(each, now)
        if expiring and expiring.expires_at and expiring.expires_at <= now + timedelta(days=EXPIRES_SOON_DAYS):
            left = exact(_money(expiring.remaining, each))
            day = day_month_text(expiring.expires_at)
            found.append(
                Notice(
                    "info",
                    _("Credit of {left} expires on {day}").format(left=left, day=day),
                    expiring.name,
                    href,
                    _("See the wallet"),
                )
            )
    return found


PANELS = [Panel("overview.stat", "wallets/portal_stat.html", balance_panel, order=20, feature=SHOW_WALLET)]
NOTICES = [notices]
urls: list[URLPattern] = [
    path("wallet/", wallet, name="wallet"),
    path("wallet/<str:public_id>/", wallet, name="of"),
]
