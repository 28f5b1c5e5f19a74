"""Which language a page speaks: the reader's choice, else that of the account, else the browser's.

The customer portal and the pages around logging in speak every language of LANGUAGES; the staff portal, the API and
what other systems call speak English.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from tollbook.customers.access import current
from tollbook.identity.actions import choose_language
from tollbook.identity.models import User
from tollbook.web.words import supported

COOKIE = "language"
A_YEAR = 365 * 24 * 3600
ENGLISH = "en"
_ENGLISH_ONLY = ("/staff/", "/api/", "/static/", "/metrics")


def language_of(request: HttpRequest) -> str:
    """The language that the page for this request speaks."""
    if request.path.startswith(_ENGLISH_ONLY):
        return ENGLISH
    user = request.user if hasattr(request, "user") else None
    if not isinstance(user, User):
        return supported(request.COOKIES.get(COOKIE, "")) or translation.get_language_from_request(request)
    if chosen := supported(user.language):
        return chosen
    if user.is_staff:
        return ENGLISH
    membership = current(request)
    of_account = supported(membership.customer.language) if membership is not None else ""
    return of_account or translation.get_language_from_request(request)


class Languages:
    """Every page is drawn in its reader's language, and says which it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = language_of(request)
        # Not taken back at the end: what streams is written later, and the next request says its own.
        translation.activate(language)
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if not request.path.startswith(_ENGLISH_ONLY):
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the language that the reader chose: with the user, and for who is not logged in in the browser."""
    language = supported(request.POST.get("language", ""))
    to = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = redirect(to if safe else "/")
    if language:
        if isinstance(request.user, User):
            choose_language(request.user, language)
        response.set_cookie(
            COOKIE, language, max_age=A_YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return response
