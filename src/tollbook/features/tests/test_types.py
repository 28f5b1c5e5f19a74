"""Values of features by type: what is read, and what is refused with which code."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from tollbook.features.registry import Feature, Level, collect, declared
from tollbook.features.types import FeatureType, amount_of, choice, exact, whole, yes_no
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


EUR = {"amount": "10.50", "currency": "EUR"}


@pytest.mark.parametrize(
    ("kind", "given", "expected", "written"),
    [
        (yes_no(), True, True, True),
        (whole(1, 9), 9, 9, 9),
        (choice(Colour), "red", Colour.RED, "red"),
        (exact(), "0.10", Decimal("0.10"), "0.1"),
        (exact(), 7, Decimal(7), "7"),
        (exact(negative=True), "-1.5", Decimal("-1.5"), "-1.5"),
        (amount_of(), EUR, Money(Decimal("10.5"), "EUR"), {"amount": "10.5", "currency": "EUR"}),
    ],
)
def test_read_and_write(kind: FeatureType, given: Any, expected: Any, written: Any) -> None:
    value = kind.read(given, "a.b")
    assert value == expected and type(value) is type(expected)
    assert kind.write(value) == written
    assert kind.read(written, "a.b") == expected


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        (yes_no(), 1, "feature_value_wrong"),
        (yes_no(), "true", "feature_value_wrong"),
        (yes_no(), None, "feature_value_wrong"),
        (whole(1, 9), 0, "feature_value_wrong"),
        (whole(1, 9), 10, "feature_value_wrong"),
        (whole(1, 9), 2.0, "feature_value_wrong"),
        (whole(1, 9), True, "feature_value_wrong"),
        (whole(1, 9), "2", "feature_value_wrong"),
        (choice(Colour), "green", "feature_value_wrong"),
        (exact(), 0.1, "float_refused"),
        (exact(), "NaN", "not_finite"),
        (exact(), "-1", "negative_refused"),
        (exact(), "1" * 40, "too_many_digits"),
        (exact(), True, "not_a_number"),
        (amount_of(), "10", "not_money"),
        (amount_of(), {**EUR, "more": 1}, "not_money"),
        (amount_of(), {**EUR, "currency": "XYZ"}, "unknown_currency"),
        (amount_of(), {**EUR, "amount": 10.5}, "float_refused"),
    ],
)
def test_refused(kind: FeatureType, given: Any, code: str) -> None:
    with pytest.raises(Refused) as error:
        kind.read(given, "a.b")
    assert (error.value.code, error.value.param) == (code, "value")


def feature(key: str, **more: Any) -> Feature:
    return Feature(key, **{"type": yes_no(), "default": True, "title": "T", "help": "H", **more})


def test_a_wrong_declaration_does_not_start() -> None:
    with pytest.raises(ValueError, match=r"write room\.name"):
        feature("Portal")
    with pytest.raises(ValueError, match="at least one level"):
        feature("a.b", levels=())
    with pytest.raises(Refused):
        feature("a.b", type=whole(1, 5), default=6)
    with pytest.raises(ValueError, match=r"two features are called a\.b"):
        collect([[feature("a.b")], [feature("a.c"), feature("a.b")]])
    assert list(collect([[feature("b.x"), feature("a.x")]])) == ["a.x", "b.x"]


def test_every_declared_feature_is_described() -> None:
    found = declared()
    assert {
        "api.requests_per_minute",
        "invoicing.issue_zero",
        "portal.show_usage",
        "portal.show_wallet",
    } <= found.keys()
    for each in found.values():
        assert each.title and each.help.endswith(".") and each.type.schema()
        assert set(each.levels) <= set(Level)
