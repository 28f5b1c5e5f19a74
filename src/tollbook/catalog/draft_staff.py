"""Staff page of a draft: fees in a grid of codes and price books, all other prices, what it changes, and when."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tollbook.base import clock
from tollbook.brands.queries import tax_rates
from tollbook.catalog import drafts
from tollbook.catalog.actions import NewPrice, columns_of, price_book
from tollbook.catalog.comparing import compare, plainly, words_of
from tollbook.catalog.models import Draft, PlanVersion, Price, PriceBook
from tollbook.catalog.product_staff import EDITORS, by_of, may_edit
from tollbook.catalog.queries import unreachable
from tollbook.catalog.told import book_words
from tollbook.catalog.warnings import of_prices, of_terms
from tollbook.customers.models import CustomerGroup
from tollbook.identity.access import staff_page
from tollbook.kernel.errors import NotFound, Refused, shown
from tollbook.kernel.money import plain
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.times import parse_local, zone_info
from tollbook.web.forms import Field, Form, acted
from tollbook.web.parts import Facts, Page, Part, Rows, Words, fact, show
from tollbook.web.sockets import page_of, parts_of
from tollbook.web.tables import Column

_CHANGES = [
    Column("Price", lambda c: c.price.name, note=lambda c: c.price.code),
    Column("Book", lambda c: book_words(c.book)),
    Column("What", lambda c: c.state, "state"),
    Column("In force", lambda c: c.before),
    Column("Draft", lambda c: c.after, note=lambda c: c.fields),
    Column("Change", lambda c: plainly(c.percent)),
]


@dataclass(frozen=True, slots=True)
class Slot:
    """A field of the grid: what it is called, for whom, and the amount that stands in it."""

    name: str
    label: str
    value: str
    href: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """A fee of the grid, with a slot for each book."""

    name: str
    note: str
    slots: list[Slot]


def draft_of(public_id: str) -> Draft:
    """The draft with its plan, product, brand and base; 404 where there is none."""
    rows = Draft.objects.select_related("plan__product__brand", "base__plan")
    return get_object_or_404(rows, public_id=public_id)


def all_books(draft: Draft) -> list[PriceBook]:
    """Every price book of the draft's brand, the general ones first."""
    rows = PriceBook.objects.filter(brand=draft.plan.product.brand).select_related("group", "brand")
    return sorted(rows, key=lambda book: (book.group.name if book.group else "", book.currency, book.pk))


@staff_page()
def draft_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A draft: its grid, its prices, warnings, and what it changes."""
    draft = draft_of(public_id)
    plan, books, edits = draft.plan, all_books(draft), may_edit(request)
    prices = drafts.books_of(draft)
    changed = [each for each in compare(draft.base, prices) if each.state != "same"]
    told = warnings_of(draft, prices)
    parts: list[Part] = [
        *([Words("Look at these before you publish", told, wide=True)] if told else []),
        _prices(draft, prices),
        Rows(f"Against {draft.base or 'nothing'}", _CHANGES, changed, "Nothing is changed yet."),
        *([_schedule(draft)] if edits else [_facts(draft)]),
        *parts_of("draft", draft),
        *(_more_forms(draft) if edits else []),
    ]
    crumbs = [
        ("Products", reverse("staff-catalog:list")),
        (plan.product.name, page_of(plan.product.public_id)),
        (plan.name, page_of(plan.public_id)),
    ]
    about = "Nobody gets these prices before they are published."
    page = Page(f"{plan.name}, next version", "draft", about, crumbs, parts, public_id)
    grid = _grid(draft, prices, books)
    return show(
        request, page, template="catalog/draft.html", draft=draft, books=[(b.public_id, book_words(b)) for b in books],
        grid=grid, edits=edits,
    )  # fmt: skip


def _grid(draft: Draft, prices: list[tuple[PriceBook, list[NewPrice]]], books: list[PriceBook]) -> list[GridRow]:
    fees: dict[str, dict[int, NewPrice]] = {}
    other: set[str] = set()
    for book, each in prices:
        for price in each:
            if price.kind == Price.Kind.METERED or price.terms.model.name != drafts.FLAT:
                other.add(price.code)
            fees.setdefault(price.code, {})[book.pk] = price
    rows = []
    for code, by_book in fees.items():
        if code in other:
            continue
        first = next(iter(by_book.values()))
        due = "in advance" if first.in_advance else "in arrears"
        kind = "one-time" if first.kind == Price.Kind.ONE_TIME else f"recurring, {due}"
        slots = [
            Slot(
                f"amount:{book.public_id}:{code}",
                f"{first.name} in {book_words(book)}",
                plain(Decimal(by_book[book.pk].terms.data()["amount"])) if book.pk in by_book else "",
                price_address(draft, book, code) if book.pk in by_book else "",
            )
            for book in books
        ]
        rows.append(GridRow(first.name, f"{code}, {kind}", slots))
    return rows


def price_address(draft: Draft, book: PriceBook, code: str) -> str:
    """The address of the form of a price of the draft."""
    return reverse("staff-catalog:draft-price", args=[draft.public_id, book.public_id]) + f"?{_encoded(code)}"


def _encoded(code: str) -> str:
    return urlencode({"code": code})


def _prices(draft: Draft, prices: list[tuple[PriceBook, list[NewPrice]]]) -> Rows:
    rows = [(book, price) for book, each in prices for price in each]
    columns = [
        Column("Price", lambda r: r[1].name, href=lambda r: price_address(draft, r[0], r[1].code),
               note=lambda r: r[1].section or r[1].code),
        Column("Kind", lambda r: str(Price.Kind(r[1].kind).label)),
        Column("In words", lambda r: words_of(r[1], r[0])),
        Column("Book", lambda r: book_words(r[0])),
        Column("Mode", lambda r: r[1].mode),
    ]  # fmt: skip
    return Rows("Prices", columns, rows, "No prices yet: add one to a price book.")


def warnings_of(draft: Draft, prices: list[tuple[PriceBook, list[NewPrice]]]) -> list[str]:
    """Sentences about what is legal and hardly meant, each with the price it is about."""
    found, today, rates = [], clock.now().date(), tax_rates()
    version = PlanVersion(plan=draft.plan)
    for book, each in prices:
        book.brand = draft.plan.product.brand
        for price in each:
            told = of_terms(price.terms)
            if words := unreachable(Price(version=version, book=book, **columns_of(price)), today, rates):
                told.append(words)
            found += [f"{price.name} ({book_words(book)}): {sentence}" for sentence in told]
        found += [f"{book_words(book)}: {sentence}" for sentence in of_prices(each)]
    return found


def _schedule(draft: Draft) -> Form:
    zone = draft.plan.product.brand.zone
    at = f"{timezone.localtime(draft.valid_from, zone_info(zone)):%Y-%m-%dT%H:%M}" if draft.valid_from else ""
    fields = [
        Field("revision", "", "hidden", str(draft.revision)),
        Field("valid_from", "Holds from", "datetime-local", at, required=False,
              help=f"In {zone}. Empty: from the instant of publication."),
        Field("scope", "Who gets it", value=draft.scope,
              choices=[(each.value, str(each.label)) for each in PlanVersion.Scope]),
    ]  # fmt: skip
    return Form("When, and for whom", _act(draft, "schedule"), fields, "Save")


def _facts(draft: Draft) -> Facts:
    return Facts(
        "When, and for whom",
        [
            fact("Holds from", draft.valid_from, "instant"),
            fact("Who gets it", draft.get_scope_display()),
            fact("Begun by", draft.made_by),
        ],
    )


def _more_forms(draft: Draft) -> list[Part]:
    brand = draft.plan.product.brand
    groups = CustomerGroup.objects.filter(brand=brand).order_by("name")
    fields = [
        Field("currency", "Currency", value=brand.currency, help="Three letters."),
        Field("group", "Customers", choices=[("", "everybody"), *((g.code, g.name) for g in groups)], required=False),
        Field("includes_tax", "Its amounts include tax", "switch"),
    ]
    return [
        Form("Another price book", _act(draft, "book"), fields, "Add the book"),
        Form(
            "Drop the draft",
            _act(draft, "drop"),
            [Field("revision", "", "hidden", str(draft.revision))],
            "Drop it",
            "What is published stays as it is.",
        ),
    ]


def _act(draft: Draft, what: str) -> str:
    return reverse("staff-catalog:draft-act", args=[draft.public_id, what])


def revision_of(request: HttpRequest) -> int:
    """The revision of the draft that the form was made for; Refused as `parse_decimal`."""
    return int(parse_decimal(request.POST.get("revision", ""), "revision", digits=9, places=0))


@require_POST
@staff_page(*EDITORS)
def draft_act(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """Change the draft: its amounts, when it holds and for whom, another book; or drop it."""
    draft = draft_of(public_id)
    back = page_of(public_id)
    if what == "amounts":
        return acted(request, lambda: _save_amounts(request, draft), "The amounts are saved.", back)
    if what == "schedule":
        return acted(request, lambda: _save_schedule(request, draft), "It is saved.", back)
    if what == "book":
        return acted(request, lambda: _add_book(request, draft), "The price book is there.", back)
    if what == "drop":
        done = acted(
            request, lambda: drafts.drop(public_id, revision_of(request), by=by_of(request)), "It is dropped.", back
        )
        return redirect(page_of(draft.plan.public_id)) if not Draft.objects.filter(pk=draft.pk).exists() else done
    raise Http404


def _save_amounts(request: HttpRequest, draft: Draft) -> None:
    books = {book.public_id: book for book in all_books(draft)}
    amounts: dict[tuple[str, PriceBook], Decimal | None] = {}
    for name in request.POST:
        kind, _, rest = name.partition(":")
        book_id, _, code = rest.partition(":")
        if kind != "amount":
            continue
        if book_id not in books:
            raise NotFound("book_not_found", f"there is no price book {shown(book_id)}", param="book")
        typed = request.POST[name].strip()
        amounts[code, books[book_id]] = parse_decimal(typed, f"{code} in {books[book_id].currency}") if typed else None
    drafts.set_amounts(draft.public_id, revision_of(request), amounts, by=by_of(request))


def _save_schedule(request: HttpRequest, draft: Draft) -> None:
    typed = request.POST.get("valid_from", "").strip()
    at = parse_local(typed, draft.plan.product.brand.zone, "valid_from") if typed else None
    scope = request.POST.get("scope", "")
    drafts.schedule(draft.public_id, revision_of(request), valid_from=at, scope=scope, by=by_of(request))


def _add_book(request: HttpRequest, draft: Draft) -> None:
    brand, code = draft.plan.product.brand, request.POST.get("group", "").replace("\0", "")
    group = CustomerGroup.objects.filter(brand=brand, code=code).first() if code else None
    if code and group is None:
        raise Refused("unknown_choice", f"group {shown(code)}: choose one of the list", param="group")
    currency = request.POST.get("currency", "").strip().upper()
    price_book(brand, currency, group, includes_tax=request.POST.get("includes_tax") == "true" or None)
