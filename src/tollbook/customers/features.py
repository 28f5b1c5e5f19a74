"""What a feature is set to for a customer."""

from datetime import datetime
from typing import Any

from tollbook.customers.models import Customer
from tollbook.features.queries import Scope, value


def scope_of(customer: Customer) -> Scope:
    """The customer's scope: itself, its group and its brand; both must be loaded to spare a query."""
    group = customer.group.public_id if customer.group else ""
    return Scope(brand=customer.brand.public_id, group=group, customer=customer.public_id)


def value_for(customer: Customer, key: str, at: datetime | None = None) -> Any:
    """The feature's typed value for the customer at `at` (now, if not given); NotFound "feature_not_found"."""
    return value(key, scope_of(customer), at)
