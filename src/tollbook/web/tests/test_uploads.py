"""What is taken as a file that people send, and what is refused before anything reads it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tollbook.kernel.errors import Refused
from tollbook.web.uploads import read

XML, CSV = b'<?xml version="1.0"?><Document/>', b"date,amount\n2026-05-01,12.00\n"


@pytest.mark.parametrize(
    ("raw", "xml"),
    [
        (XML, True),
        (b"\xef\xbb\xbf\n  " + XML, True),
        (XML.decode().encode("utf-16"), True),
        (CSV, False),
        (b"\xef\xbb\xbf" + CSV, False),
        ("größe;1\n".encode("latin-1"), False),
        (CSV.decode().encode("utf-16"), False),
    ],
)
def test_statements_are_taken_whatever_they_are_called(raw: bytes, xml: bool) -> None:
    for name in ("statement.pdf", "x", "../../etc/passwd"):
        assert read(SimpleUploadedFile(name, raw, "image/png"), 1024, xml=xml) == raw


@pytest.mark.parametrize(
    ("raw", "xml", "code"),
    [
        (b"", False, "file_wrong"),
        (CSV + b"x" * 1024, False, "file_wrong"),
        (XML, False, "file_type_wrong"),
        (CSV, True, "file_type_wrong"),
        (b"%PDF-1.7\n...", False, "file_type_wrong"),
        (b"PK\x03\x04...", False, "file_type_wrong"),
        (b"\x1f\x8b\x08...", True, "file_type_wrong"),
        (b"date,amount\n\x00\x01", False, "file_type_wrong"),
        (b"<html><body>", True, "file_type_wrong"),
        (b"  <!DOCTYPE HTML>", True, "file_type_wrong"),
        (b"<svg onload=alert(1)>", True, "file_type_wrong"),
    ],
)
def test_anything_else_is_refused(raw: bytes, xml: bool, code: str) -> None:
    with pytest.raises(Refused) as error:
        read(SimpleUploadedFile("statement.csv", raw, "text/csv"), 1024, xml=xml)
    assert error.value.code == code and error.value.param == "file"


def test_no_file_is_told_as_such() -> None:
    with pytest.raises(Refused, match="give a file of at most 1 kB"):
        read(None, 1024, xml=True)


def test_a_size_that_was_not_true_is_found_out() -> None:
    sent = SimpleUploadedFile("statement.csv", CSV + b"x" * 1024)
    sent.size = 10
    with pytest.raises(Refused) as error:
        read(sent, 1024, xml=False)
    assert error.value.code == "file_wrong"
