"""The gateway's page for payers: pay, fail or turn away. It exists only in installations in test mode."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from tollbook.base import walls
from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.customers.models import Membership
from tollbook.gateways.test.actions import finish, intent_of
from tollbook.gateways.test.models import Entry
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money
from tollbook.payments import asking, saving
from tollbook.payments.queries import by_public_id
from tollbook.web.refusals import in_words

PRESSED = {"pay": Entry.Kind.CAPTURE, "fail": Entry.Kind.FAILURE, "cancel": Entry.Kind.CANCEL}


@require_http_methods(["GET", "POST"])
@portal_page(Membership.Role.OWNER.value, Membership.Role.BILLING.value)
def hosted(request: CustomerRequest, key: str) -> HttpResponse:
    """One payment of the reader's account on the gateway's side."""
    if not settings.TOLLBOOK_TEST_MODE:
        raise Http404
    setup = key.startswith("stp_")
    try:
        (saving.by_public_id if setup else by_public_id)(key, request.customer)
        # This page is the gateway's, and so is the book behind it.
        with walls.lifted():
            intent = intent_of(key)
    except NotFound:
        raise Http404 from None
    if request.method == "POST":
        try:
            finish(key, PRESSED.get(request.POST.get("press", ""), Entry.Kind.CANCEL))
        except Refused as error:
            # It has ended already, perhaps in another window: what counts is what the book says.
            messages.info(request, in_words(error))
        if setup:
            saving.ask(key)
            return redirect("portal-payments:methods")
        asking.ask(key, "hint")
        return redirect("portal-payments:page", key)
    context = {
        "title": "Test payment",
        "amount": None if setup else Money(intent.amount, intent.currency),
        "merchant": intent.merchant,
        "reference": intent.reference,
    }
    return render(request, "gateway_test/hosted.html", context)


urls: list[URLPattern] = [path("<str:key>/", hosted, name="hosted")]
