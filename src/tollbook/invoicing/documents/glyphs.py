"""What the bundled fonts can print, and what is printed instead of the rest.

PDF/A demands a glyph for every character, so a name in a script without a font would stop the document. The
rule: a covered character is printed; else its compatibility form (NFKD) if that is covered; else `□`.
Characters that steer the direction of writing are dropped (they could make an amount read backwards), other
invisible ones become a blank. The e-invoice keeps the text as it was written, less what XML forbids.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
UNKNOWN = "\u25a1"
LONGEST_WORD = 24
NARROW, WIDE = 4, 12
"""Formats of a TrueType character map: the first 65,536 code points, and all."""
_BREAK = "\u200b"
_STEERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Joiners and variation selectors shape their neighbours, and need no glyph of their own.
_SHAPING = re.compile("[\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]")
_JOINERS = frozenset("\u200c\u200d")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD},}}")


def printable(text: str) -> str:
    """`text` in one paragraph of characters that the fonts have; long words may break anywhere."""
    if text.isascii() and text.isprintable() and len(text) < LONGEST_WORD:
        return text
    plain = " ".join(_covered(_STEERING.sub("", text)).split())
    return _LONG_WORD.sub(lambda match: breakable(match.group()), plain)


def breakable(word: str) -> str:
    """`word` with a place to break after every few characters, without parting a letter from its marks."""
    parts: list[str] = []
    since = 0
    for char in word:
        if since >= LONGEST_WORD // 3 and not unicodedata.combining(char) and char not in _JOINERS:
            parts.append(_BREAK)
            since = 0
        parts.append(char)
        since += 1
    return "".join(parts)


def xml_text(text: str) -> str:
    """`text` for XML: characters that XML 1.0 forbids become the replacement character."""
    return _NOT_XML.sub("\ufffd", text)


def coverage() -> frozenset[int]:
    """The code points that at least one bundled font has a glyph for."""
    return _coverage(FONTS)


@cache
def _coverage(folder: Path) -> frozenset[int]:
    points: set[int] = set()
    for path in sorted(folder.glob("*.ttf")):
        points.update(code_points(path.read_bytes()))
    return frozenset(points)


def _covered(text: str) -> str:
    known = coverage()
    return "".join(char if ord(char) in known else _instead(char) for char in text)


@lru_cache(maxsize=4096)
def _instead(char: str) -> str:
    if _SHAPING.match(char):
        return char if char in _JOINERS else ""
    if char.isspace() or unicodedata.category(char) in ("Cc", "Cf"):
        return " "
    known = coverage()
    simpler = unicodedata.normalize("NFKD", char)
    if simpler != char and all(ord(part) in known for part in simpler):
        return simpler
    return UNKNOWN


def code_points(font: bytes) -> Iterator[int]:
    """The code points of a TrueType font's character map, format 4 or 12; ValueError without either."""
    start = _cmap_offset(font)
    _, count = struct.unpack_from(">HH", font, start)
    best: dict[int, int] = {}
    for index in range(count):
        _, _, offset = struct.unpack_from(">HHL", font, start + 4 + 8 * index)
        (kind,) = struct.unpack_from(">H", font, start + offset)
        best[kind] = start + offset
    if WIDE in best:
        return _segmented_wide(font, best[WIDE])
    if NARROW in best:
        return _segmented(font, best[NARROW])
    raise ValueError("the font has no Unicode character map")


def _cmap_offset(font: bytes) -> int:
    (tables,) = struct.unpack_from(">H", font, 4)
    for index in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * index)
        if tag == b"cmap":
            return int(offset)
    raise ValueError("the font has no character map")


def _segmented_wide(font: bytes, at: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">L", font, at + 12)
    for index in range(groups):
        first, last, glyph = struct.unpack_from(">LLL", font, at + 16 + 12 * index)
        yield from range(first if glyph else first + 1, last + 1)


def _segmented(font: bytes, at: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", font, at + 6)
    ends = at + 14
    starts = ends + twice + 2
    for index in range(0, twice, 2):
        (last,) = struct.unpack_from(">H", font, ends + index)
        (first,) = struct.unpack_from(">H", font, starts + index)
        (delta,) = struct.unpack_from(">H", font, starts + twice + index)
        (jump,) = struct.unpack_from(">H", font, starts + 2 * twice + index)
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point
            if jump:
                place = starts + 2 * twice + index + jump + 2 * (point - first)
                (glyph,) = struct.unpack_from(">H", font, place)
            if not jump or glyph:
                glyph = (glyph + delta) & 0xFFFF
            if glyph:
                yield point
