"""In the customer's portal: the deposit of the account, what comes back and when, and the way to pay it. Served by
`portal`.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tollbook.customers.access import CustomerRequest, feature_on, portal_page
from tollbook.customers.settings import PORTAL_PAYMENT
from tollbook.identity.models import User
from tollbook.kernel.errors import TollbookError
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money
from tollbook.payments import asking, deposits, registry
from tollbook.payments.applying import By
from tollbook.payments.deposit_rules import DepositState, Mode, Rest
from tollbook.payments.method_pages import PAYERS
from tollbook.payments.models import Deposit
from tollbook.payments.protocol import Intent
from tollbook.web.panels import Notice
from tollbook.web.refusals import in_words
from tollbook.web.templatetags.web import money


def _of(request: CustomerRequest) -> Deposit | None:
    """The deposit of the reader's account, read once for a request."""
    if not hasattr(request, "_deposit"):
        found = Deposit.objects.select_related("payment", "refund").filter(customer=request.customer).first()
        request._deposit = found  # type: ignore[attr-defined]  # ours, for this request
    return request._deposit  # type: ignore[attr-defined, no-any-return]


def promise(found: Deposit) -> str:
    """What was promised at sign-up, in words."""
    if not found.gives_back:
        told = _("No refund: when your account is verified, the deposit ")
        return told + (_("is credit in your wallet.") if found.rest == Rest.WALLET else _("is kept as a fee."))
    how = _("the way you paid") if found.mode == Mode.GATEWAY else _("into your wallet")
    told = _("When your account is verified, {currency} come back {how}").format(
        currency=money(Money(found.gives_back, found.currency)), how=how
    )
    rest = found.amount - found.gives_back
    if not rest:
        return f"{told}."
    kept = _("credit in your wallet") if found.rest == Rest.WALLET else _("kept as a fee")
    return _("{told}; {currency} are {kept}.").format(told=told, currency=money(Money(rest, found.currency)), kept=kept)


def _told(found: Deposit) -> dict[str, Any]:
    parts = [
        (_("Held"), found.left), (_("Given back"), found.given_back), (_("In your wallet"), found.to_wallet),
        (_("Kept"), found.kept), (_("Called back through your bank"), found.lost),
    ]  # fmt: skip
    return {
        "deposit": found,
        "amount": Money(found.amount, found.currency),
        "promise": promise(found),
        "parts": [(name, Money(part, found.currency)) for name, part in parts if part],
        "decided_by": found.held_at + timedelta(days=found.verify_days) if found.held_at else None,
    }


@require_http_methods(["GET", "POST"])
@portal_page(*PAYERS)
def page(request: CustomerRequest) -> HttpResponse:
    """The deposit: how far it is, what was promised, and the way to pay it."""
    found = _of(request)
    if found is None:
        raise Http404
    pays = found.state == DepositState.AWAITING_PAYMENT and feature_on(request.customer, PORTAL_PAYMENT)
    if request.method == "POST":
        if not pays:
            raise Http404
        return _pay(request)
    ways = registry.offered(request.customer.brand, found.currency)
    context = {
        "title": _("Deposit"),
        "ways": [each for each in ways if not each.by_hand],
        "transfers": [(_(e.title), e.start(_asked(request, found)).instructions) for e in ways if e.by_hand],
        "may_pay": pays,
        "key": new_id("key"),
        **_told(found),
    }
    return render(request, "payments/portal_deposit.html", context)


def _asked(request: CustomerRequest, found: Deposit) -> Intent:
    """What a transfer would be: nothing is begun by asking for its instructions. Banks take no underscore."""
    label, brand = found.public_id.replace("_", "-"), request.customer.brand
    return Intent("", found.amount, found.currency, "", found.public_id, label, registry.seller(brand))


def _pay(request: CustomerRequest) -> HttpResponse:
    """On to the gateway's page where that is one of ours, else to the payment's, which leads there."""
    by = By(request.user.email if isinstance(request.user, User) else "", "portal")
    key = f"portal:{request.POST.get('key', '')[:60]}"
    try:
        payment = deposits.pay(request.customer, request.POST.get("gateway", ""), key=key, by=by)
    except TollbookError as error:
        messages.error(request, in_words(error))
        return redirect("portal-payments:deposit")
    asking.send(payment.public_id)
    payment.refresh_from_db()
    if payment.state == "failed":
        messages.error(request, _("The payment was refused: {note}").format(note=payment.note))
    own = payment.redirect.startswith("/") and not payment.redirect.startswith("//")
    there = payment.redirect if own and payment.state == "pending" else ""
    return redirect(there or reverse("portal-payments:page", args=[payment.public_id]))


def panel(request: CustomerRequest) -> dict[str, Any] | None:
    """On the overview, until the deposit has ended: what is held, what comes back, and when."""
    found = _of(request) if request.membership.role in PAYERS else None
    return None if found is None or found.ended_at else _told(found)


def notices(request: CustomerRequest) -> Iterable[Notice]:
    """That the deposit waits to be paid."""
    found = _of(request) if request.membership.role in PAYERS else None
    if found is not None and found.state == DepositState.AWAITING_PAYMENT:
        title = _("Pay the deposit of {currency}").format(currency=money(Money(found.amount, found.currency)))
        yield Notice("warn", title, _("Then you can order."), reverse("portal-payments:deposit"), _("Pay it"))


urls: list[URLPattern] = [path("deposit/", page, name="deposit")]
