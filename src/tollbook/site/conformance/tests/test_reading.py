"""What is wrong with a file ends the run with one line; what is wrong with a case makes it unsupported."""

import json
from pathlib import Path
from typing import Any

import pytest

from tollbook.kernel.errors import TollbookError
from tollbook.site.conformance.cases import Case, read
from tollbook.site.conformance.comparing import agrees
from tollbook.site.conformance.running import Status, run_case


def case(kind: str, expected: dict[str, Any] | None = None, **fields: Any) -> Case:
    return Case(1, "x", kind, fields, expected or {"amount": "1"})


UNIT = {"unit_price": "2", "quantity": "3"}
CALL = {"start": "2026-05-04T12:00:00", "end": "2026-05-04T12:01:00"}


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        ("charge.unit", {"unit_price": "2"}, "input.quantity is missing"),
        ("charge.unit", {**UNIT, "quantity": None}, "input.quantity is missing"),
        ("charge.unit", {**UNIT, "quantity": "1,5"}, "input.quantity '1,5': give a decimal number such as '12.50'"),
        ("charge.unit", {**UNIT, "quantity": True}, "input.quantity True: give a decimal number such as '12.50'"),
        ("charge.unit", {**UNIT, "quantity": "NaN"}, "input.quantity 'NaN': give a finite number"),
        ("charge.unit", {**UNIT, "round_places": 99}, "input.round_places 99: give a number from -40 to 40"),
        ("charge.unit", {**UNIT, "last_in_period": 1}, "input.last_in_period 1: give true or false"),
        ("charge.unit", {**UNIT, "quantity": "-1"}, "refused (negative_quantity): quantity -1 of a period is below zero"),
        ("charge.unit", {**UNIT, "unit_price": "-2"}, "refused (invalid): unit_price: unit_price '-2': give"),
        ("charge.graduated", {"quantity": "1", "tiers": 5}, "refused (invalid): tiers: tiers 5: give a list"),
        ("charge.capacity", {"peaks": [], "tiers": []}, "input.peaks []: an object is needed"),
        ("rating.call", {**CALL, "end": "2026-05-04T12:01:00Z", "slots": []}, "input.end '2026-05-04T12:01:00Z': give a"),
        ("calendar.days_in_period", {"from": "2026-02-30", "to_exclusive": "2026-03-01"}, "input.from '2026-02-30': give"),
        ("calendar.whole_periods", {"from": "2026-02-01", "to": "2026-03-01", "period": "0d"}, "refused (bad_days)"),
        ("tax.inclusive", {"gross": "1", "rate_percent": "-100", "currency": "EUR"}, "cannot be calculated: ZeroDivision"),
        ("tax.percent", {"net": "1", "rate_percent": "1", "currency": "XQZ"}, "refused (unknown_currency)"),
        ("allocate", {"amount": "1", "parts": ["1/0"], "rule": "floor_then_first"}, "input.parts '1/0': give a fraction"),
        ("dunning.retries", {"first_failure": "2026-01-01", "gaps_days": ["x"]}, "input.gaps_days.gap 'x': give a"),
        ("dunning.retries", {"first_failure": "2026-01-01", "gaps_days": {}}, "input.gaps_days {}: give a list"),
        ("wallet.timeline", {"events": [{"do": "dance"}]}, "input.events[1].do 'dance': known are grant, use"),
        ("wallet.timeline", {"events": ["grant"]}, "input.events[1] 'grant': an object is needed"),
        ("wallet.timeline", {"events": [{"do": "use", "amount": "1", "id": "a"}]}, "input.events[1].id: no such field"),
        ("charge.telepathy", {}, "no adapter for kind charge.telepathy"),
        ("telepathy", {}, "no adapter for kind telepathy"),
        ("stored", {}, "no adapter for kind stored"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_unsupported_with_a_reason(kind: str, fields: dict[str, Any], reason: str) -> None:
    result = run_case(case(kind, **fields))
    assert result.status is Status.UNSUPPORTED
    assert result.reason.startswith(reason)


def test_an_expectation_that_the_kind_does_not_answer_is_unsupported() -> None:
    told = run_case(case("charge.unit", {"amount": "6", "colour": "red", "alt_amount": "7"}, **UNIT))
    assert (told.status, told.reason) == (
        Status.UNSUPPORTED,
        "expected: field colour is not part of this kind's answer",
    )
    assert run_case(case("charge.unit", {"alt_amount": "7"}, **UNIT)).status is Status.UNSUPPORTED
    assert run_case(case("charge.unit", {"amount": "6.000", "alt_amount": "7"}, **UNIT)).status is Status.PASSED


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("5", "a case is an object, not 5"),
        ("{}", "the case lacks a proper id"),
        ('{"id": 1, "kind": "x", "input": {}, "expected": {}}', "the case lacks a proper id"),
        ('{"id": "a", "kind": "x", "input": [], "expected": {}}', "the case lacks a proper input"),
        ('{"id": "a", "kind": "x", "input": {}}', "the case lacks a proper expected"),
    ],
)
def test_a_line_that_is_no_case(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(f"\n{line}\n")
    (found,) = read(path)
    assert [found.row, run_case(found).status, run_case(found).reason] == [2, Status.UNSUPPORTED, reason]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"{}\n{\n", "not_json", "line 2 is not JSON"),
        (b'{"id": NaN}', "not_json", "NaN is not a number of JSON"),
        (b"[" * 200_000, "not_json", "too deeply nested"),
        (b'{"a":' + b"9" * 5000 + b"}", "not_json", "line 1 is not JSON"),
        (b'"' + b"x" * 1_000_001 + b'"', "not_json", "longer than 1000000 characters"),
        (b"\xff\xfe", "not_text", "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes, code: str, words: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(content)
    with pytest.raises(TollbookError) as refused:
        read(path)
    assert refused.value.code == code
    assert words in refused.value.message
    assert "\n" not in refused.value.message


def test_numbers_with_a_point_are_read_exactly(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    fields = '{"granted": 0.1, "from": "2026-01-01T00:00:00", "to_exclusive": "2026-01-02T00:00:00", "readings": []}'
    path.write_text(
        f'{{"id": "a", "kind": "aggregate.latest_balance", "input": {fields}, "expected": {{"balance": 0.10}}}}'
    )
    assert run_case(read(path)[0]).status is Status.PASSED


@pytest.mark.parametrize(
    ("answer", "expected", "same"),
    [
        (50, "50.00", True), (50, 50, True), (1, True, False), (True, 1, False), (True, True, True),
        (None, None, True), (None, "0", False), (0, None, False), (50, "fifty", False), (50, ["50"], False),
        ("ok", "ok", True), ("ok", "OK", False), ([1, 2], ["1.0", "2"], True), ([1, 2], ["2", "1"], False),
        ([1], ["1", "1"], False), ({"a": 1}, {"a": "1"}, True), ({"a": 1}, {"a": "1", "b": "2"}, False), ({}, [], False),
    ],
)  # fmt: skip
def test_numbers_are_compared_by_value_and_all_else_exactly(answer: object, expected: object, same: bool) -> None:
    assert agrees(answer, json.loads(json.dumps(expected))) is same
