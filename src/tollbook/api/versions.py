"""ETags: an answer that has not changed is not sent again, and a change is not made over somebody else's.

An ETag is a digest of the answer itself, so it cannot be forgotten by whoever changes a row. It saves the transfer, not
the reading.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase

from tollbook.api.errors import HttpRefused
from tollbook.api.policy import ApiRequest

OK = 200
_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e]*)"|\*')
_LONGEST = 2_000


def etag(response: HttpResponse) -> str:
    """The ETag of an answer: the same bytes of the same kind have the same one."""
    said = response.get("Content-Type", "").encode() + b"\n" + response.content
    return f'"{hashlib.blake2b(said, digest_size=16).hexdigest()}"'


def read(request: ApiRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer to a GET with its ETag; 304 without a body when the caller has it already (If-None-Match)."""
    if response.status_code != OK or not isinstance(response, HttpResponse):
        return response
    tag = etag(response)
    if not _named(request, "If-None-Match").isdisjoint({tag, "*"}):
        response = HttpResponseNotModified()
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def check(request: ApiRequest, path: dict[str, Any], current: Callable[..., HttpResponseBase]) -> None:
    """Within the transaction of a PUT: HttpRefused 412 "changed_meanwhile" unless what `current` answers has an ETag of
    the request's If-Match. Without that header nothing is checked.

    Of two requests that name the same version only one can go on: they take turns until the transaction ends.
    """
    wanted = _named(request, "If-Match")
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 8))", [request.path])
    found = current(request, **path)
    if found.status_code != OK or not isinstance(found, HttpResponse):
        return  # the change itself says what is wrong
    if etag(found) not in wanted and "*" not in wanted:
        message = "If-Match: this was changed meanwhile; read it again, then send what it shall be"
        raise HttpRefused(412, "changed_meanwhile", message, param="If-Match").with_headers(ETag=etag(found))


def _named(request: ApiRequest, header: str) -> set[str]:
    """The ETags of a header, a weak one by its value: they are digests, so an equal one is the same answer."""
    given = request.headers.get(header, "")
    if not given:
        return set()
    parts = [part.strip() for part in given[:_LONGEST].split(",")]
    bad = next((part for part in parts if not _TAG.fullmatch(part)), None)
    if bad is not None or len(given) > _LONGEST:
        raise HttpRefused(400, "etag_malformed", f'{header}: give ETags as they were answered: "…"', param=header)
    return {part.removeprefix("W/") for part in parts}
