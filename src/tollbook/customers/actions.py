"""Adding customers and their parts. A customer is found again by the operator's own reference."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tollbook.base import clock, discovery
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.customers.features import scope_of
from tollbook.customers.models import BillingProfile, Customer, CustomerGroup, Project
from tollbook.customers.rules import ContractType, VatState, plan_for, vat_counts
from tollbook.customers.settings import (
    CONTRACT_TYPES,
    GENERAL_PLAN,
    INDIVIDUAL_PLAN,
    MULTI_CURRENCY,
    ORGANIZATION_PLAN,
    VAT_CHECK,
)
from tollbook.features.queries import Scope, value
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import check_currency
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import zone_info
from tollbook.notifications.actions import tell

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
    # Empty: that of its kind, else the general one; see `rules.plan_for`.
    billing_plan: str = ""
    contract_type: str = Customer.ContractType.PAY_AS_YOU_GO
    group: CustomerGroup | None = None
    projects: tuple[tuple[str, str], ...] = field(default=())


@action
def add(brand: Brand, new: NewCustomer, at: datetime | None = None) -> Customer:
    """The brand's customer with `new.reference`, made if there is none; missing projects are added either
    way.

    Currency and zone are the brand's where not given, the billing plan as the settings say. Refused with the code of
    the field that is wrong; "one_currency" and "no_contract_types" where a setting does not allow what is given.
    """
    reference = clean_text(new.reference, "reference", 200)
    customer = Customer.objects.filter(brand=brand, reference=reference).first()
    if customer is None:
        customer = _create(brand, new, reference, at or clock.now())
        _welcome(customer)
    for project_reference, name in new.projects:
        Project.objects.get_or_create(
            customer=customer,
            reference=clean_text(project_reference, "project", 200),
            defaults={"name": clean_text(name, "project name", 200)},
        )
    return customer


def _welcome(customer: Customer) -> None:
    """Tell the rooms above of a new customer: a room's `newcomers.py` says `welcome(customer)`, in this transaction."""
    for _, module in discovery.modules("newcomers"):
        module.welcome(customer)


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
    scope = Scope(brand=brand.public_id, group=new.group.public_id if new.group else "")
    if currency != brand.currency and not value(MULTI_CURRENCY, scope):
        message = f"currency: {currency} is not {brand.currency}, and {MULTI_CURRENCY} is off"
        raise Refused("one_currency", message, param="currency")
    check_contract(new.contract_type, scope)
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
        billing_plan=plan_for(
            new.billing_plan,
            new.kind,
            value(INDIVIDUAL_PLAN, scope),
            value(ORGANIZATION_PLAN, scope),
            value(GENERAL_PLAN, scope),
        ),
        contract_type=new.contract_type,
        created_at=at,
    )
    # Nobody has asked about its VAT number yet.
    counts = vat_counts(value(VAT_CHECK, scope), VatState.UNKNOWN)
    profile = {"legal_name": new.name, "email": new.email, **new.profile}
    BillingProfile.objects.create(customer=customer, vat_counts=counts, **profile)
    tell("customer.created", customer.pk, customer.public_id, {"name": customer.name, "reference": reference}, at)
    return customer


def check_contract(contract: str, scope: Scope) -> None:
    """Refused "no_contract_types" for a fixed contract where the setting does not allow one."""
    if contract == ContractType.FIXED and not value(CONTRACT_TYPES, scope):
        message = f"contract_type: fixed needs {CONTRACT_TYPES} to be on; give {ContractType.PAY_AS_YOU_GO}"
        raise Refused("no_contract_types", message, param="contract_type")


@action
def set_contract(
    customer: Customer, contract: ContractType, *, reason: str, actor: str = SYSTEM, door: str = SYSTEM
) -> Customer:
    """Give the customer another contract type from now on. What it is charged stays as its plans say.

    Refused "no_contract_types" for a fixed one where the setting does not allow it, "same_contract_type".
    """
    found = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("brand", "group")
    mine = found.get(pk=customer.pk)
    if mine.contract_type == contract:
        raise Refused("same_contract_type", f"contract_type: it is {contract} already", param="contract_type")
    check_contract(contract, scope_of(mine))
    detail = {"was": mine.contract_type, "becomes": contract.value, "reason": clean_text(reason, "reason", 200)}
    mine.contract_type = contract
    mine.save(update_fields=["contract_type"])
    record("customer.set_contract", mine.public_id, actor=actor, door=door, customer_id=mine.pk, detail=detail)
    return mine
