"""A request with an Idempotency-Key happens once: its answer is kept in the transaction of its effect."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from psycopg.errors import LockNotAvailable

from tollbook.api.errors import HttpRefused
from tollbook.api.models import KeptAnswer
from tollbook.api.policy import ApiRequest, KeyRule
from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.kernel.errors import Refused, shown

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(days=30)
WAIT_MS = 5_000
FIRST_FAILURE = 400
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def read_key(request: ApiRequest, rule: KeyRule) -> str:
    """The request's Idempotency-Key, empty where there is none; HttpRefused 400 "idempotency_key_missing", "…_bad"."""
    key = request.headers.get(HEADER, "")
    if not key and rule.is_required:
        message = f"send {HEADER}: any text of up to 200 characters that names this request and no other"
        raise HttpRefused(400, "idempotency_key_missing", message, param=HEADER)
    if key and not _KEY.fullmatch(key):
        message = f"{HEADER} {shown(key)}: give 1 to 200 printable ASCII characters without blanks"
        raise HttpRefused(400, "idempotency_key_bad", message, param=HEADER)
    return key


def run_once(request: ApiRequest, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer of `run`, in one transaction; the kept answer when this key was answered before.

    A refusal changes nothing and is not kept, so the key may be used again. Refused 409 "idempotency_conflict" (another
    request had this key), "request_in_flight" (the first one is still at work after some seconds).
    """
    with transaction.atomic():
        if request.idempotency_key:
            wait_for_turn(request)
            if (kept := _kept(request)) is not None:
                return kept
        response = run()
        if response.status_code >= FIRST_FAILURE:
            transaction.set_rollback(True)
        elif request.idempotency_key and isinstance(response, HttpResponse):
            _keep(request, response)
    return response


def wait_for_turn(request: ApiRequest) -> None:
    """Hold the request's key until the transaction ends: a second request with it waits for the first one's answer.

    Refused 409 "request_in_flight" when that takes longer than some seconds.
    """
    name = f"{request.principal.name} {request.idempotency_key}"
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MS}")
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [name])
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                message = "the first request with this key is still at work: ask again later"
                raise Refused("request_in_flight", message, param=HEADER) from None
            raise
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")


def _kept(request: ApiRequest) -> HttpResponse | None:
    kept = KeptAnswer.objects.filter(principal=request.principal.name, key=request.idempotency_key).first()
    if kept is None:
        return None
    if bytes(kept.request_hash) != _hash(request):
        raise conflict()
    response = HttpResponse(bytes(kept.body), status=kept.status, content_type=kept.content_type)
    response["Idempotent-Replayed"] = "true"
    return response


def conflict() -> Refused:
    """The refusal of an Idempotency-Key that another request has used."""
    message = f"{HEADER}: this key was used for another request; a new request needs a new key"
    return Refused("idempotency_conflict", message, param=HEADER)


def _keep(request: ApiRequest, response: HttpResponse) -> None:
    KeptAnswer.objects.create(
        principal=request.principal.name,
        key=request.idempotency_key,
        request_hash=_hash(request),
        status=response.status_code,
        content_type=response["Content-Type"],
        body=response.content,
        created_at=clock.now(),
    )


def effect_key(request: ApiRequest) -> str:
    """A key for the effect of this request (a movement, a subscription), 44 characters, from its Idempotency-Key.

    The effect stays once for ever, also when the kept answer has been forgotten.
    """
    name = f"{request.principal.name} {request.idempotency_key}"
    return f"api:{hashlib.sha256(name.encode()).hexdigest()[:40]}"


def _hash(request: ApiRequest) -> bytes:
    head = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(head + request.raw).digest()


@action
def forget(at: datetime) -> int:
    """Drop answers kept for longer than 30 days; returns how many. From then on their keys are new ones."""
    count, _ = KeptAnswer.objects.filter(created_at__lt=at - KEPT_FOR).delete()
    return count
