"""Publishing plan versions. What is published never changes: a change is a new version."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tollbook.base import discovery
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan, PlanVersion, Price, PriceBook, PriceFields, Product
from tollbook.customers.models import CustomerGroup
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import check_currency
from tollbook.kernel.text import clean_text
from tollbook.rating import Terms

#: What a price says, published or drafted.
PRICE_COLUMNS = tuple(each.name for each in PriceFields._meta.fields)


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A price to be: `terms` say how it rates; `meter` and `match` say which readings it prices."""

    code: str
    name: str
    kind: str
    terms: Terms
    section: str = ""
    mode: str = Price.Mode.POSTPAID
    in_advance: bool = False
    meter: str = ""
    match: dict[str, str] = field(default_factory=dict)
    unit: str = ""
    unit_code: str = "C62"
    unit_cost: Decimal | None = None


@action
def price_book(
    brand: Brand, currency: str, group: CustomerGroup | None = None, *, includes_tax: bool | None = None
) -> PriceBook:
    """The brand's price book for a currency and customer group, made if there is none.

    `includes_tax`: whether its amounts include tax; left out, a book that exists stays as it is and a new one is
    without. Refused "book_has_prices" where a book with prices would change.
    """
    check_currency(currency, "currency")
    found, _ = PriceBook.objects.get_or_create(
        brand=brand, currency=currency, group=group, defaults={"includes_tax": bool(includes_tax)}
    )
    if includes_tax is None or found.includes_tax == includes_tax:
        return found
    # Publishing locks the row too: no price can be added between the look and the change.
    book = PriceBook.objects.select_for_update().get(pk=found.pk)
    if book.prices.exists():
        now = "include" if book.includes_tax else "do not include"
        message = f"includes_tax: the prices of this book {now} tax, and stay so: use another book"
        raise Refused("book_has_prices", message, param="includes_tax")
    book.includes_tax = includes_tax
    book.save(update_fields=["includes_tax"])
    return book


@action
def plan(brand: Brand, product_code: str, product_name: str, plan_code: str, plan_name: str) -> Plan:
    """The plan with these codes, made (with its product) if there is none."""
    product, _ = Product.objects.get_or_create(brand=brand, code=product_code, defaults={"name": product_name})
    found, _ = Plan.objects.get_or_create(product=product, code=plan_code, defaults={"name": plan_name})
    return found


@action
def publish(
    plan: Plan,
    book: PriceBook,
    prices: Sequence[NewPrice],
    valid_from: datetime,
    scope: str = PlanVersion.Scope.NEW,
) -> PlanVersion:
    """A new version of the plan with `prices` in `book`, valid from that instant; the plan's row is locked
    meanwhile.

    When the latest version has the very same prices and scope, that version is returned and nothing is
    written. Raises Refused "price_twice" when two prices share a code or would price the same reading,
    "limit_not_metered" when a fee has a limit of units, and what rooms above say (`gates.may_price`).
    """
    Plan.objects.select_for_update().get(pk=plan.pk)
    check_prices(prices)
    latest = plan.versions.order_by("-number").first()
    if latest is not None and latest.scope == scope:
        if _published(latest, book) == _by_code([columns_of(new) for new in prices]):
            return latest
    return publish_books(plan, [(book, prices)], valid_from, scope)


@action
def publish_books(
    plan: Plan, books: Sequence[tuple[PriceBook, Sequence[NewPrice]]], valid_from: datetime, scope: str
) -> PlanVersion:
    """A new version of the plan with prices in each of several books; refused as `publish`."""
    Plan.objects.select_for_update().get(pk=plan.pk)
    for _, prices in books:
        check_prices(prices)
    latest = plan.versions.order_by("-number").first()
    version = PlanVersion.objects.create(
        plan=plan, number=latest.number + 1 if latest else 1, valid_from=valid_from, scope=scope
    )
    # In the order of their rows, so that two publications wait for each other and do not lock each other out.
    for book, prices in sorted(books, key=lambda each: each[0].pk):
        _hold(book)
        Price.objects.bulk_create(Price(version=version, book=book, **columns_of(new)) for new in prices)
    return version


@action
def add_prices(version: PlanVersion, book: PriceBook, prices: Sequence[NewPrice]) -> int:
    """Price what the version has no price for yet; returns how many prices were added.

    For price lists that grow with what the upstream sells. A code that is already published keeps its price,
    whatever is given here: changing a price takes a new version.
    """
    Plan.objects.select_for_update().get(pk=version.plan_id)
    check_prices(prices)
    for price in prices:
        if price.kind != Price.Kind.METERED:
            # Whoever already has this version would owe the fee for periods that are long closed.
            message = f"code: {price.code} is no metered price; a new fee takes a new version"
            raise Refused("not_metered", message, param="code")
    known = set(version.prices.filter(book=book).values_list("code", flat=True))
    added = [Price(version=version, book=book, **columns_of(new)) for new in prices if new.code not in known]
    _hold(book)
    Price.objects.bulk_create(added)
    return len(added)


def _hold(book: PriceBook) -> None:
    """Lock the book until its prices are stored, and see what it says of tax by then."""
    book.includes_tax = PriceBook.objects.select_for_update().get(pk=book.pk).includes_tax


def columns_of(new: NewPrice) -> dict[str, Any]:
    """The price as the columns of a row. Refused by `clean_text` for its code, name and section."""
    return {
        "code": clean_text(new.code, "code", 120),
        "name": clean_text(new.name, "name", 300),
        "kind": new.kind,
        "terms": new.terms.data(),
        "section": new.section,
        "mode": new.mode,
        "in_advance": new.in_advance,
        "meter": new.meter,
        "match": new.match,
        "unit": new.unit,
        "unit_code": new.unit_code,
        "unit_cost": new.unit_cost,
    }


def _by_code(rows: Sequence[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {row["code"]: row for row in rows}


def _published(version: PlanVersion, book: PriceBook) -> dict[object, dict[str, object]]:
    return _by_code(list(version.prices.filter(book=book).values(*PRICE_COLUMNS)))


def check_prices(prices: Sequence[NewPrice]) -> None:
    """Look at the prices of one book before they are stored; a room's `gates.py` may say `may_price(prices)`, which
    raises Refused.
    """
    for _, module in discovery.modules("gates"):
        if hasattr(module, "may_price"):
            module.may_price(prices)
    codes: set[str] = set()
    readings: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    for price in prices:
        reading = (price.meter, tuple(sorted(price.match.items())))
        if price.code in codes or (price.meter and reading in readings):
            raise Refused("price_twice", f"code: {price.code} is priced twice in one version", param="code")
        if price.terms.limit is not None and price.kind != Price.Kind.METERED:
            message = f"limit: {price.code} is no metered price, so there are no units to limit; leave the limit out"
            raise Refused("limit_not_metered", message, param="limit")
        codes.add(price.code)
        readings.add(reading)
