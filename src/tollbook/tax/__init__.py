"""Tax: who charges which tax, and how much it is. Pure.

treatment = decide(seller, buyer, "standard", day, rates)
lines = groups([(net, treatment), ...], "EUR")
"""

from tollbook.tax.amounts import (
    AfterCoupon,
    Reach,
    Spread,
    after_coupon,
    due_of_price,
    exclusive,
    inclusive,
    reach,
    spread_coupon,
    stacked,
    stacked_gross,
)
from tollbook.tax.decide import Code, Part, Party, Treatment, check_vat_id, decide, home
from tollbook.tax.groups import (
    PartTax,
    Priced,
    TaxLine,
    TaxMode,
    breakdown,
    groups,
    groups_of_gross,
    nets_of_gross,
    totals,
)
from tollbook.tax.membership import in_eu
from tollbook.tax.rates import Rate, check_rates, find_rate, find_rates, place

__all__ = [
    "AfterCoupon",
    "Code",
    "Part",
    "PartTax",
    "Party",
    "Priced",
    "Rate",
    "Reach",
    "Spread",
    "TaxLine",
    "TaxMode",
    "Treatment",
    "after_coupon",
    "breakdown",
    "check_rates",
    "check_vat_id",
    "decide",
    "due_of_price",
    "exclusive",
    "find_rate",
    "find_rates",
    "groups",
    "groups_of_gross",
    "home",
    "in_eu",
    "inclusive",
    "nets_of_gross",
    "place",
    "reach",
    "spread_coupon",
    "stacked",
    "stacked_gross",
    "totals",
]
