"""What machines ask: alive, ready, numbers. Answered before hosts, sessions and the database are looked at.

Strangers learn nothing from them: alive and ready say one word, and /metrics does not exist for who may not read it.
"""

import ipaddress
import logging
import os
from collections.abc import Callable
from functools import lru_cache
from hmac import compare_digest
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from tollbook.base.watching import metrics

log = logging.getLogger(__name__)
DRAINING = "TOLLBOOK_DRAINING_FILE"
OK, UNAVAILABLE, NOT_FOUND, NOT_ALLOWED = 200, 503, 404, 405
_migrated = False


class Probes:
    """Answers GET and HEAD of /healthz, /readyz and /metrics."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.answers = {"/healthz": _alive, "/readyz": _ready, "/metrics": _numbers}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.answers.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        response = answer(request) if request.method in {"GET", "HEAD"} else _told("method not allowed", NOT_ALLOWED)
        response.headers["Cache-Control"] = "no-store"
        return response


def _told(word: str, status: int) -> HttpResponse:
    return JsonResponse({"status": word}, status=status)


def _alive(request: HttpRequest) -> HttpResponse:
    """200 when this process answers. It does not ask the database: a restart would not mend that."""
    return _told("ok", OK)


def _ready(request: HttpRequest) -> HttpResponse:
    """200 when requests should come here: not being stopped, the database answers, its schema is this program's."""
    why = unready()
    if why:
        log.warning("not ready: %s", why)
    return _told("unavailable", UNAVAILABLE) if why else _told("ok", OK)


def unready() -> str:
    """Why this process should get no requests now; empty when it should."""
    global _migrated  # a schema that was complete stays so for this process
    draining = os.environ.get(DRAINING)
    if draining and Path(draining).exists():
        return "draining"
    try:
        if not _migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "migrations are pending"
            _migrated = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        connection.close()  # the next probe tries a new one
        return f"the database does not answer: {error}"
    return ""


def _numbers(request: HttpRequest) -> HttpResponse:
    """The metrics, for who has the token or asks from one of the networks that may; 404 for anybody else."""
    if not (_has_token(request) or _is_near(request)):
        return _told("not found", NOT_FOUND)
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _has_token(request: HttpRequest) -> bool:
    wanted = settings.TOLLBOOK_METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return bool(wanted) and scheme.lower() == "bearer" and compare_digest(given.strip().encode(), wanted.encode())


def _is_near(request: HttpRequest) -> bool:
    # Behind a proxy every request seems to come from it: what it forwards is not from near.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False  # over a Unix socket nobody has an address
    return any(address in network for network in _networks(settings.TOLLBOOK_METRICS_NETWORKS))


@lru_cache(maxsize=4)
def _networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
