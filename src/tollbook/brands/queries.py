"""Brands and tax rates, read."""

from collections.abc import Sequence
from datetime import date

from tollbook.brands.models import Brand, TaxRate
from tollbook.tax import Party, Rate, Treatment, home


def tax_rates() -> tuple[Rate, ...]:
    """All rates known to this installation, with their validity."""
    rows = TaxRate.objects.order_by("country", "region", "category", "name", "valid_from")
    return tuple(Rate(r.country, r.category, r.percent, r.valid_from, r.valid_to, r.name, r.region) for r in rows)


def seller(brand: Brand) -> Party:
    """The brand as tax law sees it; without a VAT number it is not registered."""
    return Party(brand.country, brand.vat_id or None, is_business=True, region=brand.region)


def home_treatment(brand: Brand, category: str, on: date, rates: Sequence[Rate] | None = None) -> Treatment:
    """How the brand taxes a private customer at home: the tax that its prices include, where they include tax.

    `rates` are those of `tax_rates`, for callers that ask often. Refused "tax_rate_missing".
    """
    return home(seller(brand), category, on, tax_rates() if rates is None else rates)
