"""What holds for every price: lines sum to the amount, parts to the whole, and words never fail."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.money import add_up
from tollbook.rating import Terms, price_words, rate, words

amounts = st.decimals(0, 1000, places=4)
quantities = st.decimals(0, 100_000, places=3)
shares = st.fractions(0, 2, max_denominator=366)


@st.composite
def tier_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    tops = sorted(draw(st.sets(st.decimals("0.001", 10_000, places=3), max_size=5)))
    return [
        {"upto": None if top is None else str(top), "unit": str(draw(amounts)), "flat": str(draw(amounts))}
        for top in (*tops, None)
    ]


@st.composite
def prices(draw: st.DrawFn) -> Terms:
    model = draw(st.sampled_from(["flat", "unit", "graduated", "volume", "stairstep", "package"]))
    tiers = draw(tier_lists())
    fields: dict[str, dict[str, Any]] = {
        "flat": {"amount": str(draw(amounts))},
        "unit": {"unit_price": str(draw(amounts))},
        "graduated": {"tiers": tiers},
        "volume": {"tiers": tiers},
        "stairstep": {"tiers": [{"upto": tier["upto"], "flat": tier["flat"]} for tier in tiers]},
        "package": {
            "package_size": str(draw(st.decimals("0.1", 1000, places=1))),
            "package_price": str(draw(amounts)),
            "partial": draw(st.sampled_from(["up", "down"])),
        },
    }
    low, high = sorted((draw(amounts), draw(amounts)))
    extras = {
        "allowance": str(draw(quantities)),
        "minimum": str(low),
        "maximum": str(high),
        "discount_percent": str(draw(st.decimals(0, 100, places=2))),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(extras))))
    semantics = {
        "border": draw(st.sampled_from(["inclusive_top", "lower_bound"])),
        "flat_at_zero": draw(st.booleans()),
        "prorate": draw(st.sampled_from(["price", "limits", "none"])),
    }
    return Terms.parse(
        {"model": model, **fields[model], **{name: extras[name] for name in chosen}, "semantics": semantics}
    )


@given(prices(), quantities, quantities, shares, st.booleans())
def test_lines_sum_to_the_amount_and_speak(
    terms: Terms, before: Decimal, quantity: Decimal, share: Fraction, last: bool
) -> None:
    rated = rate(terms, quantity, before=before, share=share, last=last)
    assert add_up(line.amount for line in rated.lines) == rated.amount
    assert all(words(line.data(), "EUR", "GB") for line in rated.lines)
    assert all(price_words(terms, "JPY", ""))


@given(prices())
def test_stored_terms_read_back_equal(terms: Terms) -> None:
    assert Terms.parse(terms.data()) == terms


@given(prices(), st.lists(st.decimals("0.001", 10_000, places=3), min_size=1, max_size=5))
def test_a_run_split_anywhere_equals_one_run(terms: Terms, parts: list[Decimal]) -> None:
    whole = rate(terms, add_up(parts))
    rated = [
        rate(terms, part, before=add_up(parts[:number]), last=number == len(parts) - 1)
        for number, part in enumerate(parts)
    ]
    assert add_up(part.amount for part in rated) == whole.amount
    assert add_up(part.billable for part in rated) == whole.billable


@given(tier_lists(), st.booleans(), st.lists(quantities, min_size=2, max_size=6))
def test_graduated_never_falls_with_quantity(tiers: list[dict[str, Any]], at_zero: bool, found: list[Decimal]) -> None:
    terms = Terms.parse({"model": "graduated", "tiers": tiers, "semantics": {"flat_at_zero": at_zero}})
    amounts_due = [rate(terms, quantity).amount for quantity in sorted(found)]
    assert all(low <= high for low, high in pairwise(amounts_due))


@given(tier_lists(), quantities)
def test_graduated_equals_its_formula(tiers: list[dict[str, Any]], quantity: Decimal) -> None:
    """G(q) = sum over tiers of max(0, min(q, upto) - above) * unit + flat if entered, done slowly."""
    terms = Terms.parse({"model": "graduated", "tiers": tiers})
    above, expected = Fraction(0), Fraction(0)
    for number, tier in enumerate(tiers):
        top = Fraction(quantity) if tier["upto"] is None else min(Fraction(quantity), Fraction(tier["upto"]))
        if top > above or (number == 0 and quantity == 0):
            expected += (top - above) * Fraction(tier["unit"]) + Fraction(tier["flat"])
        above = above if tier["upto"] is None else Fraction(tier["upto"])
    assert Fraction(rate(terms, quantity).amount) == expected
