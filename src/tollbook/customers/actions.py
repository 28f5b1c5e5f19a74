"""Adding customers and their parts. A customer is found again by the operator's own reference."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.customers.models import BillingProfile, Customer, CustomerGroup, Project
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import check_currency
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import zone_info

_COUNTRY = re.compile("[A-Z]{2}")
_REGION = re.compile("[A-Z0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What is known of a customer to be. `profile` has the columns of BillingProfile; country is required
    there.
    """

    name: str
    reference: str
    profile: Mapping[str, str]
    kind: str = Customer.Kind.ORGANIZATION
    email: str = ""
    currency: str = ""
    zone: str = ""
    billing_plan: str = Customer.BillingPlan.POSTPAID
    group: CustomerGroup | None = None
    projects: tuple[tuple[str, str], ...] = field(default=())


@action
def add(brand: Brand, new: NewCustomer, at: datetime | None = None) -> Customer:
    """The brand's customer with `new.reference`, made if there is none; missing projects are added either
    way.

    Currency and zone are the brand's where not given. Refused with the code of the field that is wrong.
    """
    reference = clean_text(new.reference, "reference", 200)
    customer = Customer.objects.filter(brand=brand, reference=reference).first()
    if customer is None:
        customer = _create(brand, new, reference, at or clock.now())
    for project_reference, name in new.projects:
        Project.objects.get_or_create(
            customer=customer,
            reference=clean_text(project_reference, "project", 200),
            defaults={"name": clean_text(name, "project name", 200)},
        )
    return customer


def _create(brand: Brand, new: NewCustomer, reference: str, at: datetime) -> Customer:
    currency, zone = new.currency or brand.currency, new.zone or brand.zone
    check_currency(currency, "currency")
    zone_info(zone)
    country = new.profile.get("country", "")
    if not _COUNTRY.fullmatch(country):
        raise Refused("bad_country", f"country: {country!r} is not a two-letter code (ISO 3166)", param="country")
    region = new.profile.get("region", "")
    if region and not _REGION.fullmatch(region):
        right = f"give the part of ISO 3166-2 after {country}-, such as QC"
        raise Refused("bad_region", f"region: {region!r}: {right}", param="region")
    customer = Customer.objects.create(
        brand=brand,
        group=new.group,
        kind=new.kind,
        name=clean_text(new.name, "name", 200),
        reference=reference,
        email=new.email,
        currency=currency,
        zone=zone,
        language=brand.language,
        billing_plan=new.billing_plan,
        created_at=at,
    )
    BillingProfile.objects.create(customer=customer, **{"legal_name": new.name, "email": new.email, **new.profile})
    return customer
