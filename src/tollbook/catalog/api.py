"""The catalogue over the API: what is sold and what it costs, in words."""

from typing import Any

from django.db.models import QuerySet
from pydantic import BaseModel, Field

from tollbook.api.fields import example
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.base import clock
from tollbook.brands.queries import tax_rates
from tollbook.catalog.edit_api import routes
from tollbook.catalog.models import Plan, Price, Product
from tollbook.catalog.queries import book_for, for_customers, unreachable
from tollbook.catalog.shapes import PlanOut, ProductOut, current, plan_out, product_out
from tollbook.catalog.told import tax_words
from tollbook.customers.reach import own
from tollbook.kernel.errors import NotFound
from tollbook.rating import Terms, price_words

ROUTERS = [("", routes)]

_TERMS = {"model": "unit", "unit_price": "0.0043", "allowance": "100"}


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


def _plans(request: ApiRequest) -> QuerySet[Plan]:
    mine = own(request)
    rows = Plan.objects.select_related("product")
    return rows.filter(product__brand_id=mine.brand_id) if mine else rows


@routes.reads("/products", "catalogue:read", answer=Page[ProductOut])
def list_products(request: ApiRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[ProductOut]:
    """Products; a customer's key sees those of its brand that are neither hidden nor archived."""
    mine = own(request)
    rows = Product.objects.all()
    rows = rows.filter(brand_id=mine.brand_id, hidden=False, archived_at=None) if mine else rows
    return page(rows, Order(), cursor, limit, product_out)


@routes.reads("/products/{product_id}", "catalogue:read", answer=ProductOut)
def get_product(request: ApiRequest, product_id: str) -> ProductOut:
    """A product."""
    mine = own(request)
    rows = Product.objects.filter(brand_id=mine.brand_id) if mine else Product.objects.all()
    found = rows.filter(public_id=product_id).first()
    if found is None:
        raise NotFound("product_not_found", f"there is no product {product_id}", param="product")
    return product_out(found)


@routes.reads("/plans", "catalogue:read", answer=Page[PlanOut])
def list_plans(
    request: ApiRequest, product: str = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[PlanOut]:
    """Plans with the version that is sold now; a customer's key sees those of its brand that are neither hidden nor
    archived.
    """
    rows = for_customers(_plans(request)) if own(request) else _plans(request)
    rows = rows.filter(product__public_id=product) if product else rows
    found = page(rows, Order(), cursor, limit, lambda plan: plan)
    versions = current([plan.pk for plan in found.data], clock.now())
    return Page(data=[plan_out(plan, versions) for plan in found.data], next=found.next)


def _plan(request: ApiRequest, public_id: str) -> Plan:
    found = _plans(request).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("plan_not_found", f"there is no plan {public_id}", param="plan")
    return found


@routes.reads("/plans/{plan_id}", "catalogue:read", answer=PlanOut)
def get_plan(request: ApiRequest, plan_id: str) -> PlanOut:
    """A plan with the version that is sold now."""
    return plan_out(_plan(request, plan_id))


@routes.reads("/plans/{plan_id}/prices", "catalogue:read", answer=Page[PriceOut])
def list_prices(request: ApiRequest, plan_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[PriceOut]:
    """Prices of the version of a plan that is sold now, in words.

    A customer's key sees the prices that this customer would buy at; a staff key those of every price book.
    """
    plan, mine = _plan(request, plan_id), own(request)
    version = current([plan.pk], clock.now()).get(plan.pk)
    rows = Price.objects.filter(version=version).select_related("book__brand", "version__plan__product")
    rows = rows.filter(book=book_for(mine)) if mine else rows
    today, rates = clock.now().date(), tax_rates()
    return page(
        rows, Order(), cursor, limit, lambda price: _price_out(price, "" if mine else unreachable(price, today, rates))
    )
