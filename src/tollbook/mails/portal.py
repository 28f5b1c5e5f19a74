"""Which mails a person of the customer gets, and what was sent."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.identity.models import User
from tollbook.kernel.errors import TollbookError
from tollbook.mails.actions import choose
from tollbook.mails.kinds import KINDS
from tollbook.mails.models import Declined
from tollbook.mails.queries import mails
from tollbook.web.menu import MenuEntry
from tollbook.web.refusals import in_words

MENU = [MenuEntry("Mails", "portal-mails:list", "envelope", order=82)]
SHOWN = 20


@require_http_methods(["GET", "POST"])
@portal_page()
def listed(request: CustomerRequest) -> HttpResponse:
    """The kinds of mails that come to the reader's role, and the latest that came; a post chooses."""
    assert isinstance(request.user, User)  # noqa: S101  # portal_page has looked
    mine = [each for each in KINDS.values() if request.membership.role in each.roles]
    if request.method == "POST":
        wanted = set(request.POST.getlist("wanted"))
        try:
            for each in mine:
                choose(request.user, each.kind, wanted=each.kind in wanted, door="portal")
        except TollbookError as error:
            messages.error(request, in_words(error))
        else:
            messages.success(request, _("Your choice is saved."))
        return redirect("portal-mails:list")
    declined = set(Declined.objects.filter(user=request.user).values_list("kind", flat=True))
    context = {
        "title": _("Mails"),
        "kinds": [(each, each.kind not in declined) for each in mine],
        "mails": [
            (each, each.subject or _(KINDS[each.fact.kind].title))
            for each in mails().filter(customer=request.customer, user=request.user)[:SHOWN]
        ],
    }
    return render(request, "mails/portal_list.html", context)


urls: list[URLPattern] = [path("mails/", listed, name="list")]
