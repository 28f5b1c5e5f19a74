"""Looking at the portal as a customer sees it."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.customers.models import Customer
from tollbook.customers.visits import VISITORS, begin
from tollbook.identity.access import proven_again, staff_page
from tollbook.kernel.errors import Refused
from tollbook.web.forms import Field, Form
from tollbook.web.parts import Part
from tollbook.web.sockets import page_of


def of_customer(found: Customer) -> Iterable[Part]:
    """The way into the customer's portal, on the customer's page."""
    note = "Support, billing and administrators: you read, and change nothing. The visit is noted and ends in an hour."
    address = reverse("staff-customers:visit", args=[found.public_id])
    yield Form("See what the customer sees", address, [Field("reason", "Reason")], "Open the portal", note)


@require_POST
@staff_page(*VISITORS)
@proven_again
def visit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open the portal of a customer."""
    found = get_object_or_404(Customer, public_id=public_id)
    try:
        begin(request, found, request.POST.get("reason", ""))
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect(page_of(public_id))
    return redirect("portal-customers:overview")
