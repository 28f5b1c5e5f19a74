"""Every way in which a request can fail, in one shape: {code, message, param, request_id}.

`details` (facts about the case) and `problems` (every fault of the data given) are added where there are any.

400 malformed request      401 no valid key        403 the key may not     404 no such thing, or not yours
405 method                 409 refused by a rule   413 too large           415 not JSON
422 wrong data             429 too many requests   500 our fault           502, 503 another system's, or try again
"""

import logging
from typing import Any, cast

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja.errors import HttpError
from ninja.errors import ValidationError as NinjaValidationError

from tollbook.kernel.errors import Invalid, NotFound, Problem, Retryable, TollbookError, shown

log = logging.getLogger("tollbook.api")
RETRY_AFTER_S = 2
PROBLEMS_SHOWN = 1_000


class HttpRefused(TollbookError):
    """The request itself is at fault, before any rule is asked: 400, 401, 403, 405, 413, 415, 429."""

    def __init__(self, status: int, code: str, message: str, *, param: str | None = None, **details: Any) -> None:
        super().__init__(code, message, param=param, **details)
        self.status = status
        self.headers: dict[str, str] = {}

    def with_headers(self, **headers: str) -> "HttpRefused":
        """The same refusal, answered with these headers besides."""
        self.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return self


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """The response to an error that is part of the contract; LookupError for one that is not."""
    found = _known(error)
    body = found.data()
    if "problems" in body:
        body["problems"] = body["problems"][:PROBLEMS_SHOWN]
    body["request_id"] = getattr(request, "request_id", "")
    response = JsonResponse(body, status=found.status)
    if isinstance(found, Retryable):
        response["Retry-After"] = str(found.after_s)
    for name, value in getattr(found, "headers", {}).items():
        response[name] = value
    return response


def _known(error: Exception) -> TollbookError:
    match error:
        case TollbookError():
            return error
        case NinjaValidationError():
            return Invalid([_problem(fault) for fault in error.errors])
        case Http404():
            return NotFound("not_found", "there is nothing at this address")
        case RequestDataTooBig():
            return HttpRefused(413, "body_too_large", "the body is larger than this route takes")
        case HttpError():
            return HttpRefused(error.status_code, "bad_request", error.message)
        case OperationalError():
            # A deadlock, a failed serialization or a database that is away: nothing was written.
            log.warning("database: %s", error)
            return Retryable("database_busy", "nothing was changed; send it again", after_s=RETRY_AFTER_S)
    raise LookupError(f"{type(error).__name__} is no part of the contract")


def internal(request: HttpRequest, error: Exception) -> HttpResponse:
    """The response to a fault of ours: the log has the trace, the caller has the request id to ask about."""
    request_id = getattr(request, "request_id", "")
    log.error("request %s failed", request_id, exc_info=error)
    body = {"code": "internal_error", "message": "this is our fault and was noted", "param": None}
    return JsonResponse({**body, "request_id": request_id}, status=500)


# What pydantic calls its findings, in our words; a finding that is not here keeps the general code.
_CODES = {
    "missing": ("required", "is required"),
    "extra_forbidden": ("unknown_field", "is not a field of this request"),
    "string_type": ("text_wrong", "give text"),
    "bool_type": ("not_a_boolean", "give true or false"),
    "bool_parsing": ("not_a_boolean", "give true or false"),
    "int_type": ("not_a_whole_number", "give a whole number"),
    "int_parsing": ("not_a_whole_number", "give a whole number"),
    "int_from_float": ("not_a_whole_number", "give a whole number"),
    "list_type": ("not_a_list", "give a list"),
    "dict_type": ("not_an_object", "give an object"),
    "model_type": ("not_an_object", "give an object"),
    "model_attributes_type": ("not_an_object", "give an object"),
}
_GENERAL = frozenset(
    "enum literal_error greater_than_equal less_than_equal too_long too_short string_too_long string_too_short "
    "string_pattern_mismatch int_parsing_size union_tag_invalid".split()
)


def _problem(fault: dict[str, Any]) -> Problem:
    place = [part for part in cast("tuple[object, ...]", fault["loc"])[1:] if part != "body"]
    # ninja puts the name of the view's argument first where the body is one model.
    names = [str(part) for part in place]
    field = ".".join(names[1:] if fault["loc"][0] == "body" and len(names) > 1 else names) or "body"
    value = shown(fault.get("input", "")) if fault["type"] not in {"missing", "extra_forbidden"} else ""
    kind = fault["type"]
    if kind in _CODES:
        code, right = _CODES[kind]
        return Problem(None, field, value, code, f"{field}: {right}")
    if kind in _GENERAL:
        return Problem(None, field, value, "out_of_choice", f"{field} {value}: {fault['msg'].lower()}")
    return Problem(None, field, value, kind, str(fault["msg"]))
