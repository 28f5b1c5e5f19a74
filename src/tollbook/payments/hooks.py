"""Where gateways call back. Anybody can: what comes is kept and answered by asking the gateway ourselves."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tollbook.api.errors import HttpRefused
from tollbook.api.limits import count
from tollbook.kernel.errors import Refused
from tollbook.payments.hints import receive_hint
from tollbook.payments.protocol import Message
from tollbook.payments.registry import registry

BODY_LIMIT = 64 * 1024
# Forged ones are counted with real ones: what is lost for it is found by asking on schedule.
A_MINUTE = 600


@csrf_exempt
@require_POST
def hint(request: HttpRequest, gateway: str) -> HttpResponse:
    """Keep a callback and have what it is about asked for. 200 is sent when it is kept, whatever it is about; 400 for
    one that the gateway did not send, of which nothing is kept.
    """
    if gateway not in registry():
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    try:
        count(f"hook:{gateway}", A_MINUTE)
    except HttpRefused as refused:
        return HttpResponse(status=refused.status)
    body = request.read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        receive_hint(gateway, Message(body, dict(request.headers), request.GET.dict()))
    except Refused as refused:
        return HttpResponse(refused.message, status=HTTPStatus.BAD_REQUEST, content_type="text/plain")
    return HttpResponse(status=HTTPStatus.OK)


hint.policy = ("anybody", frozenset())  # type: ignore[attr-defined]  # read where addresses are put together
urls: list[URLPattern] = [path("payments/<str:gateway>/", hint, name="payments")]
