"""The catalogue, read."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Case, QuerySet, When

from tollbook.brands.models import Brand
from tollbook.brands.queries import home_treatment
from tollbook.catalog.models import Plan, PlanVersion, Price, PriceBook, Product
from tollbook.customers.models import Customer
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import minor_units, plain, round_to
from tollbook.rating import Terms, rate
from tollbook.tax import Rate, reach


@dataclass(slots=True)
class PriceList:
    """The prices of a plan version in a book, indexed for charging; `terms` holds the parsed terms by price row id.

    `due_unused`: row ids of metered prices under which a period without use costs something (a minimum, a fee).
    """

    one_time: list[Price] = field(default_factory=list)
    recurring: list[Price] = field(default_factory=list)
    metered: dict[str, list[Price]] = field(default_factory=lambda: defaultdict(list))
    terms: dict[int, Terms] = field(default_factory=dict)
    by_id: dict[int, Price] = field(default_factory=dict)
    due_unused: list[int] = field(default_factory=list)

    @property
    def prepaid(self) -> bool:
        """Whether any metered price draws from a wallet as use happens."""
        return any(p.mode == Price.Mode.PREPAID for prices in self.metered.values() for p in prices)

    def price_for(self, meter: str, dims: str) -> Price | None:
        """The price of a reading: the one whose `match` fits with the most dimensions named; None when none
        fits.
        """
        given = json.loads(dims) if dims else {}
        fitting = [p for p in self.metered.get(meter, ()) if p.match.items() <= given.items()]
        return max(fitting, key=lambda p: len(p.match)) if fitting else None


def price_list(version_id: int, book_id: int) -> PriceList:
    """All prices of a version in a book, with their terms parsed."""
    prices = Price.objects.filter(version_id=version_id, book_id=book_id)
    return indexed(prices.select_related("version__plan__product", "book").order_by("code"))


def indexed(prices: Iterable[Price]) -> PriceList:
    """These prices of one version and book, with their terms parsed; they need not be stored, but need an id each."""
    found = PriceList()
    for price in prices:
        terms = found.terms[price.pk] = Terms.parse(price.terms)
        found.by_id[price.pk] = price
        if price.kind == Price.Kind.METERED:
            found.metered[price.meter].append(price)
            if rate(terms, Decimal(0)).amount:
                found.due_unused.append(price.pk)
        elif price.kind == Price.Kind.RECURRING:
            found.recurring.append(price)
        else:
            found.one_time.append(price)
    return found


def book_for(customer: Customer) -> PriceBook:
    """The price book that a customer buys from: its group's in its currency, else the general one; NotFound
    "no_price_book".
    """
    books = PriceBook.objects.filter(brand_id=customer.brand_id, currency=customer.currency)
    own = books.filter(group_id=customer.group_id).first() if customer.group_id else None
    found = own or books.filter(group=None).first()
    if found is None:
        raise NotFound("no_price_book", f"there are no prices in {customer.currency}", param="currency")
    return found


def version_at(plan: Plan, at: datetime) -> PlanVersion:
    """The latest version of the plan that is valid at `at`; NotFound "no_plan_version"."""
    found = plan.versions.filter(valid_from__lte=at).order_by("-number").first()
    if found is None:
        raise NotFound("no_plan_version", f"plan {plan.code} has no version valid at {at}", param="plan")
    return found


def check_sold(plan: Plan) -> None:
    """Refused "plan_archived" where the plan (with its product) is not sold any more."""
    if plan.archived_at is not None or plan.product.archived_at is not None:
        raise Refused("plan_archived", f"plan: {plan.name} is not sold any more; choose another one", param="plan")


def for_customers(plans: QuerySet[Plan]) -> QuerySet[Plan]:
    """Those of the plans that customers may see: neither hidden nor archived, nor of a product that is."""
    seen = plans.filter(hidden=False, archived_at=None)
    return seen.filter(product__hidden=False, product__archived_at=None)


def prices_of(version_id: int, book_id: int) -> QuerySet[Price]:
    """The prices of a plan version in a book: fees first, then use, by section and name."""
    metered = Case(When(kind=Price.Kind.METERED, then=1), default=0)
    return Price.objects.filter(version_id=version_id, book_id=book_id).order_by(metered, "section", "name", "pk")


def product_names(public_ids: Sequence[str]) -> dict[str, str]:
    """The names of those products by public id; unknown ids are not in it."""
    return dict(Product.objects.filter(public_id__in=public_ids).values_list("public_id", "name"))


def unreachable(price: Price, on: date, rates: Sequence[Rate] | None = None) -> str:
    """The warning that a price which includes tax cannot occur on an invoice of its own; empty where it can.

    Where tax is computed from the net (`sum_by_net`), some amounts with tax come from no net at all. Looked at are fees
    and prices by the unit in whole minor units, at the home rate of the day, unless several taxes make it up. The price
    has its book with brand and its product loaded; `rates` are those of `tax_rates`, for callers that ask often.
    """
    book, brand = price.book, price.book.brand
    given = price.terms.get("amount") or price.terms.get("unit_price")
    if not book.includes_tax or brand.tax_mode != Brand.TaxRounding.SUM_BY_NET or given is None:
        return ""
    amount, places = Decimal(given), minor_units(book.currency)
    if amount <= 0 or amount != round_to(amount, places):
        return ""
    try:
        home = home_treatment(brand, price.version.plan.product.tax_category, on, rates)
    except Refused:
        # Without a rate nothing can be sold at home either; the bill run says so.
        return ""
    found = reach(amount, home.percent, book.currency)
    if found.reachable or len(home.parts) > 1:
        return ""
    below, above = (f"{each:.{places}f}" for each in (found.nearest_below, found.nearest_above))
    return (
        f"{amount:.{places}f} {book.currency} including {plain(home.percent)} % tax cannot occur on an invoice: the "
        f"tax is computed from the net. The nearest that can are {below} and {above}."
    )
