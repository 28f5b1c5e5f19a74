"""Text from outside: bounded, and free of what no reader can see."""

from __future__ import annotations

import re

from tollbook.kernel.errors import Refused, shown

_CONTROL = re.compile(r"[\x01-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_BREAK = re.compile(r"[\t\n]")
# Overrides and isolates can make a name read as another one; plain right-to-left text needs none of them.
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CODE = re.compile(r"[a-z][a-z0-9_-]*")


def clean_text(value: object, field: str, limit: int, *, required: bool = True, multiline: bool = False) -> str:
    """`value` without blanks at its ends, at most `limit` characters.

    `multiline` permits tabs and line feeds (CR LF becomes LF). Raises Refused with `param=field` and a code:
    text_wrong (not text), text_nul, text_control, text_bidi, text_surrogate, text_too_long, text_empty
    (unless `required` is false).
    """
    if not isinstance(value, str):
        raise _no("text_wrong", field, value, "give text")
    if "\0" in value:
        raise _no("text_nul", field, value, "remove the NUL character")
    if len(value) > 2 * limit + 1000:
        raise _too_long(field, value, limit)
    text = value.strip()
    if multiline:
        text = text.replace("\r\n", "\n")
    _check_characters(text, field, multiline)
    if len(text) > limit:
        raise _too_long(field, text, limit)
    if required and not text:
        raise Refused("text_empty", f"{field} is empty: give at least one character", param=field, value="")
    return text


def clean_code(value: object, field: str, limit: int) -> str:
    """A short name for programs: small letters, digits, - and _, beginning with a letter. Refused "bad_code", and as
    `clean_text`.
    """
    found = clean_text(value, field, limit)
    if not _CODE.fullmatch(found):
        raise _no("bad_code", field, value, "use small letters, digits, - and _, and begin with a letter")
    return found


def _check_characters(text: str, field: str, multiline: bool) -> None:
    if _CONTROL.search(text) or (not multiline and _BREAK.search(text)):
        what = "control characters" if multiline else "control characters and line breaks"
        raise _no("text_control", field, text, f"remove {what}")
    if _BIDI.search(text):
        raise _no("text_bidi", field, text, "remove characters that change the direction of writing")
    if _SURROGATE.search(text):
        raise _no("text_surrogate", field, text, "give well-formed Unicode")


def _too_long(field: str, value: str, limit: int) -> Refused:
    message = f"{field} has {len(value)} characters: give at most {limit}"
    return Refused("text_too_long", message, param=field, value=shown(value), limit=limit)


def _no(code: str, field: str, value: object, right: str) -> Refused:
    return Refused(code, f"{field} {shown(value)}: {right}", param=field, value=shown(value))
