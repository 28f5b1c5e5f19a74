"""Public ids: a prefix that says what it is, and 120 random bits that nobody can guess."""

from __future__ import annotations

import re
import secrets
from base64 import b32encode

from tollbook.kernel.errors import Refused, shown

_BYTES = 15
_LETTERS = 24
_PREFIX = re.compile(r"[a-z]{2,8}")
_BODY = re.compile(r"[a-z2-7]{24}")


def new_id(prefix: str) -> str:
    """A new id such as 'inv_' and 24 characters; `prefix` is two to eight small letters."""
    return new_ids(prefix, 1)[0]


def new_ids(prefix: str, count: int) -> list[str]:
    """As many new ids with that prefix, made at one go."""
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"id prefix {prefix!r} must be two to eight small letters")
    # 15 bytes are 24 letters exactly, so ids encoded together are ids encoded one by one.
    letters = b32encode(secrets.token_bytes(_BYTES * count)).decode("ascii").lower()
    return [f"{prefix}_{letters[start : start + _LETTERS]}" for start in range(0, len(letters), _LETTERS)]


def check_id(text: object, prefix: str, field: str) -> str:
    """`text` if it is an id with `prefix`, else Refused 'bad_id'. Does not look it up."""
    if isinstance(text, str):
        head, _, body = text.partition("_")
        if head == prefix and _BODY.fullmatch(body):
            return text
    right = f"such an id begins with {prefix}_ and has 24 more characters"
    message = f"{field} {shown(text)} is not an id of this kind: {right}"
    raise Refused("bad_id", message, param=field, value=shown(text))
