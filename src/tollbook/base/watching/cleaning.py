"""What leaves the program for logs, traces and error reports: without secrets, and unable to forge a line. Pure."""

import re
from collections.abc import Mapping
from typing import Any

REMOVED = "[removed]"
DEPTH = 6
LONG = 8_000
# Fields whose value is never told, whatever it is.
_SECRET_NAME = re.compile(
    r"passw|passphrase|secret|token|authori[sz]ation|cookie|credential|api_?key|private_?key|signature|csrf|otp\b|"
    r"session(?:id|_key)|\bdsn\b|^(?:body|html|text|data|arguments|post|form|query_string)$",
    re.IGNORECASE,
)
_SECRET_TEXT = (
    (re.compile(r"\b(tbk_[a-z]+_)[\w-]+"), rf"\1{REMOVED}"),
    (re.compile(r"\b((?:sk|rk)_(?:live|test)_|whsec_)\w+"), rf"\1{REMOVED}"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {REMOVED}"),
    (re.compile(r"(://[^/\s:@]*:)[^@\s/]+@"), rf"\1{REMOVED}@"),
    (
        re.compile(
            r"\b(\w*(?:password|passwd|secret|token|api_?key|authorization|cookie)\w*)"
            r"(['\"]?\s*[=:]\s*)(?!\[removed)(?:'[^']*'|\"[^\"]*\"|[^\s'\",;&}\])]+)",
            re.IGNORECASE,
        ),
        rf"\1\2{REMOVED}",
    ),
)
# Control characters (also those of terminals), line ends of every kind, marks that turn the direction of reading.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def neutral(text: str) -> str:
    """`text` as one line without control characters: each becomes its escape, such as ``\\x0a``."""
    return _UNPRINTABLE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}"  # noqa: PLR2004  # what two digits can spell


def without_secrets(text: str) -> str:
    """`text` without keys, passwords in addresses and `password=...`; very long texts are cut."""
    for pattern, instead in _SECRET_TEXT:
        text = pattern.sub(instead, text)
    return text if len(text) <= LONG else f"{text[:LONG]}..."


def cleaned(value: Any, name: str = "", depth: int = DEPTH) -> Any:
    """`value` without secrets, all the way down: those under a telling `name`, and those that a text shows."""
    if name and _SECRET_NAME.search(name):
        return REMOVED
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return REMOVED
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _cleaned_inside(value, depth - 1) if depth > 0 else REMOVED
    return value


def _cleaned_inside(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {str(key): cleaned(inner, str(key), depth) for key, inner in value.items()}
    return [cleaned(inner, "", depth) for inner in value]
