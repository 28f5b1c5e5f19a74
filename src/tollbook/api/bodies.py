"""Reading a JSON body: strictly, and bounded in size and depth, before anything looks at it."""

import json
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from django.http import HttpRequest

from tollbook.api.errors import HttpRefused
from tollbook.kernel.errors import Refused, shown

JSON = "application/json"
DEPTH = 20
DIGITS = 100
LENGTH_DIGITS = 15


def read_raw(request: HttpRequest, limit: int, *, kinds: Collection[str] = (JSON,), optional: bool = False) -> bytes:
    """The body's bytes, of one of the content types `kinds`; b"" where it is `optional` and there is none.

    HttpRefused 413 "body_too_large", 415 "not_json", 400 "body_empty".
    """
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not length.isascii() or not length.isdigit() or len(length) > LENGTH_DIGITS:
        raise HttpRefused(400, "bad_length", "Content-Length is not a number of bytes", param="Content-Length")
    if int(length) > limit:
        raise _too_large(limit)
    raw = request.body
    if not raw.strip():
        if optional:
            return b""
        raise HttpRefused(400, "body_empty", "the body is empty: send a JSON object")
    if request.content_type not in kinds:
        given, right = shown(request.content_type or ""), " or ".join(kinds)
        raise HttpRefused(415, "not_json", f"content type {given}: send {right}", param="Content-Type")
    if len(raw) > limit:
        raise _too_large(limit)
    return raw


def parse(raw: bytes) -> object:
    """The JSON value that the body spells.

    Raises HttpRefused 400 "malformed_json", "json_too_deep", "duplicate_field" (an object that names a field twice says
    two things), and Refused 422 "not_finite", "too_many_digits". Numbers with a fraction come out as float, which
    every decimal field refuses: no digit is lost silently.
    """
    try:
        text = raw.decode("utf-8")
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer)
    except UnicodeDecodeError as error:
        raise HttpRefused(400, "malformed_json", f"the body is not UTF-8: byte {error.start}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise HttpRefused(400, "malformed_json", f"the body is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise _too_deep() from None
    check_depth(found)
    return found


def check_depth(value: object) -> None:
    """HttpRefused 400 "json_too_deep" when lists and objects nest deeper than any of our requests does."""
    level: list[object] = [value]
    for _ in range(DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise _too_deep()


def _children(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise HttpRefused(400, "duplicate_field", f"an object names {shown(twice)} twice", param=twice[:60])
    return found


def _constant(name: str) -> NoReturn:
    raise BodyRefused("not_finite", f"{name} is not a JSON number: give a finite number as text")


def _integer(text: str) -> int:
    if len(text) > DIGITS:
        raise BodyRefused("too_many_digits", f"a number of {len(text)} digits: give a shorter one")
    return int(text)


class BodyRefused(Refused):
    """The body is JSON, nearly, but holds a number that no field takes."""

    status = 422


def _too_deep() -> HttpRefused:
    return HttpRefused(400, "json_too_deep", f"the body nests deeper than {DEPTH} levels")


def _too_large(limit: int) -> HttpRefused:
    return HttpRefused(413, "body_too_large", f"the body has more than {limit} bytes", limit=limit)
