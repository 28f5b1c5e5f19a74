"""Whatever JSON stands where a price should be, the answer is a price or a list of problems, never another error."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tollbook.kernel.errors import Invalid
from tollbook.rating import Terms, price_words

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

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["NaN", "1e9", "-1", "0", "9" * 40, "0.0000000000001", "\0", "25:61", "unit"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of everything inside a JSON value, itself included."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, (*path, key))


@pytest.mark.parametrize("price", PRICES, ids=lambda price: str(price["model"]))
# Run once for each model: a fifth of the usual examples is enough for each.
@settings(max_examples=settings().max_examples // 5)
@given(st.data())
def test_any_json_is_a_price_or_a_list_of_problems(price: dict[str, Any], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(places(price))))
    broken = {"": json.loads(json.dumps(price))}
    target: Any = broken
    for key in ("", *path)[:-1]:
        target = target[key]
    target[("", *path)[-1]] = data.draw(json_values)
    try:
        terms = Terms.parse(broken[""])
    except Invalid as refused:
        assert all(problem.code and problem.reason and problem.field for problem in refused.problems)
    else:
        assert Terms.parse(json.loads(json.dumps(terms.data()))) == terms
        assert price_words(terms, "EUR", "GB")
