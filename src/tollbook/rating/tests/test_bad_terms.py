"""Whatever JSON stands where a price should be, the answer is a price or a list of problems, never another error."""

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from tollbook.kernel.errors import Invalid
from tollbook.rating import Terms, price_words
from tollbook.rating.tests.packed import Packed, packed

TIERS = [{"upto": "10", "unit": "1", "flat": "5"}, {"upto": None, "unit": "0.5", "flat": "0"}]
PRICES: list[dict[str, Any]] = [
    {"model": "unit", "unit_price": "1", "allowance": "5", "minimum": "1", "maximum": "9", "discount_percent": "5"},
    {"model": "flat", "amount": "1", "discounts": [{"percent": "5", "stacking": "additive"}]},
    {"model": "graduated", "tiers": TIERS, "semantics": {"preset": "lago", "flat_at_zero": False}},
    {"model": "stairstep", "tiers": [{"upto": "1", "flat": "5"}, {"upto": None, "flat": "6"}]},
    {"model": "package", "package_size": "10", "package_price": "1", "partial": "down"},
    {"model": "threshold", "unit_price": "1", "thresholds": [{"at_least": "5", "percent_off": "10"}]},
    {"model": "blocks", "tiers": [{"block_size": "10", "max_blocks": 3, "block_price": "1"}]},
    {"model": "capacity", "tiers": [{"limits": {"CPU": 2}, "price": "10"}]},
    {"model": "percentage", "rate_percent": "2", "basis": "transaction", "free_events": 3, "max_per_transaction": 4},
    {"model": "graduated_percentage", "tiers": [{"upto": None, "rate_percent": "1"}]},
    {
        "model": "timed",
        "slots": [{"weekdays": [1], "from": "08:00", "rate": "1", "rate_unit_s": 60, "increment_s": 6}],
    },
    {"model": "by", "dimension": "region", "prices": [{"prefix": "eu", "model": "unit", "unit_price": "1"}]},
]  # fmt: skip

TEXTS = ["NaN", "1e9", "-1", "0", "9" * 40, "0.0000000000001", "\0", "25:61", "unit"]
DOUBLES = [0.0, -0.0, 0.5, 1.0, 1e308, float("nan"), float("inf"), float("-inf")]
WORST = 272  # bytes of the largest value, and of the choice of its place


def text(of: Packed, most: int) -> str:
    """Up to `most` characters: of ASCII, of Latin-1, of the first plane, of any; never half of a pair."""
    how = of.byte()
    found = (int.from_bytes(of.bytes(3), "big") for _ in range(how % (most + 1)))
    points = [number % (0x80, 0x100, 0xD800, 0x110000)[how >> 6] for number in found]
    return "".join(chr(point) for point in points if not 0xD800 <= point < 0xE000)


def json_value(of: Packed, depth: int = 2) -> Any:
    """Any JSON: null, yes and no, whole numbers up to 2**127, all 2**64 doubles, text, and lists and objects of those."""
    how = of.byte()
    if depth and how < 80:
        if how & 1:
            return of.many(lambda: json_value(of, depth - 1), 0, depth + 1)
        return {text(of, 3): json_value(of, depth - 1) for _ in range(of.byte() % (depth + 2))}
    makers: list[Callable[[], Any]] = [
        lambda: None,
        of.flag,
        lambda: int.from_bytes(of.bytes(of.one_of([1, 2, 4, 8, 16])), "big", signed=True),
        lambda: of.one_of(DOUBLES),
        lambda: struct.unpack(">d", of.bytes(8))[0],
        lambda: text(of, 8),
        lambda: of.one_of(TEXTS),
    ]
    return makers[how % len(makers)]()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of everything inside a JSON value, itself included."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, (*path, key))


@pytest.mark.parametrize("price", PRICES, ids=lambda price: str(price["model"]))
# Run once for each model: a fifth of the usual examples is enough for each.
@settings(max_examples=settings().max_examples // 5)
@given(found=packed(lambda of: (of.byte(), json_value(of)), WORST))
def test_any_json_is_a_price_or_a_list_of_problems(price: dict[str, Any], found: tuple[int, Any]) -> None:
    paths = list(places(price))
    path = paths[found[0] % len(paths)]
    broken = {"": json.loads(json.dumps(price))}
    target: Any = broken
    for key in ("", *path)[:-1]:
        target = target[key]
    target[("", *path)[-1]] = found[1]
    try:
        terms = Terms.parse(broken[""])
    except Invalid as refused:
        assert all(problem.code and problem.reason and problem.field for problem in refused.problems)
    else:
        assert Terms.parse(json.loads(json.dumps(terms.data()))) == terms
        assert price_words(terms, "EUR", "GB")
