"""Editing the catalogue over the API: the acts of the editor of the staff portal. Publishing is in `simulation`."""

from typing import Any

from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.brands.models import Brand
from tollbook.catalog import drafts, editing
from tollbook.catalog.actions import NewPrice, price_book
from tollbook.catalog.edit_shapes import (
    BookIn,
    BookOut,
    DescribeIn,
    DraftIn,
    DraftOut,
    PlanIn,
    ProductIn,
    RevisionIn,
    book_out,
    draft_out,
)
from tollbook.catalog.editing import By
from tollbook.catalog.models import Draft, Plan, PriceBook, Product
from tollbook.catalog.shapes import PlanOut, ProductOut, plan_out, product_out
from tollbook.customers.models import CustomerGroup
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import Invalid, NotFound, Problem

#: Of `api` as well: an address answers all its methods from one router.
routes = Routes("Catalogue")
EDITORS = (StaffRole.CATALOGUE,)
WRITE = "catalogue:write"


def by_of(request: ApiRequest) -> By:
    """Whose key it is, for the audit trail."""
    return By(request.principal.actor, "api")


def _found(model: Any, public_id: str, word: str, *related: str) -> Any:
    found = model.objects.select_related(*related).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"{word}_not_found", f"there is no {word} {public_id}", param=word)
    return found


def _product(public_id: str) -> Product:
    found: Product = _found(Product, public_id, "product", "brand")
    return found


def _plan(public_id: str) -> Plan:
    found: Plan = _found(Plan, public_id, "plan", "product__brand")
    return found


def draft_of(plan_id: str) -> Draft:
    """The draft of a plan (public id), with its plan, brand and base; NotFound "draft_not_found"."""
    rows = Draft.objects.select_related("plan__product__brand", "base")
    found = rows.filter(plan__public_id=plan_id).first()
    if found is None:
        raise NotFound("draft_not_found", f"plan {plan_id} has no draft", param="draft")
    return found


@routes.adds("/products", WRITE, answer=ProductOut, roles=EDITORS)
def add_product(request: ApiRequest, product: ProductIn) -> ProductOut:
    """Make a product of a brand. Refused with `code_taken`."""
    brand = _found(Brand, product.brand, "brand")
    return product_out(
        editing.add_product(brand, product.code, product.told(), tax_category=product.tax_category, by=by_of(request))
    )


@routes.replaces("/products/{product_id}", WRITE, answer=ProductOut, roles=EDITORS)
def describe_product(request: ApiRequest, product_id: str, wanted: DescribeIn) -> ProductOut:
    """Give a product another name, description, place or visibility; what was issued keeps its words."""
    return product_out(editing.describe(_product(product_id), wanted.told(), by=by_of(request)))


@routes.adds("/products/{product_id}/archive", WRITE, answer=ProductOut, status=200, roles=EDITORS)
def archive_product(request: ApiRequest, product_id: str) -> ProductOut:
    """Sell a product no more: nobody begins with a plan of it, who has one keeps it."""
    return product_out(editing.archive(_product(product_id), by=by_of(request)))


@routes.adds("/products/{product_id}/restore", WRITE, answer=ProductOut, status=200, roles=EDITORS)
def restore_product(request: ApiRequest, product_id: str) -> ProductOut:
    """Sell an archived product again, as it was."""
    return product_out(editing.restore(_product(product_id), by=by_of(request)))


@routes.adds("/products/{product_id}/plans", WRITE, answer=PlanOut, roles=EDITORS)
def add_plan(request: ApiRequest, product_id: str, plan: PlanIn) -> PlanOut:
    """Make a plan of a product, still without prices. Refused with `code_taken` and `product_archived`."""
    return plan_out(editing.add_plan(_product(product_id), plan.code, plan.told(), by=by_of(request)))


@routes.replaces("/plans/{plan_id}", WRITE, answer=PlanOut, roles=EDITORS)
def describe_plan(request: ApiRequest, plan_id: str, wanted: DescribeIn) -> PlanOut:
    """Give a plan another name, description, place or visibility; what was issued keeps its words."""
    return plan_out(editing.describe(_plan(plan_id), wanted.told(), by=by_of(request)))


@routes.adds("/plans/{plan_id}/archive", WRITE, answer=PlanOut, status=200, roles=EDITORS)
def archive_plan(request: ApiRequest, plan_id: str) -> PlanOut:
    """Sell a plan no more: nobody begins with it, who has it keeps it."""
    return plan_out(editing.archive(_plan(plan_id), by=by_of(request)))


@routes.adds("/plans/{plan_id}/restore", WRITE, answer=PlanOut, status=200, roles=EDITORS)
def restore_plan(request: ApiRequest, plan_id: str) -> PlanOut:
    """Sell an archived plan again, as it was."""
    return plan_out(editing.restore(_plan(plan_id), by=by_of(request)))


@routes.reads("/price-books", "catalogue:read", answer=Page[BookOut], roles=())
def list_price_books(request: ApiRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[BookOut]:
    """Price books of all brands."""
    return page(PriceBook.objects.select_related("brand", "group"), Order(), cursor, limit, book_out)


@routes.adds("/price-books", WRITE, answer=BookOut, roles=EDITORS)
def add_price_book(request: ApiRequest, book: BookIn) -> BookOut:
    """The price book of a brand for a currency and customer group, made if there is none.

    Refused with `book_has_prices` where one that has prices would change whether they include tax.
    """
    brand = _found(Brand, book.brand, "brand")
    group = CustomerGroup.objects.filter(brand=brand, code=book.group).first() if book.group else None
    if book.group and group is None:
        raise NotFound("group_not_found", f"{brand.name} has no customer group {book.group}", param="group")
    return book_out(price_book(brand, book.currency, group, includes_tax=book.includes_tax))


@routes.reads("/plans/{plan_id}/draft", "catalogue:read", answer=DraftOut, roles=())
def get_draft(request: ApiRequest, plan_id: str) -> DraftOut:
    """The next version of a plan, while it is written."""
    return draft_out(draft_of(plan_id))


@routes.adds("/plans/{plan_id}/draft", WRITE, answer=DraftOut, roles=EDITORS)
def begin_draft(request: ApiRequest, plan_id: str) -> DraftOut:
    """Begin the next version of a plan as a copy of the latest one; where it is begun, it stays as it is.

    Refused with `plan_archived` and `too_many_prices`.
    """
    drafts.begin(_plan(plan_id), by=by_of(request))
    return draft_out(draft_of(plan_id))


@routes.replaces("/plans/{plan_id}/draft", WRITE, answer=DraftOut, roles=EDITORS)
def write_draft(request: ApiRequest, plan_id: str, draft: DraftIn) -> DraftOut:
    """Put a whole draft in the place of the plan's draft, which is begun if there is none.

    Refused with `in_the_past`, `price_twice`, `other_brand`, `meter_missing`, `meter_needless`, `limit_not_metered`,
    `limit_not_counted` and `plan_archived`; every fault of the terms is named.
    """
    plan = _plan(plan_id)
    drafts.write(plan, _books(draft), valid_from=draft.valid_from, scope=draft.scope, by=by_of(request))
    return draft_out(draft_of(plan_id))


def _books(draft: DraftIn) -> list[tuple[PriceBook, list[NewPrice]]]:
    """The prices by book; Invalid with every fault, each with the place where it stands."""
    known = {book.public_id: book for book in PriceBook.objects.filter(public_id__in={p.book for p in draft.prices})}
    found: dict[str, list[NewPrice]] = {}
    problems: list[Problem] = []
    for number, price in enumerate(draft.prices):
        where = f"prices[{number}]"
        if price.book not in known:
            reason = f"there is no price book {price.book}"
            problems.append(Problem(None, f"{where}.book", price.book, "book_not_found", reason))
            continue
        try:
            found.setdefault(price.book, []).append(price.new())
        except Invalid as faults:
            problems += [
                Problem(None, f"{where}.terms.{each.field}", each.value, each.code, each.reason)
                for each in faults.problems
            ]
    if problems:
        raise Invalid(problems)
    return [(known[book], prices) for book, prices in found.items()]


@routes.adds("/plans/{plan_id}/draft/drop", WRITE, answer=PlanOut, status=200, roles=EDITORS)
def drop_draft(request: ApiRequest, plan_id: str, seen: RevisionIn) -> PlanOut:
    """Throw the draft away; what is published stays as it is. Refused with `draft_changed`."""
    drafts.drop(draft_of(plan_id).public_id, seen.revision, by=by_of(request))
    return plan_out(_plan(plan_id))
