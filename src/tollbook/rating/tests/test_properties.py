"""What holds for every price: lines sum to the amount, parts to the whole, and words never fail."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given

from tollbook.kernel.money import add_up
from tollbook.rating import Terms, price_words, rate, words
from tollbook.rating.tests.packed import Packed, packed

PRICE = 128  # bytes that a price takes at most


def amount(of: Packed) -> Decimal:
    return of.decimal(0, 1000, 4)


def quantity_of(of: Packed) -> Decimal:
    return of.decimal(0, 100_000, 3)


def tier_list(of: Packed) -> list[dict[str, Any]]:
    tops = sorted(set(of.many(lambda: of.decimal("0.001", 10_000, 3), 0, 5)))
    return [
        {"upto": None if top is None else str(top), "unit": str(amount(of)), "flat": str(amount(of))}
        for top in (*tops, None)
    ]


def price(of: Packed) -> Terms:
    model = of.one_of(["flat", "unit", "graduated", "volume", "stairstep", "package"])
    fields: dict[str, Any]
    if model == "flat":
        fields = {"amount": str(amount(of))}
    elif model == "unit":
        fields = {"unit_price": str(amount(of))}
    elif model == "package":
        fields = {
            "package_size": str(of.decimal("0.1", 1000, 1)),
            "package_price": str(amount(of)),
            "partial": of.one_of(["up", "down"]),
        }
    elif model == "stairstep":
        fields = {"tiers": [{"upto": tier["upto"], "flat": tier["flat"]} for tier in tier_list(of)]}
    else:
        fields = {"tiers": tier_list(of)}
    low, high = sorted((amount(of), amount(of)))
    extras = {
        "allowance": str(quantity_of(of)),
        "minimum": str(low),
        "maximum": str(high),
        "discount_percent": str(of.decimal(0, 100, 2)),
    }
    semantics = {
        "border": of.one_of(["inclusive_top", "lower_bound"]),
        "flat_at_zero": of.flag(),
        "prorate": of.one_of(["price", "limits", "none"]),
    }
    chosen = {name: value for name, value in extras.items() if of.flag()}
    return Terms.parse({"model": model, **fields, **chosen, "semantics": semantics})


@given(packed(lambda of: (price(of), quantity_of(of), quantity_of(of), of.fraction(2, 366), of.flag()), PRICE + 20))
def test_lines_sum_to_the_amount_and_speak(found: tuple[Terms, Decimal, Decimal, Fraction, bool]) -> None:
    terms, before, quantity, share, last = found
    rated = rate(terms, quantity, before=before, share=share, last=last)
    assert add_up(line.amount for line in rated.lines) == rated.amount
    assert all(words(line.data(), "EUR", "GB") for line in rated.lines)
    assert all(price_words(terms, "JPY", ""))


@given(packed(price, PRICE))
def test_stored_terms_read_back_equal(terms: Terms) -> None:
    assert Terms.parse(terms.data()) == terms


@given(packed(lambda of: (price(of), of.many(lambda: of.decimal("0.001", 10_000, 3), 1, 5)), PRICE + 28))
def test_a_run_split_anywhere_equals_one_run(found: tuple[Terms, list[Decimal]]) -> None:
    terms, parts = found
    whole = rate(terms, add_up(parts))
    rated = [
        rate(terms, part, before=add_up(parts[:number]), last=number == len(parts) - 1)
        for number, part in enumerate(parts)
    ]
    assert add_up(part.amount for part in rated) == whole.amount
    assert add_up(part.billable for part in rated) == whole.billable


@given(packed(lambda of: (tier_list(of), of.flag(), of.many(lambda: quantity_of(of), 2, 6)), 128))
def test_graduated_never_falls_with_quantity(found: tuple[list[dict[str, Any]], bool, list[Decimal]]) -> None:
    tiers, at_zero, quantities = found
    terms = Terms.parse({"model": "graduated", "tiers": tiers, "semantics": {"flat_at_zero": at_zero}})
    amounts_due = [rate(terms, quantity).amount for quantity in sorted(quantities)]
    assert all(low <= high for low, high in pairwise(amounts_due))


def tiers_and_quantity(of: Packed) -> tuple[list[dict[str, Any]], Decimal]:
    """Tiers, and any quantity or one that is a border of theirs."""
    tiers, quantity = tier_list(of), quantity_of(of)
    tops = [Decimal(tier["upto"]) for tier in tiers if tier["upto"] is not None]
    return tiers, of.one_of([quantity, *tops])


@given(packed(tiers_and_quantity, 96))
def test_graduated_equals_its_formula(found: tuple[list[dict[str, Any]], Decimal]) -> None:
    """G(q) = sum over tiers of max(0, min(q, upto) - above) * unit + flat if entered, done slowly."""
    tiers, quantity = found
    terms = Terms.parse({"model": "graduated", "tiers": tiers})
    above, expected = Fraction(0), Fraction(0)
    for number, tier in enumerate(tiers):
        top = Fraction(quantity) if tier["upto"] is None else min(Fraction(quantity), Fraction(tier["upto"]))
        if top > above or (number == 0 and quantity == 0):
            expected += (top - above) * Fraction(tier["unit"]) + Fraction(tier["flat"])
        above = above if tier["upto"] is None else Fraction(tier["upto"])
    assert Fraction(rate(terms, quantity).amount) == expected
