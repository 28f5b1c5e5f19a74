"""Staff pages about the catalogue: products, plans, their versions and prices."""

from decimal import Decimal

from django.db.models import Count, Max, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from tollbook.base import clock
from tollbook.brands.queries import tax_rates
from tollbook.catalog import draft_staff, finding, price_staff, product_staff
from tollbook.catalog.models import Plan, PlanVersion, Price, Product
from tollbook.catalog.queries import unreachable
from tollbook.catalog.told import book_words, tax_words
from tollbook.identity.access import staff_page
from tollbook.kernel.money import EXACT, WIDE, Money, plain, round_to
from tollbook.rating import Terms, price_words
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Fact, Facts, Page, Part, Rows, Words, fact, listing, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table

MENU = [MenuEntry("Products", "staff-catalog:list", "tag", 30, "Selling")]
PAGES = {
    "prd": "staff-catalog:product",
    "pln": "staff-catalog:plan",
    "plv": "staff-catalog:version",
    "pri": "staff-catalog:price",
    "drf": "staff-catalog:draft",
}
FINDERS = finding.FINDERS
_HUNDRED = Decimal(100)
WARNINGS_SHOWN = 20

PRODUCTS = Table(
    "products",
    [
        Column("Product", lambda p: p.name, sort="name", href=lambda p: page_of(p.public_id), note=lambda p: p.code),
        Column("Brand", lambda p: p.brand.name, sort="brand__name"),
        Column("Plans", lambda p: p.count, "quantity", sort="count"),
        Column("State", product_staff.state_of, "state"),
        Column("Tax category", lambda p: p.tax_category, sort="tax_category"),
        Column("Description", lambda p: p.description[:160]),
    ],
    order="position",
    search=("name", "code", "public_id", "plans__name"),
    empty_title="No products yet",
    empty_text="Make one here, or let an import or the API publish it.",
)
_PLANS = [
    Column("Plan", lambda p: p.name, href=lambda p: page_of(p.public_id), note=lambda p: p.code),
    Column("State", product_staff.state_of, "state"),
    Column("Versions", lambda p: p.count, "quantity"),
    Column("Latest from", lambda p: p.latest, "day"),
]
_VERSIONS = [
    Column("Version", lambda v: f"Version {v.number}", href=lambda v: page_of(v.public_id)),
    Column("From", lambda v: v.valid_from, "instant"),
    Column("Who gets it", lambda v: v.get_scope_display()),
    Column("Prices", lambda v: v.count, "quantity"),
]


@staff_page()
def products(request: HttpRequest) -> HttpResponseBase:
    """Everything that is sold."""
    rows = Product.objects.select_related("brand").annotate(count=Count("plans", distinct=True))
    page = Page("Products", about="What is sold, and for how much.", parts=product_staff.new_product(request))
    return listing(request, PRODUCTS, rows, page)


@staff_page()
def product(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One product and its plans."""
    found = get_object_or_404(Product.objects.select_related("brand"), public_id=public_id)
    plans = found.plans.annotate(count=Count("versions"), latest=Max("versions__valid_from")).order_by(
        "position", "name"
    )
    parts: list[Part] = [
        Facts(
            "Product",
            [
                fact("Brand", found.brand.name, href=page_of(found.brand.public_id)),
                fact("Code", found.code, "mono"),
                fact("Tax category", found.tax_category),
                fact("Description", found.description),
            ],
            wide=True,
        ),
        Rows("Plans", _PLANS, plans.order_by("position", "name"), "No plans yet."),
        *product_staff.forms_of(request, found),
    ]
    state = product_staff.state_of(found)
    return show(request, Page(found.name, state, crumbs=_crumbs(), parts=parts, code=public_id))


@staff_page()
def plan(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One plan and its versions."""
    found = get_object_or_404(Plan.objects.select_related("product__brand"), public_id=public_id)
    versions = found.versions.annotate(count=Count("prices")).order_by("-number")
    parts: list[Part] = [
        Facts(
            "Plan",
            [
                fact("Product", found.product.name, href=page_of(found.product.public_id)),
                fact("Brand", found.product.brand.name, href=page_of(found.product.brand.public_id)),
                fact("Code", found.code, "mono"),
            ],
            wide=True,
        ),
        Rows(
            "Versions",
            _VERSIONS,
            versions,
            "Nothing is published yet.",
            note="A version never changes; a change is a new one.",
        ),
        *product_staff.forms_of(request, found),
    ]
    page = Page(found.name, product_staff.state_of(found), found.description, _crumbs(found.product), parts, public_id)
    return show(request, page)


def _crumbs(
    product: Product | None = None, plan: Plan | None = None, version: PlanVersion | None = None
) -> list[tuple[str, str]]:
    found = [("Products", reverse("staff-catalog:list"))]
    above = (
        (product, product and product.name),
        (plan, plan and plan.name),
        (version, version and f"Version {version.number}"),
    )
    return [*found, *((str(name), page_of(row.public_id)) for row, name in above if row)]


def first_words(price: Price) -> str:
    """The price's first sentence: "0.0043 EUR for each message."."""
    return price_words(Terms.parse(price.terms), price.book.currency, price.unit, price.kind)[0]


def margin_percent(price: Price) -> Decimal | None:
    """What of a unit's price is left after its cost, in percent to two places; None where either is unknown or the
    price is not by the unit, or where it includes tax: what is left then depends on who buys.
    """
    unit_price = price.terms.get("unit_price")
    if price.unit_cost is None or unit_price is None or not Decimal(unit_price) or price.book.includes_tax:
        return None
    left = EXACT.subtract(Decimal(unit_price), price.unit_cost)
    return round_to(WIDE.divide(WIDE.multiply(left, _HUNDRED), Decimal(unit_price)), 2)


PRICES = Table(
    "prices",
    [
        Column("Price", lambda p: p.name, sort="name", href=lambda p: page_of(p.public_id), note=lambda p: p.section),
        Column("Kind", lambda p: p.get_kind_display(), sort="kind"),
        Column("In words", first_words),
        Column("Unit cost", lambda p: _cost(p), "exact", sort="unit_cost"),
        Column("Margin %", margin_percent, "quantity"),
        Column("Book", lambda p: book_words(p.book), sort="book__currency"),
        Column("Mode", lambda p: p.get_mode_display(), sort="mode"),
    ],
    order="name",
    search=("name", "code", "section", "meter", "public_id"),
    filters=(
        Filter("kind", "Kind", tuple((k.value, str(k.label), Q(kind=k.value)) for k in Price.Kind)),
        Filter("mode", "Mode", tuple((m.value, str(m.label), Q(mode=m.value)) for m in Price.Mode)),
    ),
    empty_title="No prices",
)


def _cost(price: Price) -> Money | None:
    return None if price.unit_cost is None else Money(price.unit_cost, price.book.currency)


@staff_page()
def version(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One plan version and its prices, which may be many hundreds."""
    rows = PlanVersion.objects.select_related("plan__product")
    found = get_object_or_404(rows, public_id=public_id)
    facts = Facts(
        "Version",
        [
            fact("Valid from", found.valid_from, "instant"),
            fact("Who gets it", found.get_scope_display()),
            fact("Published", found.created_at, "instant", note="It never changes from here on."),
        ],
        wide=True,
    )
    prices = Price.objects.filter(version=found).select_related("book__group")
    page = Page(
        f"{found.plan.name}, version {found.number}",
        crumbs=_crumbs(found.plan.product, found.plan),
        code=public_id,
    )
    return listing(request, PRICES, prices, page, before=[facts, *_warnings(found)])


def _warnings(found: PlanVersion) -> list[Part]:
    """Prices with tax that cannot occur on an invoice."""
    inside = Price.objects.filter(version=found, book__includes_tax=True).order_by("name", "pk")
    rows = inside.select_related("book__brand", "version__plan__product")
    today, rates = clock.now().date(), tax_rates()
    told = [f"{price.name}: {words}" for price in rows if (words := unreachable(price, today, rates))]
    more = [f"And {len(told) - WARNINGS_SHOWN} more."] if len(told) > WARNINGS_SHOWN else []
    return [Words("Amounts that cannot be invoiced", [*told[:WARNINGS_SHOWN], *more], wide=True)] if told else []


@staff_page()
def price(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One price: what it says in words, its stored semantics, its cost and margin."""
    rows = Price.objects.select_related("version__plan__product", "book__group", "book__brand")
    found = get_object_or_404(rows, public_id=public_id)
    warning = unreachable(found, clock.now().date())
    terms = Terms.parse(found.terms)
    stored = found.terms.get("semantics", {})
    plan = found.version.plan
    parts: list[Part] = [
        Facts("Price", _facts(found)),
        Words("In words", [*price_words(terms, found.book.currency, found.unit, found.kind), *tax_words(found.book)]),
        *([Words("An amount that cannot be invoiced", [warning], wide=True)] if warning else []),
        Facts(
            "Stored semantics",
            [fact(name.replace("_", " ").capitalize(), str(value), "mono") for name, value in sorted(stored.items())],
        ),
        Facts("Stored terms", _terms(found)),
    ]
    crumbs = _crumbs(plan.product, plan, found.version)
    return show(request, Page(found.name, crumbs=crumbs, about=found.section, parts=parts, code=public_id))


def _facts(found: Price) -> list[Fact]:
    margin = margin_percent(found)
    match = ", ".join(f"{name} is {value}" for name, value in found.match.items())
    return [
        fact("Code", found.code, "mono"),
        fact("Kind", found.get_kind_display()),
        fact("Mode", found.get_mode_display()),
        fact("Due", "at the beginning of the period" if found.in_advance else "at the end of the period"),
        fact("Meter", found.meter, "mono"),
        fact("Only where", match),
        fact("Unit", found.unit, note=f"on e-invoices {found.unit_code}"),
        fact("Price book", book_words(found.book)),
        fact("Cost of a unit", _cost(found), "exact"),
        fact("Margin of a unit", None if margin is None else f"{plain(margin)} %"),
    ]


def _terms(found: Price) -> list[Fact]:
    rest = {name: value for name, value in found.terms.items() if name != "semantics"}
    return [fact(name.replace("_", " ").capitalize(), _plainly(value), "mono") for name, value in rest.items()]


def _plainly(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_plainly(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{k.replace('_', ' ')} {'and more' if v is None else v}" for k, v in value.items())
    return str(value)


urls = [
    path("products/", products, name="list"),
    path("brands/<str:public_id>/products/", product_staff.add_product, name="add-product"),
    path("products/<str:public_id>/", product, name="product"),
    path("products/plans/<str:public_id>/", plan, name="plan"),
    path("products/versions/<str:public_id>/", version, name="version"),
    path("products/prices/<str:public_id>/", price, name="price"),
    path("products/<str:public_id>/plans/", product_staff.add_plan, name="add-plan"),
    path("products/<str:public_id>/act/<str:what>/", product_staff.act_on, name="act"),
    path("products/plans/<str:public_id>/draft/", product_staff.begin_draft, name="begin"),
    path("products/drafts/<str:public_id>/", draft_staff.draft_page, name="draft"),
    path("products/drafts/<str:public_id>/act/<str:what>/", draft_staff.draft_act, name="draft-act"),
    path("products/drafts/<str:public_id>/prices/<str:book_id>/", price_staff.price_page, name="draft-price"),
    path(
        "products/drafts/<str:public_id>/prices/<str:book_id>/example/", price_staff.price_example, name="draft-example"
    ),
]
