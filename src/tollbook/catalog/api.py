"""The catalogue over the API: what is sold and what it costs, in words."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from pydantic import BaseModel, Field

from tollbook.api.fields import example
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.brands.queries import tax_rates
from tollbook.catalog.models import Plan, PlanVersion, Price, Product
from tollbook.catalog.queries import book_for, unreachable
from tollbook.catalog.told import tax_words
from tollbook.customers.reach import own
from tollbook.kernel.errors import NotFound
from tollbook.rating import Terms, price_words

routes = Routes("Catalogue")
ROUTERS = [("", routes)]

_VERSION = {
    "id": "plv_aaaaaaaaaaaaaaaaaaaaaaaa",
    "number": 3,
    "valid_from": "2026-05-01T00:00:00Z",
    "scope": "new",
}
_TERMS = {"model": "unit", "unit_price": "0.0043", "allowance": "100"}


class ProductOut(BaseModel):
    """What is sold."""

    model_config = example(
        {
            "id": "prd_aaaaaaaaaaaaaaaaaaaaaaaa",
            "code": "sms",
            "name": "Messages",
            "description": "Text messages to 190 countries.",
            "tax_category": "standard",
        }
    )
    id: str = Field(description="Its id.")
    code: str = Field(description="Its code, once in a brand.")
    name: str = Field(description="Its name.")
    description: str = Field(description="What it is.")
    tax_category: str = Field(description="Which rate of tax it takes.")


class VersionOut(BaseModel):
    """A version of a plan's prices; it never changes."""

    model_config = example(_VERSION)
    id: str = Field(description="Its id.")
    number: int = Field(description="Counts from 1.")
    valid_from: datetime = Field(description="From when it is sold.")
    scope: str = Field(description="Who gets it first: new customers, everybody at renewal, everybody now.")


class PlanOut(BaseModel):
    """A product with price terms."""

    model_config = example(
        {
            "id": "pln_aaaaaaaaaaaaaaaaaaaaaaaa",
            "product": "prd_aaaaaaaaaaaaaaaaaaaaaaaa",
            "code": "sms-standard",
            "name": "Standard",
            "version": _VERSION,
        }
    )
    id: str = Field(description="Its id.")
    product: str = Field(description="The product.")
    code: str = Field(description="Its code, once in a product.")
    name: str = Field(description="Its name.")
    version: VersionOut | None = Field(description="The version sold now; null where none is.")


class PriceOut(BaseModel):
    """One priced component of a plan."""

    model_config = example(
        {
            "id": "pri_aaaaaaaaaaaaaaaaaaaaaaaa",
            "code": "part-de",
            "name": "Message part to Germany",
            "section": "Messages",
            "kind": "metered",
            "mode": "postpaid",
            "currency": "EUR",
            "unit": "part",
            "meter": "sms.part",
            "match": {"country": "DE"},
            "includes_tax": False,
            "warnings": [],
            "words": ["100 parts are free in a period", "0.0043 EUR for each part"],
            "terms": _TERMS,
        }
    )
    id: str = Field(description="Its id.")
    code: str = Field(description="Its code, once in a version.")
    name: str = Field(description="What the invoice line says.")
    section: str = Field(description="Heading on documents.")
    kind: str = Field(description="one_time, recurring or metered.")
    mode: str = Field(description="postpaid, or prepaid: drawn from the wallet as use happens.")
    currency: str = Field(description="The currency of its amounts.")
    includes_tax: bool = Field(description="Whether its amounts include tax.")
    warnings: list[str] = Field(
        description="What staff should know: an amount that cannot occur on an invoice. Empty for a customer's key."
    )
    unit: str = Field(description="What is counted.")
    meter: str = Field(description="Code of the meter that counts it; empty unless metered.")
    match: dict[str, str] = Field(description="Dimensions that a reading must have to be priced here.")
    words: list[str] = Field(description="The price in words.")
    terms: dict[str, Any] = Field(description="The price for programs: model, amounts, every semantic choice.")


def product_out(product: Product) -> ProductOut:
    """A product as the API shows it."""
    return ProductOut(
        id=product.public_id,
        code=product.code,
        name=product.name,
        description=product.description,
        tax_category=product.tax_category,
    )


def _price_out(price: Price, warning: str) -> PriceOut:
    currency = price.book.currency
    return PriceOut(
        id=price.public_id,
        code=price.code,
        name=price.name,
        section=price.section,
        kind=price.kind,
        mode=price.mode,
        currency=currency,
        unit=price.unit,
        meter=price.meter,
        match=price.match,
        includes_tax=price.book.includes_tax,
        warnings=[warning] if warning else [],
        words=[*price_words(Terms.parse(price.terms), currency, price.unit, price.kind), *tax_words(price.book)],
        terms=price.terms,
    )


def _version_out(version: PlanVersion) -> VersionOut:
    return VersionOut(id=version.public_id, number=version.number, valid_from=version.valid_from, scope=version.scope)


def _plans(request: ApiRequest) -> QuerySet[Plan]:
    mine = own(request)
    rows = Plan.objects.select_related("product")
    return rows.filter(product__brand_id=mine.brand_id) if mine else rows


def _current(plans: list[int], at: datetime) -> dict[int, PlanVersion]:
    """The version sold at `at` of each plan (by row id), in one query."""
    rows = PlanVersion.objects.filter(plan_id__in=plans, valid_from__lte=at)
    return {version.plan_id: version for version in rows.order_by("plan_id", "-number").distinct("plan_id")}


@routes.reads("/products", "catalogue:read", answer=Page[ProductOut])
def list_products(request: ApiRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[ProductOut]:
    """Products; a customer's key sees those of its brand."""
    mine = own(request)
    rows = Product.objects.filter(brand_id=mine.brand_id) if mine else Product.objects.all()
    return page(rows, Order(), cursor, limit, product_out)


@routes.reads("/plans", "catalogue:read", answer=Page[PlanOut])
def list_plans(
    request: ApiRequest, product: str = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[PlanOut]:
    """Plans with the version that is sold now; a customer's key sees those of its brand."""
    rows = _plans(request)
    rows = rows.filter(product__public_id=product) if product else rows
    found = page(rows, Order(), cursor, limit, lambda plan: plan)
    versions = _current([plan.pk for plan in found.data], clock.now())
    return Page(data=[_plan_out(plan, versions.get(plan.pk)) for plan in found.data], next=found.next)


def _plan_out(plan: Plan, version: PlanVersion | None) -> PlanOut:
    return PlanOut(
        id=plan.public_id,
        product=plan.product.public_id,
        code=plan.code,
        name=plan.name,
        version=_version_out(version) if version else None,
    )


def _plan(request: ApiRequest, public_id: str) -> Plan:
    found = _plans(request).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("plan_not_found", f"there is no plan {public_id}", param="plan")
    return found


@routes.reads("/plans/{plan_id}", "catalogue:read", answer=PlanOut)
def get_plan(request: ApiRequest, plan_id: str) -> PlanOut:
    """A plan with the version that is sold now."""
    plan = _plan(request, plan_id)
    return _plan_out(plan, _current([plan.pk], clock.now()).get(plan.pk))


@routes.reads("/plans/{plan_id}/prices", "catalogue:read", answer=Page[PriceOut])
def list_prices(request: ApiRequest, plan_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[PriceOut]:
    """Prices of the version of a plan that is sold now, in words.

    A customer's key sees the prices that this customer would buy at; a staff key those of every price book.
    """
    plan, mine = _plan(request, plan_id), own(request)
    version = _current([plan.pk], clock.now()).get(plan.pk)
    rows = Price.objects.filter(version=version).select_related("book__brand", "version__plan__product")
    rows = rows.filter(book=book_for(mine)) if mine else rows
    today, rates = clock.now().date(), tax_rates()
    return page(
        rows, Order(), cursor, limit, lambda price: _price_out(price, "" if mine else unreachable(price, today, rates))
    )
