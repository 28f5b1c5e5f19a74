"""Sessions: when they end by themselves, when they were last used, and ending them.

All on the real clock: a trial's virtual clock is for money, and nobody is logged out by advancing it.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from tollbook.base.tasks import action
from tollbook.identity.audit import record
from tollbook.identity.models import User
from tollbook.identity.signing_in import DOOR

BEGAN, SEEN = "began", "seen"
STAFF_IDLE, STAFF_LONGEST = timedelta(minutes=30), timedelta(hours=12)
# How old "last seen" may be: a click must not cost a write.
SEEN_STEP = timedelta(minutes=1)


def begin(sender: Any, request: HttpRequest, **_: Any) -> None:
    """A log-in begins now; called by Django's signal, before the session is saved."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def over(is_staff: bool, began: float, seen: float, now: float) -> bool:
    """Whether a session that began and was last seen then has ended: staff's do, after a pause or a working day."""
    return is_staff and (now - seen >= STAFF_IDLE.total_seconds() or now - began >= STAFF_LONGEST.total_seconds())


class SessionLimits:
    """Ends sessions of staff that were left alone or are too old, and remembers when a session was last used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Without the cookie nobody is asked for: the API and pages for strangers cost no query.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, User):
            now = time.time()
            began, seen = request.session.get(BEGAN, 0), request.session.get(SEEN, 0)
            if over(request.user.is_staff, began, seen, now):
                logout(request)
                messages.info(request, "You were logged out because time ran out. Log in again to go on.")
                return redirect_to_login(request.get_full_path())
            if now - seen >= SEEN_STEP.total_seconds():
                self._seen(request, int(now))
        return self.get_response(request)

    def _seen(self, request: HttpRequest, now: int) -> None:
        request.session[SEEN] = now
        request.session.setdefault(BEGAN, now)
        UserSession.objects.filter(session_key=request.session.session_key).update(
            last_seen_at=timezone.now(), ip=get_adapter().get_client_ip(request)
        )


@action
def end_all(user: User, *, actor: str, door: str = DOOR) -> int:
    """End every session of a person at once; how many there were."""
    mine = list(UserSession.objects.filter(user=user))
    for session in mine:
        session.end()
    noted_end(user, len(mine), actor=actor, door=door)
    return len(mine)


@action
def noted_end(user: User, count: int, *, actor: str, door: str = DOOR) -> None:
    """Note that `count` sessions of the person were ended by `actor`."""
    record("user.sessions_ended", user.public_id, actor=actor, door=door, detail={"sessions": count})
