"""A person's own log-in: password, second factors, sessions. Everybody who is logged in has these pages."""

import re
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import remove_webauthn
from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tollbook.identity.access import FACTOR
from tollbook.identity.models import User
from tollbook.identity.queries import FACTORS
from tollbook.identity.sessions import noted_end

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def device(agent: str) -> str:
    """What a browser calls itself, as people say it: "Firefox on Linux"."""
    browser = next((name for sign, name in _BROWSERS if re.search(rf"{sign}\w*/", agent)), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or _("Unknown browser")


@require_GET
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """What protects the reader's log-in, and where to change it."""
    mine = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    recovery = next((each for each in mine if each.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "title": _("Log-in and security"),
        "apps": [each for each in mine if each.type == Authenticator.Type.TOTP],
        "keys": [each for each in mine if each.type == Authenticator.Type.WEBAUTHN],
        "has_factor": any(each.type in FACTORS for each in mine),
        "has_recovery": recovery is not None,
        "codes_left": len(recovery.wrap().get_unused_codes()) if recovery else 0,
        "sessions": UserSession.objects.filter(user=request.user).count(),
        "must_have": _staff(request) and settings.TOLLBOOK_STAFF_FACTOR,
        "must_add": _staff(request) and settings.TOLLBOOK_STAFF_FACTOR and not request.session.get(FACTOR),
    }
    return render(request, "account/security.html", context)


def _staff(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_staff


@require_GET
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the reader is logged in; the device in hand first, then the one used last."""
    found: list[Any] = UserSession.objects.purge_and_list(request.user)
    found.sort(key=lambda each: (each.is_current(), each.last_seen_at), reverse=True)
    rows = [{"session": each, "device": device(each.user_agent), "current": each.is_current()} for each in found]
    return render(request, "account/sessions.html", {"title": _("Where you are logged in"), "rows": rows})


@require_POST
@login_required
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """Log one device of the reader out; somebody else's does not exist."""
    session = get_object_or_404(UserSession, pk=number, user=request.user)
    return _end(request, [session], _("That device is logged out."))


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    """Log every device of the reader out but the one in hand."""
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    return _end(request, list(others), _("All other devices are logged out."))


def _end(request: HttpRequest, ended: list[UserSession], said: str) -> HttpResponse:
    if isinstance(request.user, User):
        noted_end(request.user, len(ended), actor=request.user.email)
    end_sessions(request, ended)
    messages.success(request, said)
    return redirect("account_sessions")


@login_required
def remove_key(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The library's page that removes a key, for keys that the person can be without."""
    key = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    adapter = get_adapter()
    if not adapter.can_delete_authenticator(key):
        messages.error(request, str(adapter.error_messages["cannot_delete_authenticator"]))
        return redirect("account_security")
    page: HttpResponseBase = remove_webauthn(request, pk=pk)
    return page
