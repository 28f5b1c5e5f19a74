"""What a feature is set to for a customer."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from tollbook.customers.models import Customer, CustomerGroup
from tollbook.features.queries import EVERYWHERE, Scope, value, value_each, values_of
from tollbook.features.registry import Level


def scope_of(customer: Customer) -> Scope:
    """The customer's scope: itself, its group and its brand; both must be loaded to spare a query."""
    group = customer.group.public_id if customer.group else ""
    return Scope(brand=customer.brand.public_id, group=group, customer=customer.public_id)


def value_for(customer: Customer, key: str, at: datetime | None = None) -> Any:
    """The feature's typed value for the customer at `at` (now, if not given); NotFound "feature_not_found"."""
    return value(key, scope_of(customer), at)


def values_for(customer: Customer, *keys: str) -> list[Any]:
    """The features' typed values for the customer now, in one query; NotFound "feature_not_found"."""
    return values_of(keys, scope_of(customer))


def value_for_each(customer_ids: Collection[int], key: str) -> dict[int, Any]:
    """The feature's typed value for each of these customers, by row id, in two queries."""
    rows = Customer.objects.filter(pk__in=customer_ids).values_list(
        "pk", "brand__public_id", "group__public_id", "public_id"
    )
    return value_each(key, {pk: Scope(brand, group or "", customer) for pk, brand, group, customer in rows})


def scope_at(level: Level, scope_id: str) -> Scope:
    """The scope of a brand, group or customer with what is above it; of an id that nobody has, that id alone."""
    if level is Level.GROUP:
        group = CustomerGroup.objects.select_related("brand").filter(public_id=scope_id).first()
        return Scope(brand=group.brand.public_id if group else "", group=scope_id)
    if level is Level.CUSTOMER:
        customer = Customer.objects.select_related("brand", "group").filter(public_id=scope_id).first()
        return scope_of(customer) if customer else Scope(customer=scope_id)
    return Scope(brand=scope_id) if level is Level.BRAND else EVERYWHERE
