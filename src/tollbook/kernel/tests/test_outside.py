"""Values from outside: numbers, instants, days, text and ids, each refused with its own code."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import check_id, new_id
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import parse_day, parse_instant, zone_info


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.50", "12.5"), ("0", "0"), ("-0", "0"), (7, "7"), (Decimal("1E+3"), "1000"), ("1e-5", "0.00001"),
        ("+1", "1"), (".5", "0.5"), ("5.", "5"), ("0.0000000000000000", "0"), ("1.000000000000000", "1"),
        ("9999999999999999.999999999999", "9999999999999999.999999999999"),
    ],
)  # fmt: skip
def test_numbers(value: object, number: str) -> None:
    found = parse_decimal(value, "quantity")
    assert found == Decimal(number)
    assert "E" not in str(found)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0.1, "float_refused"), (float("nan"), "float_refused"),
        ("NaN", "not_finite"), ("-Infinity", "not_finite"), ("inf", "not_finite"),
        (Decimal("sNaN"), "not_finite"),
        ("", "not_a_number"), ("12,5", "not_a_number"), ("1 000", "not_a_number"), (" 1", "not_a_number"),
        ("1_000", "not_a_number"), ("0x10", "not_a_number"), ("١٢", "not_a_number"), (None, "not_a_number"),
        (True, "not_a_number"), ([], "not_a_number"), ("1\n", "not_a_number"), ("a" * 10**6, "not_a_number"),
        ("1.0000000000001", "too_many_digits"),
        ("10000000000000000", "too_many_digits"),
        ("1e999", "too_many_digits"), ("1e-999", "too_many_digits"),
        pytest.param(10**5000, "too_many_digits", id="5000 digits"),
        ("9" * 10**6, "too_many_digits"), (Decimal("1." + "0" * 300 + "1"), "too_many_digits"),
        ("-1", "negative_refused"), (-1, "negative_refused"),
    ],
)  # fmt: skip
def test_wrong_numbers_are_refused(value: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_decimal(value, "quantity")
    assert (refused.value.code, refused.value.param) == (code, "quantity")
    assert len(refused.value.message) < 200


def test_negative_numbers_where_they_are_allowed() -> None:
    assert parse_decimal("-1.5", "adjustment", negative=True) == Decimal("-1.5")


@given(st.one_of(st.text(max_size=40), st.integers(), st.none(), st.decimals(), st.binary(max_size=5)))
def test_any_value_gives_a_decimal_or_a_refusal(value: Any) -> None:
    try:
        number = parse_decimal(value, "x")
    except Refused as refused:
        assert refused.param == "x"
    else:
        assert number.is_finite()
        assert number >= 0


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-05-01T00:00:00Z", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01T02:00:00+02:00", datetime(2026, 5, 1, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2199-12-31T23:59:59.999999Z", datetime(2199, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)),
    ],
)
def test_instants(text: object, instant: datetime) -> None:
    assert parse_instant(text, "at") == instant


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-05-01T00:00:00", "naive_datetime"), ("2026-05-01", "naive_datetime"),
        (datetime(2026, 5, 1), "naive_datetime"),  # noqa: DTZ001  - the point of the case
        ("yesterday", "not_a_datetime"), ("", "not_a_datetime"), (None, "not_a_datetime"),
        (0, "not_a_datetime"),
        ("2026-02-30T00:00:00Z", "not_a_datetime"), ("2026-05-01T24:00:01Z", "not_a_datetime"),
        ("2026-05-01T00:00:00Z" + " " * 100, "not_a_datetime"),
        ("1969-12-31T23:59:59Z", "out_of_range"), ("1970-01-01T00:00:00+01:00", "out_of_range"),
        ("2200-01-01T00:00:00Z", "out_of_range"), ("0001-01-01T00:00:00+14:00", "out_of_range"),
        ("9999-12-31T23:59:59-14:00", "out_of_range"),
    ],
)  # fmt: skip
def test_wrong_instants_are_refused(text: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_instant(text, "at")
    assert (refused.value.code, refused.value.param) == (code, "at")


def test_days() -> None:
    assert parse_day("2026-05-01", "on") == parse_day(date(2026, 5, 1), "on") == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [("2026-02-29", "not_a_date"), ("20260501", "not_a_date"), ("2026-W18-5", "not_a_date"),
     (None, "not_a_date"),
     ("1969-12-31", "out_of_range"), ("2200-01-01", "out_of_range"),
     (datetime(2026, 5, 1, tzinfo=UTC), "not_a_date")],
)  # fmt: skip
def test_wrong_days_are_refused(text: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_day(text, "on")
    assert (refused.value.code, refused.value.param) == (code, "on")


@pytest.mark.parametrize("name", ["Mars/Base", "", "../../etc/passwd", "Europe", "/etc/localtime", "a\0b"])
def test_unknown_zones_are_refused(name: str) -> None:
    with pytest.raises(Refused) as refused:
        zone_info(name)
    assert refused.value.code == "unknown_zone"


def test_text() -> None:
    assert clean_text("  Ärzte ohne Grenzen e.V. 😀 ", "name", 40) == "Ärzte ohne Grenzen e.V. 😀"
    assert clean_text("one\r\n\ttwo", "note", 40, multiline=True) == "one\n\ttwo"
    assert clean_text("  ", "note", 40, required=False) == ""
    assert clean_text("שלום", "name", 4) == "שלום"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "text_wrong"), (b"x", "text_wrong"), ("a\0b", "text_nul"), ("\0", "text_nul"),
        ("a\nb", "text_control"), ("a\tb", "text_control"),
        ("a\x1bb", "text_control"), ("a\x85b", "text_control"),
        ("a\u2028b", "text_control"), ("a\u202eb", "text_bidi"), ("a\u2066b", "text_bidi"),
        ("a\ud800b", "text_surrogate"), ("", "text_empty"), ("   ", "text_empty"),
        ("abcdef", "text_too_long"), ("a" * 10**7, "text_too_long"),
    ],
)  # fmt: skip
def test_wrong_text_is_refused(value: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        clean_text(value, "name", 5)
    assert (refused.value.code, refused.value.param) == (code, "name")
    assert refused.value.message.isascii()


def test_ids() -> None:
    first, second = new_id("inv"), new_id("inv")
    assert first != second
    assert first.startswith("inv_")
    assert len(first) == len("inv_") + 24
    assert check_id(first, "inv", "invoice") == first


@pytest.mark.parametrize("text", ["", None, "inv_", "inv_1", "sub_" + "a" * 24, "inv_" + "A" * 24, "inv_" + "1" * 24])
def test_wrong_ids_are_refused(text: object) -> None:
    with pytest.raises(Refused) as refused:
        check_id(text, "inv", "invoice")
    assert (refused.value.code, refused.value.param) == ("bad_id", "invoice")


@pytest.mark.parametrize("prefix", ["", "x", "Inv", "inv_", "toolongprefix"])
def test_wrong_prefixes_are_a_fault_of_the_program(prefix: str) -> None:
    with pytest.raises(ValueError, match="id prefix"):
        new_id(prefix)
