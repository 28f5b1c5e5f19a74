"""Public ids: a prefix that says what it is, and 120 random bits that nobody can guess."""

from __future__ import annotations

import os
import re

from tollbook.kernel.errors import Refused, shown

_LENGTH = 24
# Any byte to one of 32 letters, each as likely as the next: 5 bits a letter.
_LETTERS = (b"abcdefghijklmnopqrstuvwxyz234567" * 8)[:256]
_PREFIX = re.compile(r"[a-z]{2,8}")
_BODY = re.compile(r"[a-z2-7]{24}")
_CHECKED: set[str] = set()


def new_id(prefix: str) -> str:
    """A new id such as 'inv_' and 24 characters; `prefix` is two to eight small letters."""
    if prefix not in _CHECKED:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"id prefix {prefix!r} must be two to eight small letters")
        _CHECKED.add(prefix)
    return f"{prefix}_{os.urandom(_LENGTH).translate(_LETTERS).decode('ascii')}"


def check_id(text: object, prefix: str, field: str) -> str:
    """`text` if it is an id with `prefix`, else Refused 'bad_id'. Does not look it up."""
    if isinstance(text, str):
        head, _, body = text.partition("_")
        if head == prefix and _BODY.fullmatch(body):
            return text
    right = f"such an id begins with {prefix}_ and has 24 more characters"
    message = f"{field} {shown(text)} is not an id of this kind: {right}"
    raise Refused("bad_id", message, param=field, value=shown(text))
