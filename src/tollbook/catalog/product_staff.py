"""Staff acts on products and plans: make, describe, hide, archive and restore them."""

from collections.abc import Callable
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.brands.models import Brand
from tollbook.catalog import editing
from tollbook.catalog.drafts import begin
from tollbook.catalog.editing import By, Told
from tollbook.catalog.models import Draft, Plan, Product
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.numbers import parse_decimal
from tollbook.web.forms import Field, Form, acted
from tollbook.web.parts import Part
from tollbook.web.sockets import page_of

EDITORS = (StaffRole.CATALOGUE, StaffRole.ADMINISTRATOR)
#: What a button does to a product or plan, and what is said then.
_ACTS: dict[str, tuple[Callable[..., object], str]] = {
    "archive": (editing.archive, "It is archived: nobody can begin with it. Restore it to undo that."),
    "restore": (editing.restore, "It is sold again."),
}


def may_edit(request: HttpRequest) -> bool:
    """Whether the reader may change the catalogue."""
    return isinstance(request.user, User) and request.user.staff_role in EDITORS


def by_of(request: HttpRequest) -> By:
    """The reader, for the audit trail."""
    return By(cast(User, request.user).email, "staff")


def state_of(sold: Product | Plan) -> str:
    """ "archived", "hidden" or "on sale"."""
    return "archived" if sold.archived_at else "hidden" if sold.hidden else "on sale"


def _told(sold: Product | Plan | None) -> list[Field]:
    shown = Told(sold.name, sold.description, sold.position, sold.hidden) if sold else Told("")
    return [
        Field("name", "Name", value=shown.name),
        Field("description", "Description", "lines", shown.description, required=False),
        Field("position", "Position", "number", str(shown.position), help="Smaller stands higher."),
        Field(
            "hidden", "Hidden from customers", "switch", "true" if shown.hidden else "", help="Staff can still sell it."
        ),
    ]


_CODE = Field("code", "Code", help="Small letters, digits, - and _. It stays.")


def new_product(request: HttpRequest) -> list[Part]:
    """The form that makes a product of each brand, for those who may."""
    if not may_edit(request):
        return []
    words = "standard, reduced, zero or exempt. It stays."
    category = Field("tax_category", "Tax category", value="standard", help=words)
    brands = list(Brand.objects.order_by("name"))
    return [
        Form(
            f"New product of {brand.name}" if len(brands) > 1 else "New product",
            reverse("staff-catalog:add-product", args=[brand.public_id]),
            [_CODE, *_told(None), category],
            "Make the product",
        )
        for brand in brands
    ]


def forms_of(request: HttpRequest, sold: Product | Plan) -> list[Part]:
    """The forms on the page of a product or plan, for those who may."""
    if not may_edit(request):
        return []
    found: list[Part] = [Form("Change it", _address("describe", sold), _told(sold), "Save")]
    if isinstance(sold, Product):
        if not sold.archived_at:
            add = reverse("staff-catalog:add-plan", args=[sold.public_id])
            found.append(Form("New plan", add, [_CODE, *_told(None)], "Make the plan"))
    elif not sold.archived_at:
        found.append(_draft_form(sold))
    what = "restore" if sold.archived_at else "archive"
    note = (
        "Sell it again, as it was."
        if sold.archived_at
        else "Nobody can begin with it any more; who has it keeps it. It can be restored."
    )
    found.append(Form(what.capitalize(), _address(what, sold), (), f"{what.capitalize()} it", note))
    return found


def _draft_form(plan: Plan) -> Form:
    draft = Draft.objects.filter(plan=plan).first()
    note = (
        f"{draft.made_by} began one; it goes on where it was left."
        if draft
        else "It begins as a copy of the latest version, and holds for nobody before it is published."
    )
    title = "The next version" if draft else "A new version"
    return Form(title, reverse("staff-catalog:begin", args=[plan.public_id]), (), "Go on" if draft else "Begin", note)


def _address(what: str, sold: Product | Plan) -> str:
    return reverse("staff-catalog:act", args=[sold.public_id, what])


def _read(request: HttpRequest) -> Told:
    post = request.POST
    position = parse_decimal(post.get("position", "") or "100", "position", digits=9, places=0)
    return Told(post.get("name", ""), post.get("description", ""), int(position), post.get("hidden") == "true")


def sold_of(public_id: str) -> Product | Plan:
    """The product or plan of that id; 404 for another one."""
    model: Any = Plan if public_id.startswith("pln_") else Product
    found: Product | Plan = get_object_or_404(model, public_id=public_id)
    return found


def _done(request: HttpRequest, act: Callable[[], Any], told: str, back: str) -> HttpResponse:
    """Do it and go to the page of what it made; where it is refused, say why and go back."""
    made: list[Any] = []
    answer = acted(request, lambda: made.append(act()), told, back)
    if made:
        answer["Location"] = page_of(made[0].public_id)
    return answer


@require_POST
@staff_page(*EDITORS)
def add_product(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a product of a brand."""
    brand = get_object_or_404(Brand, public_id=public_id)

    def act() -> Product:
        code, category = (request.POST.get(name, "") for name in ("code", "tax_category"))
        return editing.add_product(brand, code, _read(request), tax_category=category, by=by_of(request))

    return _done(request, act, "The product is made. Give it a plan.", reverse("staff-catalog:list"))


@require_POST
@staff_page(*EDITORS)
def add_plan(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a plan of a product."""
    product = get_object_or_404(Product, public_id=public_id)

    def act() -> Plan:
        return editing.add_plan(product, request.POST.get("code", ""), _read(request), by=by_of(request))

    return _done(request, act, "The plan is made. Begin its first version.", page_of(public_id))


@require_POST
@staff_page(*EDITORS)
def act_on(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """Describe, archive or restore a product or plan."""
    sold, by = sold_of(public_id), by_of(request)
    if what == "describe":
        return acted(
            request, lambda: editing.describe(sold, _read(request), by=by), "It is changed.", page_of(public_id)
        )
    known = _ACTS.get(what)
    if known is None:
        raise Http404
    act, told = known
    return acted(request, lambda: act(sold, by=by), told, page_of(public_id))


@require_POST
@staff_page(*EDITORS)
def begin_draft(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Begin the next version of a plan, or go on with it."""
    plan = get_object_or_404(Plan, public_id=public_id)
    return _done(request, lambda: begin(plan, by=by_of(request)), "This is the draft.", page_of(public_id))
