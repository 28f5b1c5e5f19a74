"""Tax: who charges which tax, and how much it is. Pure.

treatment = decide(seller, buyer, "standard", day, rates)
lines = groups([(net, treatment), ...], "EUR")
"""

from tollbook.tax.amounts import (
    AfterCoupon,
    Reach,
    Spread,
    after_coupon,
    exclusive,
    inclusive,
    reach,
    spread_coupon,
    stacked,
    stacked_gross,
)
from tollbook.tax.decide import Code, Party, Treatment, check_vat_id, decide
from tollbook.tax.groups import TaxLine, TaxMode, groups, groups_of_gross, totals
from tollbook.tax.membership import in_eu
from tollbook.tax.rates import Rate, check_rates, find_rate

__all__ = [
    "AfterCoupon",
    "Code",
    "Party",
    "Rate",
    "Reach",
    "Spread",
    "TaxLine",
    "TaxMode",
    "Treatment",
    "after_coupon",
    "check_rates",
    "check_vat_id",
    "decide",
    "exclusive",
    "find_rate",
    "groups",
    "groups_of_gross",
    "in_eu",
    "inclusive",
    "reach",
    "spread_coupon",
    "stacked",
    "stacked_gross",
    "totals",
]
