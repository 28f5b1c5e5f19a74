"""Staff form of a price in a draft, with a worked example that follows what is typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.base import clock, discovery
from tollbook.catalog import drafts
from tollbook.catalog.actions import NewPrice, columns_of
from tollbook.catalog.draft_staff import draft_of, revision_of
from tollbook.catalog.models import Draft, PlanVersion, Price, PriceBook
from tollbook.catalog.price_form import AROUND, CHOICES, PRESET_CHOICES, SHAPES, SPARE_ROWS, model_choices, read_terms
from tollbook.catalog.price_form import shown as as_form
from tollbook.catalog.product_staff import EDITORS, by_of
from tollbook.catalog.queries import unreachable
from tollbook.catalog.told import book_words
from tollbook.catalog.warnings import of_terms
from tollbook.identity.access import staff_page
from tollbook.kernel.errors import Invalid, Refused, TollbookError, shown
from tollbook.kernel.money import Money
from tollbook.kernel.numbers import parse_decimal
from tollbook.rating import Terms, price_words, rate, words
from tollbook.web.parts import Page, show
from tollbook.web.sockets import page_of

_USUAL = Decimal(100)
_AROUND = {
    "allowance": "Included units",
    "limit": "Stops at, units",
    "minimum": "At least",
    "maximum": "At most",
    "discount_percent": "Discount, percent",
}


@dataclass(slots=True)
class Example:
    """What a quantity costs under the terms of a form: lines in words, or what is wrong with the terms."""

    quantity: str
    problems: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    amount: Money | None = None
    words: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def meters() -> list[tuple[str, str, str]]:
    """(code, name, unit) of what can be counted, as the rooms above say (`gates.meters`)."""
    return [each for _, module in discovery.modules("gates") if hasattr(module, "meters") for each in module.meters()]


def _book(draft: Draft, book_id: str) -> PriceBook:
    rows = PriceBook.objects.select_related("group", "brand").filter(brand=draft.plan.product.brand)
    return get_object_or_404(rows, public_id=book_id)


@staff_page(*EDITORS)
def price_page(request: HttpRequest, public_id: str, book_id: str) -> HttpResponseBase:
    """The form of a new price, or of the one with the code in the address; POST saves it or takes it out."""
    draft = draft_of(public_id)
    book = _book(draft, book_id)
    was = request.GET.get("code", "")
    stored = next((each for each in drafts.prices_in(draft, book) if each.code == was), None) if was else None
    if was and stored is None:
        return redirect(page_of(public_id))
    if request.method != "POST":
        return _form(request, draft, book, stored, _values(request, stored), None)
    if request.POST.get("act") == "example":
        return _form(request, draft, book, stored, _posted(request), example_of(request, draft, book, stored))
    try:
        if request.POST.get("act") == "drop":
            drafts.drop_price(public_id, revision_of(request), book, was, by=by_of(request))
        else:
            price = read_price(request, stored)
            drafts.put_price(public_id, revision_of(request), book, price, was=was, by=by_of(request))
    except TollbookError as error:
        return _form(request, draft, book, stored, _posted(request), _refused(request, error))
    messages.success(request, "The draft is saved.")
    return redirect(page_of(public_id))


@require_POST
@staff_page(*EDITORS)
def price_example(request: HttpRequest, public_id: str, book_id: str) -> HttpResponse:
    """The worked example of what stands in the form, to be put into the page while it is typed."""
    draft = draft_of(public_id)
    book = _book(draft, book_id)
    was = request.GET.get("code", "")
    stored = next((each for each in drafts.prices_in(draft, book) if each.code == was), None)
    return render(request, "catalog/_example.html", {"example": example_of(request, draft, book, stored)})


def read_price(request: HttpRequest, stored: NewPrice | None) -> NewPrice:
    """The price that was posted. Discounts beyond the plain one are not in the form and stay as `stored` has them.

    Refused with what is wrong with a field; Invalid with every fault of the terms.
    """
    post = request.POST
    given = {name: str(post.get(name, "")) for name in post}
    terms = read_terms(given, {name: post.getlist(name) for name in post})
    if stored is not None and stored.terms.discounts:
        terms["discounts"] = [each.data() for each in stored.terms.discounts]
    cost = given.get("unit_cost", "").strip()
    return NewPrice(
        code=given.get("code", ""),
        name=given.get("name", ""),
        kind=given.get("kind", ""),
        terms=Terms.parse(terms),
        section=given.get("section", ""),
        mode=given.get("mode", ""),
        in_advance=given.get("in_advance") == "true",
        meter=given.get("meter", "").strip(),
        match=_match(given.get("match", "")),
        unit=given.get("unit", ""),
        unit_code=given.get("unit_code", "").strip() or "C62",
        unit_cost=parse_decimal(cost, "unit_cost") if cost else None,
    )


def _match(text: str) -> dict[str, str]:
    """The dimensions of "country=DE" lines. Refused "bad_match"."""
    found = {}
    for line in filter(None, (each.strip() for each in text.splitlines())):
        name, sign, value = (part.strip() for part in line.partition("="))
        if not (name and sign and value):
            message = f"match {shown(line)}: give a dimension and its value as country=DE"
            raise Refused("bad_match", message, param="match")
        found[name] = value
    return found


def example_of(request: HttpRequest, draft: Draft, book: PriceBook, stored: NewPrice | None) -> Example:
    """The worked example of what was posted."""
    found = Example(request.POST.get("quantity", "").strip() or str(_USUAL))
    try:
        price = read_price(request, stored)
        found.words = price_words(price.terms, book.currency, price.unit, price.kind)
        found.warnings = of_terms(price.terms)
        row = Price(version=PlanVersion(plan=draft.plan), book=book, **columns_of(price))
        if told := unreachable(row, clock.now().date()):
            found.warnings.append(told)
        rated = rate(price.terms, parse_decimal(found.quantity, "quantity"))
        found.lines = [words(line.data(), book.currency, price.unit) for line in rated.lines]
        found.amount = Money(rated.amount, book.currency)
    except TollbookError as error:
        found.problems = _problems(error)
    except ValueError as error:
        # A kind that is none has no words; the form's own choices are all right.
        found.problems = [str(error)]
    return found


def _refused(request: HttpRequest, error: TollbookError) -> Example:
    return Example(request.POST.get("quantity", "").strip() or str(_USUAL), _problems(error))


def _problems(error: TollbookError) -> list[str]:
    return [str(each) for each in error.problems] if isinstance(error, Invalid) else [error.message]


def _posted(request: HttpRequest) -> dict[str, Any]:
    """What was posted, as the values of the form, so that nothing typed is lost."""
    post = request.POST
    shape = SHAPES.get(post.get("model", ""), SHAPES["unit"])
    lists = [post.getlist(f"{shape.rows}-{each.name}") for each in shape.columns]
    rows = [list(row) for row in zip(*lists, strict=False) if any(row)]
    values = {name: post.get(name, "") for name in post}
    return {**values, "values": values, "rows": rows, "choices": values}


def _values(request: HttpRequest, stored: NewPrice | None) -> dict[str, Any]:
    """The values of the form of a stored price, or of a new one; the address may ask for another model or kind."""
    price = stored or NewPrice("", "", Price.Kind.METERED, Terms.parse({"model": "unit", "unit_price": "0"}))
    kind = request.GET.get("kind", price.kind)
    kind = kind if kind in Price.Kind.values else price.kind
    model = request.GET.get("model", price.terms.model.name)
    allowed = [name for name, _ in model_choices(metered=kind == Price.Kind.METERED)]
    model = model if model in allowed else allowed[0]
    found = as_form(price.terms.data())
    if model != price.terms.model.name and SHAPES[model].columns != SHAPES[price.terms.model.name].columns:
        found["rows"], found["json"] = [], ""
    match = "\n".join(f"{name}={value}" for name, value in price.match.items())
    if stored is None:
        found["values"] = {name: "" for name in found["values"]}
    texts = {name: getattr(price, name) for name in ("code", "name", "section", "mode", "meter", "unit", "unit_code")}
    cost = "" if price.unit_cost is None else format(price.unit_cost.normalize(), "f")
    more = {"in_advance": "true" if price.in_advance else "", "unit_cost": cost, "match": match}
    return {**found, **texts, **more, "kind": kind, "model": model}


def _form(
    request: HttpRequest,
    draft: Draft,
    book: PriceBook,
    stored: NewPrice | None,
    values: Mapping[str, Any],
    example: Example | None,
) -> HttpResponseBase:
    plan = draft.plan
    model = values["model"] if values.get("model") in SHAPES else "unit"
    shape = SHAPES[model]
    metered = values.get("kind") == Price.Kind.METERED
    around = AROUND if metered else ()
    back = (f"{plan.name}, next version", page_of(draft.public_id))
    crumbs = [("Products", reverse("staff-catalog:list")), (plan.name, page_of(plan.public_id)), back]
    page = Page(stored.name if stored else "New price", about=f"In the book {book_words(book)}", crumbs=crumbs)
    blank = [""] * len(shape.columns)
    rows = [*values["rows"], *([blank] * SPARE_ROWS)] if shape.rows else []
    given = values["values"]
    discounts = stored.terms.discounts if stored else ()
    if example is None:
        example = _first_example(draft, book, stored)
    return show(
        request,
        page,
        template="catalog/price.html",
        draft=draft,
        stored=stored,
        given=values,
        model=model,
        shape=shape,
        kinds=[(each.value, str(each.label)) for each in Price.Kind],
        modes=[(each.value, str(each.label)) for each in Price.Mode],
        models=model_choices(metered=metered),
        meters=meters(),
        inputs=[(each, given.get(each.name, "")) for each in shape.inputs],
        headings=shape.columns,
        rows=[list(zip(shape.columns, row, strict=False)) for row in rows],
        around=[(name, _AROUND[name], given.get(name, "")) for name in around],
        presets=PRESET_CHOICES,
        choices=[(name, title, pairs, values["choices"].get(name, "")) for name, (title, pairs) in CHOICES.items()],
        others=json.dumps([each.data() for each in discounts]) if discounts else "",
        example=example,
        address=reverse("staff-catalog:draft-example", args=[draft.public_id, book.public_id]),
        code=stored.code if stored else "",
    )


def _first_example(draft: Draft, book: PriceBook, stored: NewPrice | None) -> Example:
    if stored is None:
        return Example(str(_USUAL))
    found = Example(str(_USUAL))
    found.words = price_words(stored.terms, book.currency, stored.unit, stored.kind)
    found.warnings = of_terms(stored.terms)
    try:
        rated = rate(stored.terms, _USUAL)
    except Refused as refused:
        found.problems = [refused.message]
        return found
    found.lines = [words(line.data(), book.currency, stored.unit) for line in rated.lines]
    found.amount = Money(rated.amount, book.currency)
    return found
