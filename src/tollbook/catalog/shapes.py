"""What answers about products, plans and versions look like. Served by `api` and `edit_api`."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from tollbook.api.fields import example
from tollbook.base import clock
from tollbook.catalog.models import Plan, PlanVersion, Product

_VERSION = {
    "id": "plv_aaaaaaaaaaaaaaaaaaaaaaaa",
    "number": 3,
    "valid_from": "2026-05-01T00:00:00Z",
    "scope": "new",
}


class ProductOut(BaseModel):
    """What is sold."""

    model_config = example(
        {
            "id": "prd_aaaaaaaaaaaaaaaaaaaaaaaa",
            "code": "sms",
            "name": "Messages",
            "description": "Text messages to 190 countries.",
            "tax_category": "standard",
            "position": 10,
            "hidden": False,
            "archived": False,
        }
    )
    id: str = Field(description="Its id.")
    code: str = Field(description="Its code, once in a brand.")
    name: str = Field(description="Its name.")
    description: str = Field(description="What it is.")
    tax_category: str = Field(description="Which rate of tax it takes.")
    position: int = Field(description="A smaller one stands higher.")
    hidden: bool = Field(description="Whether customers do not see it in lists.")
    archived: bool = Field(description="Whether it is sold no more.")


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
            "description": "For up to a million messages a month.",
            "position": 10,
            "hidden": False,
            "archived": False,
            "version": _VERSION,
        }
    )
    id: str = Field(description="Its id.")
    product: str = Field(description="The product.")
    code: str = Field(description="Its code, once in a product.")
    name: str = Field(description="Its name.")
    description: str = Field(description="What it is.")
    position: int = Field(description="A smaller one stands higher.")
    hidden: bool = Field(description="Whether customers do not see it in lists.")
    archived: bool = Field(description="Whether it is sold no more; who has it keeps it.")
    version: VersionOut | None = Field(description="The version sold now; null where none is.")


def product_out(product: Product) -> ProductOut:
    """A product as the API shows it."""
    return ProductOut(
        id=product.public_id,
        code=product.code,
        name=product.name,
        description=product.description,
        tax_category=product.tax_category,
        position=product.position,
        hidden=product.hidden,
        archived=product.archived_at is not None,
    )


def version_out(version: PlanVersion) -> VersionOut:
    """A version as the API shows it."""
    return VersionOut(id=version.public_id, number=version.number, valid_from=version.valid_from, scope=version.scope)


def current(plans: list[int], at: datetime) -> dict[int, PlanVersion]:
    """The version sold at `at` of each plan (by row id), in one query."""
    rows = PlanVersion.objects.filter(plan_id__in=plans, valid_from__lte=at)
    return {version.plan_id: version for version in rows.order_by("plan_id", "-number").distinct("plan_id")}


def plan_out(plan: Plan, versions: Mapping[int, PlanVersion] | None = None) -> PlanOut:
    """A plan as the API shows it, with the version sold now: of `versions`, or looked up."""
    found = (current([plan.pk], clock.now()) if versions is None else versions).get(plan.pk)
    return PlanOut(
        id=plan.public_id,
        product=plan.product.public_id,
        code=plan.code,
        name=plan.name,
        description=plan.description,
        position=plan.position,
        hidden=plan.hidden,
        archived=plan.archived_at is not None,
        version=version_out(found) if found else None,
    )
