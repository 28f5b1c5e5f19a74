"""Which request this is about: an id that stands in the answer, in each log line, in the audit trail and in jobs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest

from tollbook.kernel.ids import new_id

HEADER = "X-Request-Id"
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request that is being served, or that queued the job that runs; empty outside both."""
    return _current.get()


@contextmanager
def within(given: str) -> Iterator[None]:
    """Whatever happens inside happens for the request `given`."""
    token = _current.set(given)
    try:
        yield
    finally:
        _current.reset(token)


def believed(request: HttpRequest) -> bool:
    """Whether what a request says of its own id and trace is taken: from our own proxy, and from callers of the API."""
    return settings.SECURE_PROXY_SSL_HEADER is not None or request.path_info.startswith("/api/")


def identify(request: HttpRequest) -> str:
    """The request's id, decided once: the one it came with where that may be believed, else a new one.

    Believed are our own proxy (TOLLBOOK_PROXY), which must set the header itself, and callers of the API, whose
    document offers them to name their requests. What is not 8 to 64 letters, digits, ".", "-" or "_" is no id.
    """
    known = getattr(request, "request_id", "")
    if known:
        return str(known)
    given = request.headers.get(HEADER, "")
    found = given if believed(request) and _ID.fullmatch(given) else new_id("req")
    request.request_id = found  # type: ignore[attr-defined]  # ours, read by the API's errors
    return found
