"""Brands and tax rates, read."""

from tollbook.brands.models import TaxRate
from tollbook.tax import Rate


def tax_rates() -> tuple[Rate, ...]:
    """All rates known to this installation, with their validity."""
    rows = TaxRate.objects.order_by("country", "category", "valid_from")
    return tuple(Rate(r.country, r.category, r.percent, r.valid_from, r.valid_to) for r in rows)
