"""Customers, read, and how they are taxed."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from tollbook.brands.models import Brand
from tollbook.brands.queries import home_treatment, seller, tax_rates
from tollbook.customers.models import Customer, Membership
from tollbook.identity.models import User
from tollbook.kernel.errors import NotFound
from tollbook.tax import Party, Rate, Treatment, decide


def by_public_id(public_id: str) -> Customer:
    """The customer with that id; NotFound "customer_not_found"."""
    found = Customer.objects.select_related("brand", "group", "profile").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("customer_not_found", f"there is no customer {public_id}", param="customer")
    return found


def of_user(user: User) -> QuerySet[Membership]:
    """The customer accounts that a person belongs to, with the person's role in each."""
    return (
        Membership.objects.filter(user=user)
        .select_related("customer__brand", "customer__group", "customer__profile")
        .order_by("customer__name", "pk")
    )


def treatment(
    brand: Brand, customer: Customer, category: str, on: date, rates: Sequence[Rate] | None = None
) -> Treatment:
    """How a sale of the product category by `brand` to `customer` on that day is taxed; see `tax.decide`.

    `rates` are those of `brands.queries.tax_rates`, for callers that ask often.
    """
    profile = customer.profile
    buyer = Party(
        country=profile.country,
        vat_id=(profile.vat_id or None) if profile.vat_counts else None,
        is_business=customer.kind == Customer.Kind.ORGANIZATION,
        exempt=profile.exempt_reason or None,
        region=profile.region,
    )
    known = tax_rates() if rates is None else rates
    return decide(seller(brand), buyer, category, on, known, oss=brand.oss_registered)


def included_percent(
    brand: Brand, found: Treatment, category: str, on: date, rates: Sequence[Rate] | None = None
) -> Decimal:
    """The percentage of tax inside a price of the brand that includes tax, for a sale that is taxed as `found`.

    That of the sale itself where the price stays the same for everybody, else that of home: see
    `Brand.IncludedTax`. Refused "tax_rate_missing".
    """
    if brand.included_tax == Brand.IncludedTax.KEEP_PRICE:
        return found.percent
    return home_treatment(brand, category, on, rates).percent
