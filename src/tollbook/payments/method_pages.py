"""The customer's saved methods: adding one, which one is charged, removing one; and what may be charged by itself."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tollbook.customers.access import CustomerRequest, feature_on, portal_page
from tollbook.customers.models import Membership
from tollbook.customers.settings import PORTAL_PAYMENT, SHOW_WALLET
from tollbook.identity.models import User
from tollbook.kernel.errors import NotFound, Refused, TollbookError
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money, minor_units, plain
from tollbook.kernel.numbers import parse_decimal
from tollbook.payments import agreements, methods, queries, registry, saving
from tollbook.payments.applying import By
from tollbook.payments.models import Agreement, Method
from tollbook.payments.rules import OPEN
from tollbook.payments.settings import COLLECT
from tollbook.wallets.queries import of_customer as wallets_of
from tollbook.web.refusals import in_words

PAYERS = (Membership.Role.OWNER.value, Membership.Role.BILLING.value)
_HERE = "portal-payments:methods"


def _by(request: CustomerRequest) -> By:
    return By(request.user.email if isinstance(request.user, User) else "", "portal")


def _own(request: CustomerRequest, public_id: str) -> Method:
    try:
        return methods.by_public_id(public_id, request.customer)
    except NotFound:
        raise Http404 from None


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Payments"), reverse("portal-payments:list")), *more]


@require_GET
@portal_page(*PAYERS, feature=PORTAL_PAYMENT)
def listed(request: CustomerRequest) -> HttpResponseBase:
    """Every saved method, adding one, and whether invoices are charged by themselves."""
    customer = request.customer
    found = methods.of_customer(customer)
    context = {
        "title": _("Saved ways to pay"),
        "crumbs": _crumbs((_("Saved ways to pay"), "")),
        "methods": found,
        "has_default": any(each.is_default for each in found),
        "ways": [each for each in registry.offered(customer.brand, customer.currency) if each.saves],
        "key": new_id("key"),
        "collect": agreements.standing(customer, Agreement.What.INVOICES),
        "may_collect": feature_on(customer, COLLECT),
    }
    return render(request, "payments/portal_methods.html", context)


@require_POST
@portal_page(*PAYERS, feature=PORTAL_PAYMENT)
def add(request: CustomerRequest) -> HttpResponse:
    """Begin to save a method: on to the gateway's page, by way of ours where it is another's."""
    key = f"portal:{request.POST.get('key', '')[:60]}"
    try:
        setup = saving.set_up(
            request.customer, request.POST.get("gateway", ""), request.customer.currency, key=key, by=_by(request)
        )
    except TollbookError as error:
        messages.error(request, in_words(error))
        return redirect(_HERE)
    saving.send(setup.public_id)
    setup.refresh_from_db()
    own = setup.redirect.startswith("/") and not setup.redirect.startswith("//")
    if own and setup.state == "pending":
        return redirect(setup.redirect)
    return redirect("portal-payments:setup", setup.public_id)


@require_GET
@portal_page(*PAYERS, feature=PORTAL_PAYMENT)
def setup(request: CustomerRequest, public_id: str) -> HttpResponse:
    """How far saving a method is. Payers come back here from the gateway: so it is asked at once."""
    try:
        found = saving.by_public_id(public_id, request.customer)
    except NotFound:
        raise Http404 from None
    if found.state in OPEN and found.sent_at is not None:
        saving.ask(public_id)
        found = saving.by_public_id(public_id, request.customer)
    if found.method is not None:
        messages.success(request, _("{label} is saved.").format(label=found.method.label))
        return redirect(_HERE)
    context = {
        "title": _("Saving a way to pay"),
        "crumbs": _crumbs((_("Saved ways to pay"), reverse(_HERE)), (_("Saving"), "")),
        "setup": found,
        "continues": found.redirect if found.state == "pending" else "",
    }
    return render(request, "payments/portal_setup.html", context)


@require_POST
@portal_page(*PAYERS, feature=PORTAL_PAYMENT)
def choose(request: CustomerRequest, public_id: str) -> HttpResponse:
    """Charge this one from now on."""
    try:
        made = methods.make_default(_own(request, public_id), by=_by(request))
    except Refused as error:
        messages.error(request, in_words(error))
    else:
        messages.success(request, _("{label} is charged from now on.").format(label=made.label))
    return redirect(_HERE)


@require_http_methods(["GET", "POST"])
@portal_page(*PAYERS, feature=PORTAL_PAYMENT)
def remove(request: CustomerRequest, public_id: str) -> HttpResponse:
    """Remove a method, after a page that says what that means."""
    found = _own(request, public_id)
    if request.method == "POST":
        methods.retire_method(found, by=_by(request))
        messages.success(request, _("{label} is removed.").format(label=found.label))
        return redirect(_HERE)
    if found.retired_at is not None:
        raise Http404
    context = {
        "title": _("Remove a way to pay"),
        "crumbs": _crumbs((_("Saved ways to pay"), reverse(_HERE)), (_("Remove"), "")),
        "method": found,
    }
    return render(request, "payments/portal_method_remove.html", context)


@require_POST
@portal_page(*PAYERS, feature=PORTAL_PAYMENT)
def collect(request: CustomerRequest) -> HttpResponse:
    """Let invoices be charged when they are issued, or no longer."""
    customer, by = request.customer, _by(request)
    try:
        if request.POST.get("agree") == "yes":
            agreements.agree_to_collect(customer, by=by)
            messages.success(request, _("New invoices are paid by themselves."))
        elif found := agreements.standing(customer, Agreement.What.INVOICES):
            agreements.withdraw(found, by=by)
            messages.success(request, _("Invoices are no longer paid by themselves."))
    except TollbookError as error:
        messages.error(request, in_words(error))
    return redirect(_HERE)


@require_http_methods(["GET", "POST"])
@portal_page(*PAYERS, feature=SHOW_WALLET)
def auto(request: CustomerRequest, wallet_id: str) -> HttpResponse:
    """Whether a wallet is topped up by itself: from when on, by how much, and for how much in a day."""
    customer = request.customer
    wallet = wallets_of(customer).filter(public_id=wallet_id).first()
    if wallet is None or not feature_on(customer, PORTAL_PAYMENT):
        raise Http404
    try:
        most = agreements.allowed_daily(customer, wallet.currency)
    except Refused:
        raise Http404 from None
    found = agreements.standing(customer, Agreement.What.TOP_UP, wallet.pk)
    if request.method == "POST":
        return _switch(request, wallet_id, found)
    limits, default = queries.limits(customer, wallet.currency), methods.default_of(customer)
    context = {
        "title": _("Top up by itself"),
        "crumbs": [(_("Wallet"), reverse("portal-wallets:of", args=[wallet_id])), (_("Top up by itself"), "")],
        "wallet": wallet,
        "agreement": found,
        "cap": Money(found.daily_cap, wallet.currency) if found and found.daily_cap else None,
        "amount": Money(wallet.top_up_amount, wallet.currency) if wallet.top_up_amount else None,
        "threshold": Money(wallet.threshold, wallet.currency) if wallet.threshold is not None else None,
        "default": default,
        "most": Money(most, wallet.currency),
        "least_once": Money(limits.least, wallet.currency) if limits.least is not None else None,
        "most_once": Money(limits.most, wallet.currency) if limits.most is not None else None,
        "step": f"{Decimal(1).scaleb(-minor_units(wallet.currency)):f}",
        "fields": _fields(wallet.threshold, wallet.top_up_amount, found.daily_cap if found else None, most),
    }
    return render(request, "payments/portal_auto.html", context)


def _fields(
    threshold: Decimal | None, amount: Decimal | None, cap: Decimal | None, most: Decimal
) -> list[dict[str, Any]]:
    """The form's fields with what stands in them."""
    given = (
        ("threshold", _("When no more is available than"), threshold),
        ("amount", _("Top it up by"), amount),
        ("daily_cap", _("For at most, in a day"), most if cap is None else cap),
    )
    return [
        {"name": name, "label": label, "value": "" if value is None else plain(value)} for name, label, value in given
    ]


def _switch(request: CustomerRequest, wallet_id: str, found: Agreement | None) -> HttpResponse:
    by = _by(request)
    try:
        if request.POST.get("agree") == "no":
            if found is not None:
                agreements.withdraw(found, by=by)
            messages.success(request, _("The wallet is no longer topped up by itself."))
        else:
            names = ("threshold", "amount", "daily_cap")
            threshold, amount, cap = (parse_decimal(request.POST.get(name, "").strip(), name) for name in names)
            agreements.agree_to_top_up(request.customer, wallet_id, threshold, amount, cap, by=by)
            messages.success(request, _("The wallet is topped up by itself from now on."))
    except TollbookError as error:
        messages.error(request, in_words(error))
    return redirect("portal-payments:auto", wallet_id)


urls: list[URLPattern] = [
    path("payments/methods/", listed, name="methods"),
    path("payments/methods/add/", add, name="method-add"),
    path("payments/methods/collect/", collect, name="collect"),
    path("payments/methods/<str:public_id>/", setup, name="setup"),
    path("payments/methods/<str:public_id>/default/", choose, name="method-default"),
    path("payments/methods/<str:public_id>/remove/", remove, name="method-remove"),
    path("wallet/<str:wallet_id>/auto/", auto, name="auto"),
]
