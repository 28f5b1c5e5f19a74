"""Rating: quantity and terms to explained lines. Pure.

terms = Terms.parse({"model": "unit", "unit_price": "0.0043", "allowance": "100"})
rated = rate(terms, Decimal(1500))
rated.amount                              # Decimal("6.0200"), exact and unrounded
[words(line.data(), "EUR", "message") for line in rated.lines]
"""

from tollbook.rating.discounts import Discount, Stacking
from tollbook.rating.lines import Line, Rated, Say, words
from tollbook.rating.modifiers import units
from tollbook.rating.rate import price_words, rate
from tollbook.rating.registry import known_models
from tollbook.rating.semantics import (
    PRESETS,
    Border,
    CreditOrder,
    Kind,
    PeriodEnd,
    Prorate,
    ProrationBase,
    Semantics,
    Unused,
)
from tollbook.rating.terms import Terms
from tollbook.rating.usage import Usage

__all__ = [
    "PRESETS",
    "Border",
    "CreditOrder",
    "Discount",
    "Kind",
    "Line",
    "PeriodEnd",
    "Prorate",
    "ProrationBase",
    "Rated",
    "Say",
    "Semantics",
    "Stacking",
    "Terms",
    "Unused",
    "Usage",
    "known_models",
    "price_words",
    "rate",
    "units",
    "words",
]
