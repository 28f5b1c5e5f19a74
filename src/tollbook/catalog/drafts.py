"""The next version of a plan while it is written: begun as a copy of the latest one, changed price by price, then
published or dropped. What is published never changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.catalog.actions import PRICE_COLUMNS, NewPrice, check_prices, columns_of, publish_books
from tollbook.catalog.editing import By
from tollbook.catalog.models import Draft, DraftPrice, Plan, PlanVersion, Price, PriceBook
from tollbook.identity.audit import record
from tollbook.kernel.errors import NotFound, Refused, shown
from tollbook.kernel.money import plain
from tollbook.kernel.text import clean_text
from tollbook.rating import Terms

#: What a fee says; its amount is what the grid shows.
FLAT = "flat"
MOST_PRICES = 500
_TEXTS = {"section": 120, "meter": 120, "unit": 60, "unit_code": 3}
_NAME_LIMIT = 120


@action
def begin(plan: Plan, *, by: By) -> Draft:
    """The plan's draft, made as a copy of its latest version if there is none. Refused "plan_archived".

    A version with more prices than can be edited by hand is Refused "too_many_prices": an import grows it.
    """
    locked = Plan.objects.select_for_update().get(pk=plan.pk)
    if locked.archived_at is not None:
        raise Refused("plan_archived", f"plan {locked.code} is archived: restore it first", param="plan")
    found = Draft.objects.filter(plan=locked).first()
    if found is not None:
        return found
    latest = locked.versions.order_by("-number").first()
    rows = list(Price.objects.filter(version=latest).values("book_id", *PRICE_COLUMNS)) if latest else []
    if len(rows) > MOST_PRICES:
        message = f"plan {locked.code} has {len(rows)} prices; at most {MOST_PRICES} are edited by hand: import them"
        raise Refused("too_many_prices", message, param="plan")
    scope = latest.scope if latest else PlanVersion.Scope.NEW
    made = Draft.objects.create(plan=locked, base=latest, scope=scope, made_by=by.actor[:200], changed_at=clock.now())
    DraftPrice.objects.bulk_create(DraftPrice(draft=made, **row) for row in rows)
    record("draft.begin", made.public_id, actor=by.actor, door=by.door, detail={"plan": locked.public_id})
    return made


@action
def schedule(draft_id: str, revision: int, *, valid_from: datetime | None, scope: str, by: By) -> Draft:
    """Say from when the draft's version is to hold (None: from its publication) and who gets it. Refused
    "unknown_choice", "in_the_past", and as `open_draft`.
    """
    draft = open_draft(draft_id, revision)
    if scope not in PlanVersion.Scope.values:
        right = ", ".join(PlanVersion.Scope.values)
        raise Refused("unknown_choice", f"scope {shown(scope)}: give one of {right}", param="scope")
    _check_future(valid_from)
    draft.valid_from, draft.scope = valid_from, scope
    at = valid_from.isoformat() if valid_from else None
    return _changed(draft, "schedule", {"valid_from": at, "scope": scope}, by)


@action
def put_price(draft_id: str, revision: int, book: PriceBook, price: NewPrice, *, was: str = "", by: By) -> Draft:
    """Add a price to the draft, or put it in the place of the one with the code `was`. Refused "price_not_found",
    "too_many_prices", "unknown_choice", "meter_missing", "meter_needless", as `open_draft`, and as `publish` says of
    prices.
    """
    draft = open_draft(draft_id, revision)
    _check_book(draft, book)
    columns = _checked(price)
    rows = DraftPrice.objects.filter(draft=draft, book=book)
    if was:
        _one(rows.filter(code=was).delete()[0], was)
    elif draft.prices.count() >= MOST_PRICES:
        message = f"at most {MOST_PRICES} prices are edited by hand: import them"
        raise Refused("too_many_prices", message, param="code")
    check_prices([*prices_in(draft, book), price])
    DraftPrice.objects.create(draft=draft, book=book, **columns)
    detail = {"book": book.public_id, "code": price.code, "terms": price.terms.data(), **({"was": was} if was else {})}
    return _changed(draft, "price", detail, by)


@action
def drop_price(draft_id: str, revision: int, book: PriceBook, code: str, *, by: By) -> Draft:
    """Take a price out of the draft. Refused "price_not_found", and as `open_draft`."""
    draft = open_draft(draft_id, revision)
    _one(DraftPrice.objects.filter(draft=draft, book=book, code=code).delete()[0], code)
    return _changed(draft, "drop", {"book": book.public_id, "code": code}, by)


@action
def set_amounts(
    draft_id: str, revision: int, amounts: Mapping[tuple[str, PriceBook], Decimal | None], *, by: By
) -> Draft:
    """Set the amounts of flat fees, by code and book: the grid. None takes the fee out of that book; an amount for a
    book in which it is not yet adds it there as it is in another one. Refused "price_not_found", "not_a_fee" and
    as `open_draft`.
    """
    draft = open_draft(draft_id, revision)
    rows = list(DraftPrice.objects.filter(draft=draft).order_by("pk"))
    detail: dict[str, str | None] = {}
    for (code, book), amount in amounts.items():
        _check_book(draft, book)
        mine = next((row for row in rows if (row.code, row.book_id) == (code, book.pk)), None)
        model = mine or next((row for row in rows if row.code == code), None)
        if model is None:
            raise NotFound("price_not_found", f"the draft has no price {shown(code)}", param="code")
        if not is_fee(model):
            raise Refused("not_a_fee", f"{code} is no flat fee: open it to change it", param="code")
        if amount is None:
            if mine is not None:
                mine.delete()
                detail[f"{code} {book.currency}"] = None
            continue
        price = _price_of(model)
        terms = Terms.parse({**model.terms, "amount": plain(amount)})
        if mine is not None and mine.terms == terms.data():
            continue
        if mine is not None:
            mine.terms = terms.data()
            mine.save(update_fields=["terms"])
        else:
            DraftPrice.objects.create(draft=draft, book=book, **columns_of(replace(price, terms=terms)))
        detail[f"{code} {book.currency}"] = plain(amount)
    return _changed(draft, "amounts", detail, by) if detail else draft


@action
def write(
    plan: Plan,
    books: Sequence[tuple[PriceBook, Sequence[NewPrice]]],
    *,
    valid_from: datetime | None,
    scope: str,
    by: By,
) -> Draft:
    """Put a whole draft in the place of the plan's draft, which is begun if there is none. Refused as `schedule`,
    `put_price` and `begin`.
    """
    begun = begin(plan, by=by)
    draft = schedule(begun.public_id, begun.revision, valid_from=valid_from, scope=scope, by=by)
    if sum(len(prices) for _, prices in books) > MOST_PRICES:
        raise Refused(
            "too_many_prices", f"prices: at most {MOST_PRICES} are written by hand: import them", param="prices"
        )
    draft.prices.all().delete()
    for book, prices in books:
        _check_book(draft, book)
        rows = [_checked(price) for price in prices]
        check_prices(prices)
        DraftPrice.objects.bulk_create(DraftPrice(draft=draft, book=book, **row) for row in rows)
    return _changed(draft, "write", {"prices": draft.prices.count()}, by)


@action
def drop(draft_id: str, revision: int, *, by: By) -> None:
    """Throw the draft away; what is published stays as it is. Refused as `open_draft`."""
    draft = open_draft(draft_id, revision)
    record("draft.drop", draft.public_id, actor=by.actor, door=by.door, detail={"plan": draft.plan.public_id})
    draft.delete()


@action
def publish_draft(draft_id: str, revision: int, *, by: By) -> PlanVersion:
    """Publish the draft as the next version of its plan, and take it away. Refused "draft_empty", "draft_unchanged",
    "draft_outdated" (another version was published since it was begun), "in_the_past", "plan_archived", as
    `open_draft` and `publish`.

    Whether it may pass the limits of the brand is asked above, in `simulation.publishing`, which is how people and
    programs publish a draft.
    """
    draft = open_draft(draft_id, revision)
    plan = Plan.objects.select_for_update().get(pk=draft.plan_id)
    if plan.archived_at is not None:
        raise Refused("plan_archived", f"plan {plan.code} is archived: restore it first", param="plan")
    latest = plan.versions.order_by("-number").first()
    if latest is not None and draft.base_id != latest.pk:
        message = f"draft: {latest} was published after it was begun; drop the draft and begin again"
        raise Refused("draft_outdated", message, param="draft")
    books = books_of(draft)
    if not books:
        raise Refused("draft_empty", "prices: the draft has none; add one, or archive the plan", param="prices")
    if latest is not None and latest.scope == draft.scope and _same(latest, books):
        raise Refused("draft_unchanged", f"draft: it says what {latest} says already", param="draft")
    _check_future(draft.valid_from)
    made = publish_books(plan, books, draft.valid_from or clock.now(), draft.scope)
    detail = {"plan": plan.public_id, "number": made.number, "scope": made.scope, "draft": draft.public_id}
    record("version.publish", made.public_id, actor=by.actor, door=by.door, detail=detail)
    draft.delete()
    return made


def books_of(draft: Draft) -> list[tuple[PriceBook, list[NewPrice]]]:
    """The draft's prices by book, the general ones first, in the order of their codes."""
    rows = draft.prices.select_related("book__group").order_by(
        F("book__group__name").asc(nulls_first=True), "book__currency", "book_id", "code"
    )
    found: dict[PriceBook, list[NewPrice]] = {}
    for row in rows:
        found.setdefault(row.book, []).append(_price_of(row))
    return list(found.items())


def prices_in(draft: Draft, book: PriceBook) -> list[NewPrice]:
    """The draft's prices in a book, in the order of their codes."""
    return [_price_of(row) for row in draft.prices.filter(book=book).order_by("code")]


def is_fee(price: DraftPrice) -> bool:
    """Whether the price is a flat fee, whose one amount stands in the grid."""
    return price.kind != Price.Kind.METERED and price.terms.get("model") == FLAT


def _checked(price: NewPrice) -> dict[str, Any]:
    """The columns of a price that somebody wrote, with every text bounded."""
    for field, value, known in (("kind", price.kind, Price.Kind.values), ("mode", price.mode, Price.Mode.values)):
        if value not in known:
            message = f"{field} {shown(value)}: give one of {', '.join(known)}"
            raise Refused("unknown_choice", message, param=field)
    if price.kind == Price.Kind.METERED and not price.meter:
        raise Refused("meter_missing", "meter: a metered price names what is counted", param="meter")
    if price.kind != Price.Kind.METERED and (price.meter or price.match):
        raise Refused("meter_needless", "meter: only a metered price names what is counted", param="meter")
    texts = {name: clean_text(getattr(price, name), name, most, required=False) for name, most in _TEXTS.items()}
    match = {
        clean_text(name, "match", _NAME_LIMIT): clean_text(value, "match", _NAME_LIMIT)
        for name, value in price.match.items()
    }
    return {**columns_of(price), **texts, "match": match}


def _price_of(row: DraftPrice) -> NewPrice:
    values = {name: getattr(row, name) for name in PRICE_COLUMNS}
    return NewPrice(**{**values, "terms": Terms.parse(row.terms)})


def _same(version: PlanVersion, books: Sequence[tuple[PriceBook, Sequence[NewPrice]]]) -> bool:
    stored = {(row.pop("book_id"), row["code"]): row for row in version.prices.values("book_id", *PRICE_COLUMNS)}
    return stored == {(book.pk, price.code): columns_of(price) for book, prices in books for price in prices}


def _check_book(draft: Draft, book: PriceBook) -> None:
    if book.brand_id != draft.plan.product.brand_id:
        raise Refused("other_brand", "book: it belongs to another brand than the plan", param="book")


def _check_future(valid_from: datetime | None) -> None:
    if valid_from is not None and valid_from < clock.now():
        message = f"valid_from {valid_from.isoformat()} is past; leave it empty for the instant of publication"
        raise Refused("in_the_past", message, param="valid_from")


def _one(count: int, code: str) -> None:
    if not count:
        raise NotFound("price_not_found", f"the draft has no price {shown(code)} in this book", param="code")


def open_draft(draft_id: str, revision: int) -> Draft:
    """The draft, locked: NotFound "draft_not_found"; Refused "draft_changed" where somebody changed it since the
    revision that the caller saw.
    """
    rows = Draft.objects.select_for_update(of=("self",)).select_related("plan__product")
    found = rows.filter(public_id=draft_id).first()
    if found is None:
        raise NotFound("draft_not_found", f"there is no draft {shown(draft_id)}", param="draft")
    if found.revision != revision:
        message = f"revision {revision}: the draft was changed meanwhile and is at {found.revision}; look at it again"
        raise Refused("draft_changed", message, param="revision", revision=found.revision)
    return found


def _changed(draft: Draft, verb: str, detail: Mapping[str, object], by: By) -> Draft:
    draft.revision += 1
    draft.changed_at = clock.now()
    draft.save(update_fields=["revision", "changed_at", "valid_from", "scope"])
    record(f"draft.{verb}", draft.public_id, actor=by.actor, door=by.door, detail=detail)
    return draft
