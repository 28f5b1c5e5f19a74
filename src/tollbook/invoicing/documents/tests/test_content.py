"""Frozen content: canonical text, round trips, and figures that must agree."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tollbook.invoicing.documents import stored
from tollbook.invoicing.documents.content import days_of
from tollbook.invoicing.documents.tests import samples
from tollbook.kernel.errors import Invalid, Refused

D = Decimal


def test_simple_figures() -> None:
    made = samples.simple()
    assert [line.net for line in made.lines] == [
        D("38.40"),
        D("16.50"),
        D("0.00"),
        D("115.46"),
        D("9.00"),
        D("14.00"),
    ]
    assert (made.net, made.tax, made.total, made.payable) == (
        D("193.36"),
        D("36.74"),
        D("230.10"),
        D("230.10"),
    )


@pytest.mark.parametrize("make", [samples.simple, samples.credit_note, samples.reverse_charge, samples.long])
def test_json_round_trip(make: Any) -> None:
    made = make()
    assert stored.from_json(stored.to_json(made)) == made
    assert stored.content_hash(stored.from_json(stored.to_json(made))) == stored.content_hash(made)


def test_canonical_form() -> None:
    made = samples.content([samples.line("a", "1.50", "2.00")])
    data = json.loads(stored.to_json(made))
    assert (data["net"], data["tax"], data["total"], data["prepaid"]) == ("3.00", "0.57", "3.57", "0.00")
    line = data["lines"][0]
    assert (line["quantity"], line["unit_price"], line["exact"], line["net"]) == ("1.5", "2", "3", "3.00")
    assert data["issued_on"] == "2026-11-30"
    assert list(data) == sorted(data)


def test_the_same_values_spelled_otherwise_have_the_same_hash() -> None:
    one = samples.content([samples.line("a", "1.50", "2.00")])
    other = samples.content([samples.line("a", "1.5", "2")])
    assert stored.content_hash(one) == stored.content_hash(other)


def test_hash_is_pinned() -> None:
    """A change here means that invoices issued before would no longer match their hash."""
    assert (
        stored.content_hash(samples.credit_note()) == "90ed7ad69462b10e46cec967dd16d4607a4911629dd2ebf3c3ed2926bd715006"
    )


def test_every_change_changes_the_hash() -> None:
    made = samples.simple()
    seen = {
        stored.content_hash(replace(made, **change))
        for change in (
            {},
            {"note": "x"},
            {"number": "NW-2"},
            {"accent": "#000000"},
            {"due_on": date(2026, 12, 15)},
        )
    }
    assert len(seen) == 5


def test_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        samples.simple().net = D(1)  # type: ignore[misc]  # what the test is about


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"net": D("193.37")}, "net", "sum_mismatch"),
        ({"tax": D("36.75")}, "tax", "sum_mismatch"),
        ({"total": D("230.11")}, "total", "sum_mismatch"),
        ({"payable": D("1.00")}, "payable", "sum_mismatch"),
        ({"prepaid": D("1.00")}, "payable", "sum_mismatch"),
        ({"net": D("193.361")}, "net", "too_many_digits"),
        ({"net": 193.36}, "net", "float_refused"),
        ({"net": D("NaN")}, "net", "not_finite"),
        ({"currency": "XQZ"}, "currency", "unknown_currency"),
        ({"number": " "}, "number", "text_empty"),
        ({"kind": "bill"}, "kind", "unknown_kind"),
        ({"kind": "credit_note"}, "corrects", "corrects_missing"),
        ({"accent": "red"}, "accent", "not_a_colour"),
        ({"language": "xx_YY_ZZ"}, "language", "unknown_language"),
        ({"lines": ()}, "lines", "line_count"),
        ({"taxes": ()}, "taxes", "taxes_mismatch"),
        ({"period_start": date(2026, 12, 1)}, "period_end", "wrong_period"),
        ({"seller": replace(samples.SELLER, country="Germany")}, "seller.country", "unknown_country"),
        ({"buyer": replace(samples.BUYER, name="")}, "buyer.name", "text_empty"),
    ],
)
def test_wrong_content_cannot_be_made(change: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        replace(samples.simple(), **change)
    assert (field, code) in [(found.field, found.code) for found in caught.value.problems]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"net": D("38.41")}, "net", "net_not_exact"),
        ({"unit_price": D("76.81")}, "exact", "price_explains_not"),
        ({"position": 2}, "position", "wrong_position"),
        ({"name": ""}, "name", "text_empty"),
        ({"quantity": 0.5}, "quantity", "float_refused"),
        ({"unit_price": D("0.0000000000001")}, "unit_price", "too_many_digits"),
        ({"period_end": None}, "period_end", "wrong_period"),
    ],
)
def test_wrong_line_is_named_by_its_row(change: dict[str, Any], field: str, code: str) -> None:
    made = samples.simple()
    lines = (replace(made.lines[0], **change), *made.lines[1:])
    with pytest.raises(Invalid) as caught:
        replace(made, lines=lines)
    assert (1, field, code) in [(found.row, found.field, found.code) for found in caught.value.problems]


def test_tax_that_is_not_its_percentage() -> None:
    made = samples.content([samples.line("a", "1", "100")])
    wrong = (replace(made.taxes[0], tax=D("19.02")),)
    with pytest.raises(Invalid) as caught:
        replace(made, taxes=wrong, tax=D("19.02"), total=D("119.02"), payable=D("119.02"))
    assert [(found.field, found.code) for found in caught.value.problems] == [("taxes.tax", "sum_mismatch")]


def test_tax_rounded_by_line_is_accepted() -> None:
    """Three lines of 0.13: 19 % of the sum is 0.07, the sum of rounded taxes is 0.06."""
    made = samples.content([samples.line(name, "1", "0.13") for name in "abc"])
    again = replace(
        made,
        taxes=(replace(made.taxes[0], tax=D("0.06")),),
        tax=D("0.06"),
        total=D("0.45"),
        payable=D("0.45"),
    )
    assert again.total == D("0.45")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "content_unreadable"),
        ("{", "content_unreadable"),
        ('{"version":2}', "content_version"),
        ('{"version":1}', "content_unreadable"),
        ('{"version":1,"kind":"invoice","net":3.0}', "content_unreadable"),
    ],
)
def test_unreadable_json(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        stored.from_json(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("start", "end", "zone", "days"),
    [
        ("2026-11-01T00:00:00", "2026-12-01T00:00:00", "UTC", ("2026-11-01", "2026-11-30")),
        ("2026-10-31T23:00:00", "2026-11-30T23:00:00", "Europe/Berlin", ("2026-11-01", "2026-11-30")),
        ("2026-10-24T22:00:00", "2026-10-25T23:00:00", "Europe/Berlin", ("2026-10-25", "2026-10-25")),
        ("2026-11-01T04:00:00", "2026-11-02T05:00:00", "America/New_York", ("2026-11-01", "2026-11-01")),
    ],
)
def test_days_of(start: str, end: str, zone: str, days: tuple[str, str]) -> None:
    first, last = days_of(
        datetime.fromisoformat(start).replace(tzinfo=UTC),
        datetime.fromisoformat(end).replace(tzinfo=UTC),
        zone,
    )
    assert (first.isoformat(), last.isoformat()) == days
