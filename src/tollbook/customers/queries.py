"""Customers, read, and how they are taxed."""

from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet

from tollbook.brands.models import Brand
from tollbook.brands.queries import tax_rates
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
    seller = Party(country=brand.country, vat_id=brand.vat_id or None, is_business=True, exempt=None)
    buyer = Party(
        country=profile.country,
        vat_id=profile.vat_id or None,
        is_business=customer.kind == Customer.Kind.ORGANIZATION,
        exempt=profile.exempt_reason or None,
    )
    return decide(seller, buyer, category, on, tax_rates() if rates is None else rates)
