"""Who may see a staff page, and what must be proven again before an act that matters."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tollbook.base import walls
from tollbook.identity.models import StaffRole, User

View = Callable[..., HttpResponseBase]
#: Every staff role; reading is open to all of them.
ANY_STAFF = frozenset(StaffRole) - {StaffRole.NONE}
# In the session: a second factor was proven in it, or added.
FACTOR = "second_factor"


def staff_page(*roles: StaffRole) -> Callable[[View], View]:
    """A page for staff with one of `roles` (any, if none is named). To everybody else it does not exist (404).

    Staff who did not prove a second factor in this session are led to set one up and see nothing else.
    """
    allowed = frozenset(roles) or ANY_STAFF

    def wrap(view: View) -> View:
        @wraps(view)
        @login_required
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User) or not user.is_active or user.staff_role not in allowed:
                raise Http404
            if settings.TOLLBOOK_STAFF_FACTOR and not request.session.get(FACTOR):
                messages.warning(request, "Staff need a second factor. Set one up to go on.")
                return redirect("account_security")
            return view(request, *args, **kwargs)

        page.policy = ("staff", allowed)  # type: ignore[attr-defined]  # read by the route registry
        return page

    return wrap


def prove_factor(request: HttpRequest) -> None:
    """Remember that a second factor was proven in this session."""
    request.session[FACTOR] = True


def recently_proven(request: HttpRequest) -> bool:
    """Whether the reader proved who they are, by logging in or again, within 15 minutes of the real clock."""
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def proven_again(view: View) -> View:
    """A page or act that matters: who did not prove who they are within 15 minutes is asked first.

    What was posted is not kept meanwhile, for it may hold secrets: the reader comes back to the page and sends it
    again.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if recently_proven(request):
            return view(request, *args, **kwargs)
        back = request.get_full_path()
        if request.method == "POST":
            messages.info(request, "Confirm that it is you, then send it again.")
            came = urlsplit(request.headers.get("Referer", ""))
            back = came._replace(scheme="", netloc="").geturl() if came.netloc == request.get_host() else "/"
        # Also asked behind a customer's wall, which hides how people log in.
        with walls.lifted():
            methods = get_adapter().get_reauthentication_methods(request.user)
        ask = methods[0]["url"] if methods else reverse("account_login")
        return redirect(f"{ask}?{urlencode({'next': back})}")

    return page
