"""Files that people send: bounded in size and looked at before anything reads them. Their names decide nothing."""

from typing import Any

from tollbook.kernel.errors import Refused

# How files begin that are neither text nor XML, whatever their name says.
_OTHERS = (
    b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"MZ", b"\x7fELF",
    b"7z\xbc\xaf", b"Rar!", b"{\\rtf",
)  # fmt: skip
_MARKUP = (b"<!doctype html", b"<html", b"<script", b"<svg")
_HEAD = 4096


def read(sent: Any, limit: int, *, xml: bool, field: str = "file") -> bytes:
    """The bytes of an uploaded file (None: nothing was sent) that is `xml` or, if not, plain text such as CSV.

    Refused "file_wrong" for none, an empty one, or one of more than `limit` bytes; "file_type_wrong" for what is
    something else.
    """
    if sent is None or not sent.size or sent.size > limit:
        raise Refused("file_wrong", f"{field}: give a file of at most {limit // 1024} kB", param=field)
    raw: bytes = sent.read(limit + 1)
    if len(raw) > limit:
        raise Refused("file_wrong", f"{field}: give a file of at most {limit // 1024} kB", param=field)
    head = raw[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    markup = head.lower().startswith(_MARKUP)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16, which XML and spreadsheets may be in
    if head.startswith(_OTHERS) or markup or (b"\x00" in raw[:_HEAD] and not wide):
        raise _type_wrong(field, xml=xml)
    if not wide and xml is not head.startswith(b"<"):
        raise _type_wrong(field, xml=xml)
    return raw


def _type_wrong(field: str, *, xml: bool) -> Refused:
    right = "an XML file (camt.053)" if xml else "a text file with columns (CSV)"
    return Refused("file_type_wrong", f"{field}: this is another kind of file; give {right}", param=field)
