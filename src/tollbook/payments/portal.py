"""The customer's payments: paying an invoice, adding funds, what was paid and what became of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tollbook.customers.access import CustomerRequest, feature_on, portal_page
from tollbook.customers.features import values_for
from tollbook.customers.settings import PORTAL_PAYMENT, SHOW_INVOICES, SHOW_WALLET
from tollbook.identity.models import User
from tollbook.invoicing.models import DEMANDS, Invoice
from tollbook.invoicing.queries import of_customer as invoices_of
from tollbook.kernel.errors import NotFound, TollbookError
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money, minor_units, round_to
from tollbook.kernel.numbers import parse_decimal
from tollbook.payments import actions, agreements, asking, method_pages, portal_deposits, queries, registry
from tollbook.payments import portal_papers as papers
from tollbook.payments import portal_statement as statement
from tollbook.payments.applying import By
from tollbook.payments.method_pages import PAYERS
from tollbook.payments.models import Agreement, Payment
from tollbook.payments.protocol import Gateway, Intent
from tollbook.wallets.queries import of_customer as wallets_of
from tollbook.wallets.queries import open_request
from tollbook.web.menu import MenuEntry
from tollbook.web.panels import Notice, Panel
from tollbook.web.refusals import in_words
from tollbook.web.tables import Column, Filter, Table
from tollbook.web.templatetags.web import money

MENU = [MenuEntry("Payments", "portal-payments:list", "banknotes", order=45)]


def href(payment: Payment) -> str:
    """The payment's page."""
    return reverse("portal-payments:page", args=[payment.public_id])


def shown(payment: Payment) -> Money:
    """What came or, before that, what is asked for."""
    if payment.captured:
        return Money(payment.captured, payment.captured_currency)
    return Money(payment.amount, payment.currency)


def purpose(payment: Payment) -> str:
    """What it is for, in words."""
    if payment.invoice:
        return _("Invoice {label}").format(label=payment.invoice.label)
    if payment.proforma:
        return _("Proforma {label}").format(label=payment.proforma.label)
    return _("Deposit") if payment.deposit_id else _("Top-up of the wallet") if payment.wallet_id else _("Credit")


def title_of(code: str) -> str:
    """What the payer reads of a gateway, also of one that is gone."""
    found = registry.registry().get(code)
    return _(found.title) if found else code


PAYMENTS = Table(
    name="payments",
    columns=[
        Column("Payment", purpose, href=href, note=lambda p: p.public_id),
        Column("State", lambda p: p.state, "state", sort="state"),
        Column("Begun", lambda p: p.created_at, "instant", sort="created_at"),
        Column("By", lambda p: title_of(p.gateway)),
        Column("Amount", shown, "money", sort="amount"),
        Column("Given back", lambda p: Money(p.refunded, p.captured_currency) if p.refunded else None, "money"),
    ],
    order="-created_at",
    search=("public_id", "invoice__label"),
    filters=(
        Filter(
            "state",
            "State",
            (
                ("paid", "Paid", Q(state="succeeded")),
                ("open", "Under way", Q(state__in=["started", "pending", "unknown", "review"])),
                ("ended", "Not paid", Q(state__in=["failed", "cancelled"])),
            ),
        ),
    ),
    empty_title="No payments yet",
    empty_text="What you pay appears here as it happens.",
)


@require_GET
@portal_page()
def listed(request: CustomerRequest) -> HttpResponseBase:
    """All payments of the customer, and its credit."""
    rows = queries.of_customer(request.customer)
    if request.GET.get("export") == "csv":
        return PAYMENTS.export(request, rows)
    context = {
        "title": _("Payments"),
        "table": PAYMENTS.page(request, rows),
        "credit": queries.credit(request.customer),
        "may_pay": _may_pay(request),
        "proformas": queries.proformas_of(request.customer).exists(),
    }
    return render(request, "payments/portal_list.html", context)


@require_GET
@portal_page()
def page(request: CustomerRequest, public_id: str) -> HttpResponse:
    """One payment: how far it is, what it settled, what went back."""
    payment = _owned(request, public_id)
    currency = payment.captured_currency or payment.currency
    context = {
        "title": purpose(payment),
        "crumbs": [(_("Payments"), reverse("portal-payments:list")), (purpose(payment), "")],
        "payment": payment,
        "by": title_of(payment.gateway),
        "amount": shown(payment),
        "left": Money(queries.free(payment), currency),
        "settles": [(row.invoice, Money(amount, currency)) for row, amount in queries.standing(payment)],
        "refunds": [(each, Money(each.amount, currency)) for each in payment.refunds.order_by("pk")],
        "continues": payment.redirect if payment.state == "pending" else "",
    }
    return render(request, "payments/portal_page.html", context)


def _owned(request: CustomerRequest, public_id: str) -> Payment:
    try:
        return queries.by_public_id(public_id, request.customer)
    except NotFound:
        raise Http404 from None


def _by(request: CustomerRequest) -> By:
    return By(request.user.email if isinstance(request.user, User) else "", "portal")


def _ways(request: CustomerRequest, currency: str) -> list[Gateway]:
    return registry.offered(request.customer.brand, currency)


def _go_on(request: CustomerRequest, payment: Payment) -> HttpResponse:
    """To the gateway's page where that is one of ours, else to the payment's, which leads there."""
    asking.send(payment.public_id)
    payment.refresh_from_db()
    if payment.state == "failed":
        messages.error(request, _("The payment was refused: {note}").format(note=payment.note))
    own = payment.redirect.startswith("/") and not payment.redirect.startswith("//")
    return redirect(payment.redirect if own and payment.state == "pending" else href(payment))


@require_http_methods(["GET", "POST"])
@portal_page(*PAYERS, feature=PORTAL_PAYMENT)
def pay(request: CustomerRequest, public_id: str) -> HttpResponse:
    """Pay an invoice: the ways there are, what a bank transfer needs, or on to the gateway."""
    invoice = invoices_of(request.customer).filter(public_id=public_id, kind__in=DEMANDS).first()
    if invoice is None:
        raise Http404
    if request.method == "POST":
        key, keep = f"portal:{request.POST.get('key', '')[:60]}", request.POST.get("keep") == "on"
        try:
            gateway = request.POST.get("gateway", "")
            payment = actions.pay_invoice(invoice, gateway, key=key, keep_method=keep, by=_by(request))
        except TollbookError as error:
            messages.error(request, in_words(error))
            return redirect("portal-payments:pay", public_id)
        return _go_on(request, payment)
    ways = _ways(request, invoice.currency)
    waits = queries.under_way(invoice)
    context = {
        "title": _("Pay invoice {label}").format(label=invoice.label),
        "crumbs": [
            (_("Invoices"), reverse("portal-invoicing:list")),
            (invoice.label, reverse("portal-invoicing:page", args=[public_id])),
            (_("Pay"), ""),
        ],
        "invoice": invoice,
        "open": Money(invoice.open if invoice.state == "issued" else Decimal(0), invoice.currency),
        "ways": [each for each in ways if not each.by_hand],
        "transfers": [(_(e.title), e.start(_asked(request, invoice)).instructions) for e in ways if e.by_hand],
        "waits": waits,
        "waits_href": href(waits) if waits else "",
        "key": new_id("key"),
    }
    return render(request, "payments/portal_pay.html", context)


def _asked(request: CustomerRequest, invoice: Invoice) -> Intent:
    """What a transfer would be: nothing is begun by asking for its instructions."""
    brand = request.customer.brand
    return Intent("", invoice.open, invoice.currency, "", invoice.public_id, invoice.label, registry.seller(brand))


@require_http_methods(["GET", "POST"])
@portal_page(*PAYERS, feature=SHOW_WALLET)
def add(request: CustomerRequest, wallet_id: str) -> HttpResponse:
    """Add funds to a wallet, or pay what it asks for: the limits are told before anything is typed."""
    if not feature_on(request.customer, PORTAL_PAYMENT):
        raise Http404
    wallet = wallets_of(request.customer).filter(public_id=wallet_id).first()
    if wallet is None:
        raise Http404
    if request.method == "POST":
        try:
            key, keep = f"portal:{request.POST.get('key', '')[:60]}", request.POST.get("keep") == "on"
            gateway, by = request.POST.get("gateway", ""), _by(request)
            if asked := request.POST.get("asked", ""):
                return _go_on(request, actions.pay_top_up(request.customer, asked, gateway, key=key, by=by))
            money = Money(parse_decimal(request.POST.get("amount", "").strip(), "amount"), wallet.currency)
            payment = actions.add_funds(request.customer, wallet_id, money, gateway, key=key, keep_method=keep, by=by)
        except TollbookError as error:
            messages.error(request, in_words(error))
            return redirect("portal-payments:add", wallet_id)
        return _go_on(request, payment)
    limits, asked_for = queries.limits(request.customer, wallet.currency), open_request(wallet)
    places = minor_units(wallet.currency)
    context = {
        "title": _("Add funds"),
        "crumbs": [(_("Wallet"), reverse("portal-wallets:of", args=[wallet_id])), (_("Add funds"), "")],
        "currency": wallet.currency,
        "step": f"{Decimal(1).scaleb(-places):f}",
        "least": Money(limits.least, wallet.currency) if limits.least is not None else None,
        "most": Money(limits.most, wallet.currency) if limits.most is not None else None,
        "min": f"{round_to(limits.least, places):f}" if limits.least else "",
        "max": f"{round_to(limits.most, places):f}" if limits.most else "",
        "ways": [each for each in _ways(request, wallet.currency) if not each.by_hand],
        "key": new_id("key"),
        "asked": asked_for,
        "asked_amount": Money(asked_for.amount, wallet.currency) if asked_for else None,
        "asked_key": new_id("key"),
    }
    return render(request, "payments/portal_add.html", context)


def invoice_panel(request: CustomerRequest, invoice: Invoice) -> dict[str, Any] | None:
    """On an invoice's page: what has settled it, and the way to pay the rest."""
    settled = [(row.payment, Money(amount, invoice.currency)) for row, amount in queries.settled_by(invoice)]
    left = invoice.open if invoice.state == "issued" and invoice.demands else Decimal(0)
    if not settled and not left:
        return None
    return {
        "settled": [(payment, amount, href(payment)) for payment, amount in settled],
        "left": Money(left, invoice.currency) if left else None,
        "may_pay": _may_pay(request),
        "invoice": invoice,
    }


def open_proformas(request: CustomerRequest) -> Iterable[Notice]:
    """That proformas wait to be paid."""
    if not _may_pay(request) or not feature_on(request.customer, SHOW_INVOICES):
        return
    for found in queries.proformas_of(request.customer).filter(state="open").defer("content")[:3]:
        total = money(Money(found.total, found.currency))
        told = _("Proforma {label} asks for {currency}").format(label=found.label, currency=total)
        yield Notice("info", told, _("It is invoiced when it is paid."), papers.href(found), _("Pay it"))


def wallet_panel(request: CustomerRequest, wallet: Any) -> dict[str, Any] | None:
    """On a wallet's page: the way to add funds, where there is a gateway."""
    ways = [each for each in _ways(request, wallet.currency) if not each.by_hand]
    if not ways or request.membership.role not in PAYERS:
        return None
    pays, *auto_terms = values_for(request.customer, PORTAL_PAYMENT, *agreements.TOP_UP_TERMS)
    if not pays:
        return None
    may_auto = agreements.cap_of(auto_terms, wallet.currency) > 0
    auto = agreements.standing(request.customer, Agreement.What.TOP_UP, wallet.pk) if may_auto else None
    return {"wallet": wallet, "may_auto": may_auto, "auto": auto}


def _may_pay(request: CustomerRequest) -> bool:
    """Whether this reader pays, and pays here."""
    return request.membership.role in PAYERS and feature_on(request.customer, PORTAL_PAYMENT)


PANELS = [
    Panel("invoice.head", "payments/portal_invoice.html", invoice_panel, order=10),
    Panel("wallet.head", "payments/portal_wallet.html", wallet_panel, order=10),
    Panel("overview.side", "payments/portal_deposit_side.html", portal_deposits.panel, order=5),
]
NOTICES = [open_proformas, portal_deposits.notices]
urls: list[URLPattern] = [
    *method_pages.urls,
    *portal_deposits.urls,
    path("payments/", listed, name="list"),
    *papers.urls,
    path("payments/statement/", statement.page, name="statement"),
    path("payments/<str:public_id>/", page, name="page"),
    path("invoices/<str:public_id>/pay/", pay, name="pay"),
    path("wallet/<str:wallet_id>/add/", add, name="add"),
]
