"""Products and plans: made, described, put in order, hidden, archived and taken back. Prices are in `drafts`."""

from dataclasses import asdict, dataclass
from typing import Any, TypeVar, cast

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan, Product
from tollbook.identity.audit import record
from tollbook.kernel.errors import Refused, shown
from tollbook.kernel.text import clean_code, clean_text

NAME_LIMIT = 200
TEXT_LIMIT = 2000
CODE_LIMIT = 60
CATEGORY_LIMIT = 20
MOST_POSITION = 1_000_000
Sold = TypeVar("Sold", bound=Product | Plan)


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and through which door ("staff", "api"), for the audit trail."""

    actor: str
    door: str


@dataclass(frozen=True, slots=True)
class Told:
    """What people read of a product or plan, and where it stands: a smaller position stands higher."""

    name: str
    description: str = ""
    position: int = 100
    hidden: bool = False


@action
def add_product(brand: Brand, code: str, told: Told, *, tax_category: str = "standard", by: By) -> Product:
    """A new product of the brand. Refused "code_taken", "bad_code", "bad_position" and as `clean_text` of its texts.

    The category of tax stays as it is made: what was sold under it was taxed by it.
    """
    code = clean_code(code, "code", CODE_LIMIT)
    category = clean_code(tax_category, "tax_category", CATEGORY_LIMIT)
    # Two who make the same at once wait for each other here.
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    if Product.objects.filter(brand=brand, code=code).exists():
        raise Refused("code_taken", f"code {code}: {brand.name} has a product of that code already", param="code")
    made = Product.objects.create(brand=brand, code=code, tax_category=category, **_checked(told))
    record("product.add", made.public_id, actor=by.actor, door=by.door, detail={"code": code, **asdict(told)})
    return made


@action
def add_plan(product: Product, code: str, told: Told, *, by: By) -> Plan:
    """A new plan of the product, still without prices. Refused as `add_product`, and "product_archived"."""
    code = clean_code(code, "code", CODE_LIMIT)
    locked = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    if locked.archived_at is not None:
        raise Refused("product_archived", f"product {locked.code} is archived: restore it first", param="product")
    if locked.plans.filter(code=code).exists():
        raise Refused("code_taken", f"code {code}: {locked.name} has a plan of that code already", param="code")
    made = Plan.objects.create(product=locked, code=code, **_checked(told))
    record("plan.add", made.public_id, actor=by.actor, door=by.door, detail={"code": code, **asdict(told)})
    return made


@action
def describe(sold: Sold, told: Told, *, by: By) -> Sold:
    """Give a product or plan another name, description, place or visibility; what was issued keeps its words."""
    found = _locked(sold)
    values = _checked(told)
    changed = {name: value for name, value in values.items() if getattr(found, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(found, name, value)
        found.save(update_fields=list(changed))
        record(f"{_word(found)}.describe", found.public_id, actor=by.actor, door=by.door, detail=changed)
    return found


@action
def archive(sold: Sold, *, by: By) -> Sold:
    """Sell a product or plan no more: nobody begins with it, who has it keeps it. A second time changes nothing."""
    found = _locked(sold)
    if found.archived_at is None:
        found.archived_at = clock.now()
        found.save(update_fields=["archived_at"])
        record(f"{_word(found)}.archive", found.public_id, actor=by.actor, door=by.door)
    return found


@action
def restore(sold: Sold, *, by: By) -> Sold:
    """Sell an archived product or plan again, as it was. A second time changes nothing."""
    found = _locked(sold)
    if found.archived_at is not None:
        found.archived_at = None
        found.save(update_fields=["archived_at"])
        record(f"{_word(found)}.restore", found.public_id, actor=by.actor, door=by.door)
    return found


def _locked(sold: Sold) -> Sold:
    model: Any = type(sold)
    return cast(Sold, model.objects.select_for_update().get(pk=sold.pk))


def _word(sold: Product | Plan) -> str:
    return "product" if isinstance(sold, Product) else "plan"


def _checked(told: Told) -> dict[str, str | int | bool]:
    if not 0 <= told.position <= MOST_POSITION:
        message = f"position {shown(told.position)}: give a whole number from 0 to {MOST_POSITION}"
        raise Refused("bad_position", message, param="position")
    return {
        "name": clean_text(told.name, "name", NAME_LIMIT),
        "description": clean_text(told.description, "description", TEXT_LIMIT, required=False, multiline=True),
        "position": told.position,
        "hidden": told.hidden,
    }
