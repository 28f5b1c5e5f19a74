"""Terms: what a price version may hold, what is refused, how it reads, what a share of a period scales."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tollbook.kernel.errors import Invalid, Refused
from tollbook.rating import PRESETS, Terms, known_models, price_words, rate

TIERS = [{"upto": "10", "unit": "1", "flat": "5"}, {"upto": None, "unit": "0.5", "flat": "0"}]
EXAMPLES: dict[str, dict[str, Any]] = {
    "flat": {"amount": "49"},
    "unit": {"unit_price": "0.0043"},
    "graduated": {"tiers": TIERS},
    "volume": {"tiers": TIERS},
    "stairstep": {"tiers": [{"upto": "10", "flat": "5"}, {"upto": None, "flat": "9"}]},
    "package": {"package_size": "100", "package_price": "1", "partial": "down"},
    "threshold": {"unit_price": "1", "thresholds": [{"at_least": "100", "percent_off": "10"}]},
    "blocks": {"tiers": [{"block_size": "10", "max_blocks": 3, "block_price": "1"}], "policy": "top_tier"},
    "capacity": {"tiers": [{"limits": {"CPU": 2, "GB": None}, "price": "10"}]},
    "percentage": {"rate_percent": "2.9", "fixed_per_event": "0.30", "free_events": 3, "free_amount": "100"},
    "graduated_percentage": {"tiers": [{"upto": None, "rate_percent": "1.5", "flat": "2"}]},
    "per_reading": {"tiers": TIERS},
    "graduated_events": {"tiers": TIERS},
    "timed": {
        "slots": [{"weekdays": [1, 2], "from": "08:00", "rate": "1", "rate_unit_s": 60, "increment_s": 6}],
        "free_beyond": "5",
    },
    "by": {"dimension": "region", "prices": [{"prefix": "eu", "model": "unit", "unit_price": "1"}]},
}
# These have allowances of their own, or none that would be well defined.
WITHOUT_ALLOWANCE = {"percentage", "per_reading", "graduated_events", "timed", "by"}


def test_every_model_has_an_example_here() -> None:
    assert set(known_models()) == set(EXAMPLES)


@pytest.mark.parametrize("model", sorted(WITHOUT_ALLOWANCE))
def test_an_allowance_where_none_is_possible_is_refused(model: str) -> None:
    with pytest.raises(Invalid) as refused:
        Terms.parse({"model": model, **EXAMPLES[model], "allowance": "5"})
    assert [(p.code, p.field) for p in refused.value.problems] == [("not_here", "allowance")]


@pytest.mark.parametrize("preset", [None, *PRESETS])
@pytest.mark.parametrize("model", sorted(EXAMPLES))
def test_stored_terms_read_back_equal(model: str, preset: str | None) -> None:
    terms = Terms.parse(
        {
            "model": model,
            **EXAMPLES[model],
            "allowance": None if model in WITHOUT_ALLOWANCE else "2",
            "minimum": "1",
            "maximum": 100,
            "discount_percent": "12.5",
            "discounts": [{"percent": "5", "stacking": "multiplicative"}],
            "semantics": {} if preset is None else {"preset": preset},
        }
    )
    again = Terms.parse(json.loads(json.dumps(terms.data())))
    assert again == terms
    assert again.data() == terms.data()
    assert preset is None or again.semantics == PRESETS[preset]


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        ("unit", [("not_an_object", "price"), ("unknown_model", "model")]),
        ({"model": "cheap"}, [("unknown_model", "model")]),
        ({"model": "unit"}, [("missing", "unit_price")]),
        ({"model": "unit", "unit_price": 0.1}, [("float_refused", "unit_price")]),
        ({"model": "unit", "unit_price": "NaN"}, [("not_finite", "unit_price")]),
        ({"model": "unit", "unit_price": "1", "unit_pirce": "2"}, [("unknown_field", "unit_pirce")]),
        (
            {"model": "unit", "unit_price": "1", "discount_percent": "101"},
            [("bad_percent", "discount_percent")],
        ),
        ({"model": "unit", "unit_price": "1", "minimum": 5, "maximum": 4}, [("limits_crossed", "minimum")]),
        (
            {"model": "unit", "unit_price": "1", "semantics": {"preset": "x"}},
            [("bad_choice", "semantics.preset")],
        ),
        (
            {"model": "unit", "unit_price": "1", "semantics": {"flat_at_zero": "yes", "rounding": "bankers"}},
            [("bad_choice", "semantics.flat_at_zero"), ("bad_choice", "semantics.rounding")],
        ),
        ({"model": "package", "package_size": "0", "package_price": "1"}, [("not_positive", "package_size")]),
        (
            {"model": "package", "package_size": "-1"},
            [("negative_refused", "package_size"), ("missing", "package_price")],
        ),
        (
            {"model": "unit", "unit_price": "1", "discount_percent": "60", "discounts": [{"percent": "50"}]},
            [("bad_percent", "discounts")],
        ),
        ({"model": "unit", "unit_price": "1", "discounts": [{}]}, [("missing", "discounts[1].percent")]),
        (
            {"model": "stairstep", "tiers": [{"upto": None, "unit": "1", "flat": "1"}]},
            [("unknown_field", "tiers[1].unit")],
        ),
    ],
)
def test_wrong_terms_are_refused_with_every_fault(data: object, problems: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as refused:
        Terms.parse(data)
    assert [(p.code, p.field) for p in refused.value.problems] == problems


@pytest.mark.parametrize(
    ("prorate", "amount"),
    [
        # 30 units, 10 free, 1.00 each, at least 15: half of a period
        ("price", "10"),  # (30 - 10) * 1/2
        ("limits", "25"),  # 30 - 10 * 1/2
        ("none", "20"),
    ],
)
def test_what_a_share_of_a_period_scales(prorate: str, amount: str) -> None:
    terms = Terms.parse(
        {
            "model": "unit",
            "unit_price": "1",
            "allowance": "10",
            "minimum": "15",
            "semantics": {"prorate": prorate},
        }
    )
    assert rate(terms, Decimal(30), share=Fraction(1, 2)).amount == Decimal(amount)


@pytest.mark.parametrize(("prorate", "amount"), [("price", "7.5"), ("limits", "7.5"), ("none", "15")])
def test_a_minimum_for_a_part_of_a_period(prorate: str, amount: str) -> None:
    terms = Terms.parse({"model": "unit", "unit_price": "1", "minimum": "15", "semantics": {"prorate": prorate}})
    assert rate(terms, Decimal(1), share=Fraction(1, 2)).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("discounts", "amount"),
    [
        ([("10", "additive"), ("5", "additive")], "85"),
        ([("10", "multiplicative"), ("5", "multiplicative")], "85.5"),
        ([("10", "additive"), ("5", "multiplicative")], "85.5"),
    ],
)
def test_discounts_stack(discounts: list[tuple[str, str]], amount: str) -> None:
    """Waldur and django-silver: added percentages are one discount, multiplied ones follow each other."""
    rows = [{"percent": percent, "stacking": stacking} for percent, stacking in discounts]
    terms = Terms.parse({"model": "flat", "amount": "100", "discounts": rows})
    assert rate(terms, Decimal(1)).amount == Decimal(amount)


@pytest.mark.parametrize(("quantity", "before"), [("-1", "0"), ("-6", "5"), ("5", "-1")])
def test_a_quantity_below_zero_is_refused(quantity: str, before: str) -> None:
    terms = Terms.parse({"model": "unit", "unit_price": "1"})
    with pytest.raises(Refused) as refused:
        rate(terms, Decimal(quantity), before=Decimal(before))
    assert (refused.value.code, refused.value.param) == ("negative_quantity", "quantity")


def test_a_share_below_zero_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        rate(Terms.parse({"model": "flat", "amount": "1"}), Decimal(1), share=Fraction(-1, 2))
    assert refused.value.code == "bad_share"


def test_a_plan_page_tells_price_and_semantics() -> None:
    terms = Terms.parse(
        {
            "model": "volume",
            "tiers": TIERS,
            "allowance": "100",
            "minimum": "5",
            "maximum": "1000",
            "discount_percent": "10",
            "semantics": {"preset": "lago", "border": "lower_bound"},
        }
    )
    assert price_words(terms, "EUR", "GB") == [
        "The tier that the whole quantity reaches prices all of it.",
        "Up to 10 GB: 1.00 EUR for every GB, from the first one on and a fee of 5.00 EUR.",
        "Above 10 GB: 0.50 EUR for every GB, from the first one on.",
        "100 GB are included.",
        "A discount of 10 % is taken off.",
        "At most 1,000.00 EUR for a period.",
        "At least 5.00 EUR for a period.",
        "A quantity exactly on a border already belongs to the higher tier.",
        "The first tier's fee is due even without any use.",
        "A part of a period is counted in local calendar days of that period.",
        "For a part of a period, the same part of the price is due.",
        "When the plan changes or ends early, time that was paid and not used is credited.",
        "A period is shown up to and including its last day.",
        "Each invoice line is rounded once, half up, to the currency's smallest unit.",
        "Credit is used by priority, then the oldest first.",
    ]


@pytest.mark.parametrize(
    ("prorate", "kind", "told"),
    [
        ("price", "one_time", []),
        (
            "price",
            "metered",
            ["Use in a part of a period is priced in full; allowance, minimum and maximum stay whole."],
        ),
        (
            "limits",
            "metered",
            [
                "A part of a period is counted in local calendar days of that period.",
                "For a part of a period, use is priced in full; allowance, minimum and maximum shrink.",
            ],
        ),
    ],
)
def test_what_a_part_of_a_period_costs_is_told_as_it_is_for_the_kind_of_price(
    prorate: str, kind: str, told: list[str]
) -> None:
    terms = Terms.parse({"model": "unit", "unit_price": "1", "semantics": {"prorate": prorate}})
    assert price_words(terms, "EUR", "GB", kind)[1:-3] == told
