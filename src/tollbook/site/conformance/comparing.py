"""Whether an answer is what a case expects: numbers by value, instants as instants, all else exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.kernel.numbers import parse_decimal

# What an adapter may answer with; lists and objects hold the same.
Value = Any
REMARK = "alt_"


def agrees(answer: Value, expected: object) -> bool:
    """Whether the answer equals what is expected."""
    if answer is None or isinstance(answer, bool):
        return answer is expected
    if isinstance(answer, int | Decimal | Fraction):
        return _number(expected) == Fraction(answer)
    if isinstance(answer, datetime):
        return _instant(expected) == answer
    if isinstance(answer, Mapping):
        return _objects(answer, expected)
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        return _lists(answer, expected)
    return bool(spelled(answer) == expected)


def _objects(answer: Mapping[Any, Value], expected: object) -> bool:
    if not isinstance(expected, Mapping) or set(answer) != set(expected):
        return False
    return all(agrees(value, expected[name]) for name, value in answer.items())


def _lists(answer: Sequence[Value], expected: object) -> bool:
    if not isinstance(expected, list) or len(answer) != len(expected):
        return False
    return all(agrees(one, other) for one, other in zip(answer, expected, strict=True))


def _number(expected: object) -> Fraction | None:
    if isinstance(expected, bool):
        return None
    try:
        return Fraction(parse_decimal(expected, "expected", digits=200, places=100, negative=True))
    except Refused:
        return None


def _instant(expected: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(expected if isinstance(expected, str) else "")
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def spelled(answer: Value) -> Any:
    """The answer as JSON: decimals as text, dates and instants in ISO 8601."""
    if isinstance(answer, Decimal):
        return plain(answer)
    if isinstance(answer, Fraction):
        return str(answer)
    if isinstance(answer, date):
        return answer.isoformat()
    if isinstance(answer, Mapping):
        return {str(name): spelled(value) for name, value in answer.items()}
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        return [spelled(value) for value in answer]
    return answer
