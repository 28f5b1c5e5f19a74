"""What staff do to a payment, each by a post of a form on its page."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.identity.access import proven_again, staff_page
from tollbook.invoicing.queries import by_label
from tollbook.kernel.errors import NotFound, TollbookError
from tollbook.kernel.money import Money, check_currency
from tollbook.payments import asking, disputes, outcomes, refunding
from tollbook.payments.applying import allocate, undo
from tollbook.payments.approvals import ask_refund, needs_two
from tollbook.payments.models import Dispute, Payment
from tollbook.payments.refunds import order_refund
from tollbook.payments.staff.forms import MONEY, acted, amount_in, by_of, key_in
from tollbook.web.people import asked


def _accept(request: HttpRequest, public_id: str) -> object:
    money = Money(amount_in(request), check_currency(request.POST.get("currency", "").strip().upper()))
    told = request.POST
    return outcomes.accept(
        public_id, money, told.get("reference", ""), reason=told.get("reason", ""), by=by_of(request)
    )


def _refund(request: HttpRequest, public_id: str) -> object:
    reason, by = request.POST.get("reason", ""), by_of(request)
    return order_refund(public_id, amount_in(request), reason=reason, key=key_in(request), by=by)


def _dispute(request: HttpRequest, public_id: str) -> object:
    told = request.POST
    reference, reason = told.get("reference", ""), told.get("reason", "")
    return disputes.open_dispute(public_id, amount_in(request), reference, reason=reason, by=by_of(request))


def _end(request: HttpRequest, public_id: str) -> object:
    outcome = Dispute.State.LOST if request.POST.get("outcome") == "lost" else Dispute.State.WON
    return disputes.end_dispute(request.POST.get("dispute", ""), outcome, by=by_of(request))


def _allocate(request: HttpRequest, public_id: str) -> object:
    label = request.POST.get("invoice", "").strip()
    invoice = by_label(label)
    if invoice is None:
        raise NotFound("invoice_not_found", f"invoice {label}: there is none of that number", param="invoice")
    return allocate(public_id, invoice, amount_in(request), by=by_of(request))


ACTS = {
    "accept": (_accept, "The payment has succeeded."),
    "dismiss": (
        lambda r, i: outcomes.dismiss(i, reason=r.POST.get("reason", ""), by=by_of(r)),
        "The payment has ended without money.",
    ),
    "ask": (lambda r, i: asking.ask(i, "person"), "The gateway was asked."),
    "refund": (_refund, "The refund is ordered."),
    "confirm": (
        lambda r, i: refunding.confirm_refund(r.POST.get("refund", ""), r.POST.get("reference", ""), by=by_of(r)),
        "The refund was made.",
    ),
    "fail": (
        lambda r, i: refunding.fail_refund(r.POST.get("refund", ""), reason=r.POST.get("reason", ""), by=by_of(r)),
        "The refund has failed: the money is credit again.",
    ),
    "dispute": (_dispute, "The dispute is noted."),
    "end": (_end, "The dispute has ended."),
    "allocate": (_allocate, "The invoice is settled with it."),
    "undo": (
        lambda r, i: undo(r.POST.get("allocation", ""), reason=r.POST.get("reason", ""), by=by_of(r)),
        "The invoice asks for it again.",
    ),
}


#: Money leaves by these: who does them proved lately who they are.
SENSITIVE = frozenset({"refund", "confirm"})


@require_POST
@staff_page(*MONEY)
def act(request: HttpRequest, public_id: str, name: str) -> HttpResponseBase:
    """Do one of the acts that the page of a payment offers; a refund above the limit is asked for."""
    payment = get_object_or_404(Payment.objects.select_related("customer__brand"), public_id=public_id)
    if name == "refund" and _takes_two(request, payment):
        return _asked_refund(request, payment)
    return (_surely if name in SENSITIVE else _do)(request, public_id, name)


def _do(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    do, done = ACTS[name]
    return acted(request, lambda: do(request, public_id), done, reverse("staff-payments:page", args=[public_id]))


_surely = proven_again(_do)


def _takes_two(request: HttpRequest, payment: Payment) -> bool:
    try:
        return needs_two(payment.customer, Money(amount_in(request), payment.captured_currency))
    except TollbookError:
        return False  # what is wrong with the amount is said by the act itself


@proven_again
def _asked_refund(request: HttpRequest, payment: Payment) -> HttpResponse:
    reason, amount = request.POST.get("reason", ""), amount_in(request)
    back = reverse("staff-payments:page", args=[payment.public_id])
    return asked(request, lambda: ask_refund(request, payment, amount, reason, key_in(request)), back)
