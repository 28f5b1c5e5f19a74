"""The door: what every request passes before its view runs, in this order.

Key (401) and from where it may be used (403), rate limit (429), scope and role (403), address and parameters
(404, 422), body (413, 415, 400), then the transaction with its idempotency key (409) and the version that it
changes (412).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tollbook.api import limits, versions
from tollbook.api.bodies import parse, read_raw
from tollbook.api.errors import HttpRefused, answer, internal
from tollbook.api.once import read_key, run_once
from tollbook.api.policy import ApiRequest, KeyRule, Policy, Principal
from tollbook.api.settings import REQUESTS_PER_MINUTE
from tollbook.base import clock, walls
from tollbook.features.queries import value
from tollbook.identity.actions import note_use
from tollbook.identity.queries import key_of
from tollbook.identity.rules import may_come_from
from tollbook.kernel.errors import Invalid, NotFound, Problem, TollbookError, shown

View = Callable[..., HttpResponseBase]
_IN_PATH = re.compile(r"[A-Za-z0-9_.:-]{1,120}")
_TEXT = re.compile(r"[^\x00-\x1f\x7f]{0,1000}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a route asks of a request: its policy, the names that may stand in the query, whether it reads a body."""

    policy: Policy
    parameters: frozenset[str]
    takes_body: bool


def guarded(run: View, asked: Asked, current: View | None = None) -> View:
    """`run` behind the door; `current` reads what it changes, where a version can be asked for."""
    policy = asked.policy

    def change(request: ApiRequest, **path: Any) -> HttpResponseBase:
        if current is not None:
            versions.check(request, path, current)
        return run(request, **path)

    def call(request: HttpRequest, **path: Any) -> HttpResponseBase:
        mine = cast(ApiRequest, request)
        try:
            _enter(mine, asked, path)
            if policy.key is KeyRule.EFFECT:
                # Only acts, and the busiest ones: they would take the wall down before they do anything.
                return run(mine, **path)
            inside = _walled(mine.principal, change)
            if policy.key is KeyRule.NONE:
                return versions.read(mine, inside(mine, **path))
            return run_once(mine, lambda: inside(mine, **path))
        except (TollbookError, RequestDataTooBig, OperationalError) as error:
            return answer(mine, error)
        except DatabaseError as error:
            # A constraint that is checked when the transaction commits: the books refuse what the code let pass.
            return internal(mine, error)

    return call


def _walled(principal: Principal, run: View) -> View:
    """`run` behind the wall of the customer whose key this is; as it is for a key of staff."""
    row_id = principal.customer_id
    if row_id is None:
        return run
    return lambda request, **path: walls.answered(row_id, lambda: run(request, **path))


def _enter(request: ApiRequest, asked: Asked, path: dict[str, Any]) -> None:
    policy, takes_body = asked.policy, asked.takes_body
    request.principal = authenticate(request)
    request.allowance = limits.count(request.principal.name, value(REQUESTS_PER_MINUTE))
    request.allowance.check()
    policy.check(request.principal)
    _check_address(request, asked.parameters, path)
    request.raw, request.json = b"", None
    request.idempotency_key = read_key(request, policy.key) if policy.key is not KeyRule.NONE else ""
    if policy.body_limit:
        request.raw = read_raw(request, policy.body_limit, kinds=policy.body_kinds, optional=not takes_body)
        if not policy.reads_raw and request.raw:
            request.json = parse(request.raw)
        if not takes_body and request.json not in (None, {}):
            problem = Problem(None, "body", shown(request.json), "unknown_field", "this request takes no body")
            raise Invalid([problem])


def authenticate(request: HttpRequest) -> Principal:
    """Whose key the request carries; HttpRefused 401 "key_missing", or "key_wrong" whatever is wrong with it."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        message = "send the header Authorization: Bearer tbk_live_…"
        raise _unknown("key_missing", message)
    at = clock.now()
    key = key_of(text.strip(), at)
    if key is None:
        raise _unknown("key_wrong", "the key is unknown, expired or revoked")
    address = client_address(request)
    if not may_come_from(key.addresses, address):
        message = f"the key may not be used from {shown(address)}"
        raise HttpRefused(403, "address_not_allowed", message, address=address)
    note_use(key, at)
    return Principal(key, key.customer_id, None if key.customer_id is not None else key.user)


def client_address(request: HttpRequest) -> str:
    """Where the request comes from: the peer of the connection, or whom our own proxy names last (TOLLBOOK_PROXY=1).

    What stands before that in X-Forwarded-For was written by the caller and proves nothing.
    """
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def _unknown(code: str, message: str) -> HttpRefused:
    return HttpRefused(401, code, message, param="Authorization").with_headers(WWW_Authenticate="Bearer")


def _check_address(request: HttpRequest, parameters: frozenset[str], path: dict[str, Any]) -> None:
    for part in path.values():
        # What could never be an id is not looked for; the answer is that of an id that nobody has.
        if not _IN_PATH.fullmatch(str(part)):
            raise NotFound("not_found", "there is nothing at this address")
    problems = [
        Problem(None, shown(name), "", "unknown_parameter", f"{shown(name)} is not a parameter of this request")
        for name in request.GET
        if name not in parameters
    ]
    problems += [
        Problem(None, name, shown(given), "text_control", f"{name} {shown(given)}: remove control characters")
        for name, given in request.GET.items()
        if name in parameters and not _TEXT.fullmatch(str(given))
    ]
    if problems:
        raise Invalid(problems)
