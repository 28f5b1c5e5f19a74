"""What requests and answers about editing the catalogue look like. Served by `edit_api`."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Currency, Instant, example, id_of, number, one_of, text
from tollbook.api.fields import code as short_code
from tollbook.catalog.actions import NewPrice, columns_of
from tollbook.catalog.drafts import MOST_PRICES, books_of
from tollbook.catalog.editing import CATEGORY_LIMIT, CODE_LIMIT, MOST_POSITION, NAME_LIMIT, TEXT_LIMIT, Told
from tollbook.catalog.models import Draft, PlanVersion, Price, PriceBook
from tollbook.catalog.warnings import of_terms
from tollbook.kernel.money import plain
from tollbook.kernel.text import clean_text
from tollbook.rating import Terms, price_words

_TOLD = {"name": "Messages", "description": "Text messages to 190 countries.", "position": 10, "hidden": False}
_PRICE = {
    "book": "bok_aaaaaaaaaaaaaaaaaaaaaaaa",
    "code": "part-de",
    "name": "Message part to Germany",
    "kind": "metered",
    "meter": "sms.part",
    "match": {"country": "DE"},
    "unit": "part",
    "terms": {"model": "unit", "unit_price": "0.0043", "allowance": "100"},
}


class DescribeIn(Body):
    """What people read of a product or plan, and where it stands."""

    model_config = example(_TOLD)
    name: Annotated[str, text(NAME_LIMIT)] = Field(description="Its name.")
    description: str = Field("", max_length=TEXT_LIMIT, description="What it is; may have several lines.")
    position: int = Field(100, ge=0, le=MOST_POSITION, strict=True, description="A smaller one stands higher.")
    hidden: bool = Field(False, strict=True, description="Whether customers do not see it; staff may sell it.")

    def told(self) -> Told:
        """As the action takes it. Refused as `clean_text`."""
        description = clean_text(self.description, "description", TEXT_LIMIT, required=False, multiline=True)
        return Told(self.name, description, self.position, self.hidden)


class ProductIn(DescribeIn):
    """A product to be."""

    model_config = example({"brand": "brd_aaaaaaaaaaaaaaaaaaaaaaaa", "code": "sms", **_TOLD})
    brand: Annotated[str, id_of("brd")] = Field(description="Who sells it.")
    code: Annotated[str, short_code(CODE_LIMIT)] = Field(description="Once in a brand; it stays.")
    tax_category: Annotated[str, short_code(CATEGORY_LIMIT)] = Field(
        "standard", description="Which rate of tax it takes: standard, reduced, zero, exempt; it stays."
    )


class PlanIn(DescribeIn):
    """A plan to be."""

    model_config = example({"code": "sms-standard", **_TOLD, "name": "Standard"})
    code: Annotated[str, short_code(CODE_LIMIT)] = Field(description="Once in a product; it stays.")


class BookIn(Body):
    """A price book to be."""

    model_config = example({"brand": "brd_aaaaaaaaaaaaaaaaaaaaaaaa", "currency": "EUR", "includes_tax": False})
    brand: Annotated[str, id_of("brd")] = Field(description="Whose prices.")
    currency: Currency = Field(description="Of all its amounts.")
    group: Annotated[str, text(60, required=False)] = Field(
        "", description="Code of a customer group; empty: everybody."
    )
    includes_tax: bool = Field(False, strict=True, description="Whether its amounts include tax.")


class BookOut(BaseModel):
    """The prices of a brand in a currency, for everybody or a customer group."""

    model_config = example(
        {"id": "bok_aaaaaaaaaaaaaaaaaaaaaaaa", "brand": "brd_aaaaaaaaaaaaaaaaaaaaaaaa", "currency": "EUR", "group": "",
         "includes_tax": False}
    )  # fmt: skip
    id: str = Field(description="Its id.")
    brand: str = Field(description="Whose prices.")
    currency: str = Field(description="Of all its amounts.")
    group: str = Field(description="Code of the customer group; empty: everybody.")
    includes_tax: bool = Field(description="Whether its amounts include tax.")


class DraftPriceIn(Body):
    """A price of a draft."""

    model_config = example(_PRICE)
    book: Annotated[str, id_of("bok")] = Field(description="Its price book.")
    code: Annotated[str, text(120)] = Field(description="Once in a book of a version.")
    name: Annotated[str, text(300)] = Field(description="What the invoice line says.")
    kind: Annotated[str, one_of(*Price.Kind.values)] = Field(description="For what it is due.")
    terms: dict[str, Any] = Field(description="Model, amounts and semantics, as docs/pricing.md has them.")
    section: Annotated[str, text(120, required=False)] = Field("", description="Heading on documents.")
    mode: Annotated[str, one_of(*Price.Mode.values)] = Field("postpaid", description="postpaid, or from the wallet.")
    in_advance: bool = Field(False, strict=True, description="Whether a fee is due as its period begins.")
    meter: Annotated[str, text(120, required=False)] = Field("", description="What is counted, where it is metered.")
    match: dict[str, str] = Field({}, description="Dimensions that a reading must have to be priced here.")
    unit: Annotated[str, text(60, required=False)] = Field("", description="What is counted, in words.")
    unit_code: Annotated[str, text(3)] = Field("C62", description="Unit on e-invoices (UN/ECE 20).")
    unit_cost: Annotated[Decimal, number()] | None = Field(None, description="What a unit costs us.")

    def new(self) -> NewPrice:
        """As the action takes it. Invalid with every fault of the terms."""
        values = self.model_dump(exclude={"book", "terms"})
        return NewPrice(**values, terms=Terms.parse(self.terms))


class DraftIn(Body):
    """A whole draft: all prices of the next version."""

    model_config = example({"valid_from": "2026-07-01T00:00:00Z", "scope": "new", "prices": [_PRICE]})
    valid_from: Instant | None = Field(None, description="From when it holds; null: from its publication.")
    scope: Annotated[str, one_of(*PlanVersion.Scope.values)] = Field("new", description="Who gets it.")
    prices: list[DraftPriceIn] = Field(max_length=MOST_PRICES, description="Every price, in every book.")


class DraftPriceOut(BaseModel):
    """A price of a draft."""

    model_config = example(
        {**_PRICE, "section": "", "mode": "postpaid", "in_advance": False, "unit_code": "C62", "unit_cost": None,
         "words": ["0.0043 EUR for each part."], "warnings": []}
    )  # fmt: skip
    book: str = Field(description="Its price book.")
    code: str = Field(description="Once in a book of a version.")
    name: str = Field(description="What the invoice line says.")
    kind: str = Field(description="For what it is due.")
    terms: dict[str, Any] = Field(description="Model, amounts and every semantic choice.")
    section: str = Field(description="Heading on documents.")
    mode: str = Field(description="postpaid, or prepaid: from the wallet.")
    in_advance: bool = Field(description="Whether a fee is due as its period begins.")
    meter: str = Field(description="What is counted.")
    match: dict[str, str] = Field(description="Dimensions that a reading must have to be priced here.")
    unit: str = Field(description="What is counted, in words.")
    unit_code: str = Field(description="Unit on e-invoices (UN/ECE 20).")
    unit_cost: str | None = Field(description="What a unit costs us.")
    words: list[str] = Field(description="The price in words.")
    warnings: list[str] = Field(description="What is legal and hardly meant: tiers that never apply, and the like.")


class DraftOut(BaseModel):
    """The next version of a plan, while it is written."""

    model_config = example(
        {"id": "drf_aaaaaaaaaaaaaaaaaaaaaaaa", "plan": "pln_aaaaaaaaaaaaaaaaaaaaaaaa", "revision": 4, "base": 2,
         "valid_from": "2026-07-01T00:00:00Z", "scope": "new", "prices": []}
    )  # fmt: skip
    id: str = Field(description="Its id.")
    plan: str = Field(description="The plan.")
    revision: int = Field(description="Counts its changes; publishing names the one that was seen.")
    base: int | None = Field(description="Number of the version that it was copied from; null for the first.")
    valid_from: datetime | None = Field(description="From when it holds; null: from its publication.")
    scope: str = Field(description="Who gets it.")
    prices: list[DraftPriceOut] = Field(description="Every price, in every book.")


class RevisionIn(Body):
    """The draft as it was seen."""

    model_config = example({"revision": 4})
    revision: int = Field(ge=1, strict=True, description="The revision that was seen; at another one it is refused.")


def book_out(book: PriceBook) -> BookOut:
    """A price book (with its brand and group) as the API shows it."""
    return BookOut(
        id=book.public_id,
        brand=book.brand.public_id,
        currency=book.currency,
        group=book.group.code if book.group else "",
        includes_tax=book.includes_tax,
    )


def draft_out(draft: Draft) -> DraftOut:
    """A draft (with its plan and base) as the API shows it."""
    return DraftOut(
        id=draft.public_id,
        plan=draft.plan.public_id,
        revision=draft.revision,
        base=draft.base.number if draft.base else None,
        valid_from=draft.valid_from,
        scope=draft.scope,
        prices=[_price_out(book, price) for book, prices in books_of(draft) for price in prices],
    )


def _price_out(book: PriceBook, price: NewPrice) -> DraftPriceOut:
    columns = columns_of(price)
    cost = columns.pop("unit_cost")
    return DraftPriceOut(
        book=book.public_id,
        unit_cost=None if cost is None else plain(cost),
        words=price_words(price.terms, book.currency, price.unit, price.kind),
        warnings=of_terms(price.terms),
        **columns,
    )
