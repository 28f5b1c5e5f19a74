"""Customers over the API."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import COUNTRY, CURRENCY, EMAIL, ZONE, Body, Instant, example, id_of, one_of, text
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.brands.models import Brand
from tollbook.customers import feature_api, key_api
from tollbook.customers.actions import NewCustomer, add
from tollbook.customers.models import Customer, CustomerGroup
from tollbook.customers.reach import chosen, reached
from tollbook.identity.audit import record
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import NotFound, Refused

routes = Routes("Customers")
ROUTERS = [("", routes), ("", feature_api.routes), ("", key_api.routes)]

_PROFILE = {
    "legal_name": "Northwind Freight GmbH",
    "street": "Hafenstr. 7",
    "city": "Hamburg",
    "postcode": "20457",
    "country": "DE",
    "region": "",
    "vat_id": "DE136695976",
    "exempt_reason": "",
    "email": "invoices@northwind.example",
}
_NEW = {
    "brand": "brd_aaaaaaaaaaaaaaaaaaaaaaaa",
    "name": "Northwind Freight",
    "reference": "crm-1042",
    "profile": {"legal_name": "Northwind Freight GmbH", "country": "DE"},
    "projects": [{"reference": "acc-1", "name": "Production"}],
}


class Profile(Body):
    """The legal data that go on documents."""

    model_config = example(_PROFILE)
    legal_name: Annotated[str, text(200, required=False)] = Field("", description="Empty: the customer's name.")
    street: Annotated[str, text(200, required=False)] = Field("", description="Street and number.")
    city: Annotated[str, text(120, required=False)] = Field("", description="City.")
    postcode: Annotated[str, text(20, required=False)] = Field("", description="Postal code.")
    country: Annotated[str, COUNTRY] = Field(description="ISO 3166 code; with `vat_id` it decides the tax.")
    region: Annotated[str, text(3, required=False)] = Field(
        "", description="Subdivision, the part of ISO 3166-2 after the country: QC. Where taxes differ by region."
    )
    vat_id: Annotated[str, text(20, required=False)] = Field("", description="VAT number, with its country code.")
    exempt_reason: Annotated[str, text(200, required=False)] = Field("", description="Why no tax is charged, if so.")
    email: Annotated[str, text(254, required=False)] = Field("", description="Where documents go.")


class NewProject(Body):
    """A part of a customer that use is reported for."""

    model_config = example({"reference": "acc-1", "name": "Production"})
    reference: Annotated[str, text(200)] = Field(description="Your own id for it.")
    name: Annotated[str, text(200)] = Field(description="Its name on pages and documents.")


class CustomerIn(Body):
    """A customer to be."""

    model_config = example(_NEW)
    brand: Annotated[str, id_of("brd")] = Field(description="The brand that it buys from.")
    name: Annotated[str, text(200)] = Field(description="Its name.")
    reference: Annotated[str, text(200)] = Field(description="Your own id for it; once in a brand.")
    profile: Profile = Field(description="Legal data.")
    kind: Annotated[str, one_of(*Customer.Kind.values)] = Field(
        Customer.Kind.ORGANIZATION.value,
        description="Who it is; only an organization can be charged without tax.",
    )
    email: Annotated[str, EMAIL] | None = Field(None, description="How to reach it.")
    currency: Annotated[str, CURRENCY] | None = Field(None, description="What it pays in; the brand's, if left out.")
    zone: Annotated[str, ZONE] | None = Field(None, description="IANA time zone; the brand's, if left out.")
    billing_plan: Annotated[str, one_of(*Customer.BillingPlan.values)] | None = Field(
        None, description="Whether it pays after use, before it, or as each price says; left out: as the settings say."
    )
    contract_type: Annotated[str, one_of(*Customer.ContractType.values)] = Field(
        Customer.ContractType.PAY_AS_YOU_GO.value,
        description="Whether it pays for what it uses or a fixed amount; fixed needs customers.contract_types.",
    )
    group: Annotated[str, id_of("grp")] | None = Field(None, description="Customer group, for prices and features.")
    projects: list[NewProject] = Field([], max_length=1_000, description="Its parts, if use is reported by part.")


class CustomerOut(BaseModel):
    """A customer."""

    model_config = example(
        {
            "id": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "brand": "brd_aaaaaaaaaaaaaaaaaaaaaaaa",
            "group": None,
            "name": "Northwind Freight",
            "reference": "crm-1042",
            "kind": "organization",
            "email": "billing@northwind.example",
            "currency": "EUR",
            "zone": "Europe/Berlin",
            "language": "en",
            "billing_plan": "POSTPAID",
            "contract_type": "pay_as_you_go",
            "profile": _PROFILE,
            "created_at": "2026-05-01T08:00:00Z",
        }
    )
    id: str = Field(description="Its id.")
    brand: str = Field(description="The brand that it buys from.")
    group: str | None = Field(description="Its customer group.")
    name: str = Field(description="Its name.")
    reference: str = Field(description="Your own id for it.")
    kind: str = Field(description="individual or organization.")
    email: str = Field(description="How to reach it.")
    currency: str = Field(description="What it pays in.")
    zone: str = Field(description="Its time zone: days and months begin there.")
    language: str = Field(description="Language of its documents.")
    billing_plan: str = Field(description="POSTPAID, PREPAID or FLEXIBLE.")
    contract_type: str = Field(description="pay_as_you_go or fixed.")
    profile: Profile = Field(description="Legal data.")
    created_at: datetime = Field(description="When it was added.")


def customer_out(customer: Customer) -> CustomerOut:
    """A customer with `brand`, `group` and `profile` loaded, as the API shows it."""
    profile = customer.profile
    return CustomerOut(
        id=customer.public_id,
        brand=customer.brand.public_id,
        group=customer.group.public_id if customer.group else None,
        name=customer.name,
        reference=customer.reference,
        kind=customer.kind,
        email=customer.email,
        currency=customer.currency,
        zone=customer.zone,
        language=customer.language,
        billing_plan=customer.billing_plan,
        contract_type=customer.contract_type,
        profile=Profile.model_construct(**{name: getattr(profile, name) for name in Profile.model_fields}),
        created_at=customer.created_at,
    )


@routes.reads("/customers", "customers:read", answer=Page[CustomerOut])
def list_customers(
    request: ApiRequest,
    *,
    reference: str = "",
    created_since: Instant | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[CustomerOut]:
    """Customers, in the order in which they came.

    A customer's key sees itself alone. `reference` finds the one that has your own id.
    """
    rows = Customer.objects.select_related("brand", "group", "profile")
    mine = chosen(request, "")
    rows = rows.filter(pk=mine.pk) if mine else rows
    rows = rows.filter(reference=reference) if reference else rows
    rows = rows.filter(created_at__gte=created_since) if created_since else rows
    return page(rows, Order(), cursor, limit, customer_out)


@routes.reads("/customers/{customer_id}", "customers:read", answer=CustomerOut)
def get_customer(request: ApiRequest, customer_id: str) -> CustomerOut:
    """A customer."""
    return customer_out(reached(request, customer_id))


@routes.adds(
    "/customers",
    "customers:write",
    answer=CustomerOut,
    roles=(StaffRole.BILLING, StaffRole.SUPPORT, StaffRole.FINANCE),
)
def add_customer(request: ApiRequest, customer: CustomerIn) -> CustomerOut:
    """Add a customer.

    Refused with `reference_taken` when the brand has a customer with this reference.
    """
    # The brand's row is locked, so that of two requests with one reference the second sees the first.
    brand = Brand.objects.select_for_update().filter(public_id=customer.brand).first()
    if brand is None:
        raise NotFound("brand_not_found", f"there is no brand {customer.brand}", param="brand")
    earlier = Customer.objects.filter(brand=brand, reference=customer.reference).first()
    if earlier is not None:
        message = f"reference {customer.reference}: {earlier.public_id} has it"
        raise Refused("reference_taken", message, param="reference", customer=earlier.public_id)
    made = add(brand, _new(customer, brand))
    record(
        "customer.add",
        made.public_id,
        actor=request.principal.actor,
        door="api",
        customer_id=made.pk,
        detail={"reference": made.reference},
    )
    return customer_out(reached(request, made.public_id))


def _new(given: CustomerIn, brand: Brand) -> NewCustomer:
    group = None
    if given.group:
        group = CustomerGroup.objects.filter(public_id=given.group, brand=brand).first()
        if group is None:
            raise NotFound("group_not_found", f"the brand has no customer group {given.group}", param="group")
    return NewCustomer(
        name=given.name,
        reference=given.reference,
        # What was left out is filled from the customer.
        profile={name: value for name, value in given.profile.model_dump().items() if value},
        kind=given.kind,
        email=given.email or "",
        currency=given.currency or "",
        zone=given.zone or "",
        billing_plan=given.billing_plan or "",
        contract_type=given.contract_type,
        group=group,
        projects=tuple((project.reference, project.name) for project in given.projects),
    )
