"""Where the link in a mail leads by which its receiver declines mails of that kind, without logging in."""

from http import HTTPStatus

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tollbook.api.errors import HttpRefused
from tollbook.api.limits import count
from tollbook.identity.models import User
from tollbook.kernel.errors import TollbookError
from tollbook.mails.actions import choose, kind_of
from tollbook.mails.rendering import SALT
from tollbook.web.refusals import in_words

A_MINUTE = 60


@csrf_exempt  # mail programs decline with a POST of their own (RFC 8058); the signed token is the proof
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether mails of the kind are to stop (GET: a mail scanner that follows links changes nothing), and stop them
    (POST). 404 for a token that we did not make.
    """
    try:
        user_id, name = signing.loads(token, salt=SALT)
        user, kind = User.objects.get(pk=user_id), kind_of(name)
        count(f"decline:{user_id}", A_MINUTE)
    except HttpRefused as refused:
        return HttpResponse(status=refused.status)
    except (signing.BadSignature, User.DoesNotExist, TollbookError):
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    said = ""
    if request.method == "POST":
        try:
            choose(user, kind.kind, wanted=False, door="mail")
            said = _("You get no more mails of this kind.")
        except TollbookError as error:
            said = in_words(error)
    return render(request, "mails/decline.html", {"title": _(kind.title), "said": said})


decline.policy = ("anybody", frozenset())  # type: ignore[attr-defined]  # read where addresses are put together
urls: list[URLPattern] = [path("mails/decline/<str:token>/", decline, name="decline")]
