"""Staff pages about brands."""

from datetime import date

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from tollbook.base import clock
from tollbook.brands.models import Brand, TaxRate
from tollbook.brands.queries import tax_rates
from tollbook.identity.access import staff_page
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.tax import find_rates, place
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Facts, Page, Part, Rows, Words, fact, listing, show
from tollbook.web.sockets import Finder, Found, parts_of
from tollbook.web.tables import Column, Table

MENU = [MenuEntry("Brands", "staff-brands:list", "building-storefront", 70, "Installation")]
PAGES = {"brd": "staff-brands:page"}


def _href(brand: Brand) -> str:
    return reverse("staff-brands:page", args=[brand.public_id])


BRANDS = Table(
    "brands",
    [
        Column("Brand", lambda b: b.name, sort="name", href=_href, note=lambda b: b.code),
        Column("Legal entity", lambda b: b.legal_name, sort="legal_name"),
        Column("Country", lambda b: b.country, sort="country"),
        Column("Currency", lambda b: b.currency, sort="currency"),
        Column("Time zone", lambda b: b.zone),
        Column("Days to pay", lambda b: b.payment_days, "quantity", sort="payment_days"),
    ],
    order="name",
    search=("name", "legal_name", "code", "public_id"),
    empty_title="No brand yet",
    empty_text="A brand is the legal entity that sells: it has a currency, a look and customers.",
)
_RATES = [
    Column("Where", lambda r: place(r.country, r.region)),
    Column("Category", lambda r: r.category, note=lambda r: r.name),
    Column("Percent", lambda r: r.percent, "quantity"),
    Column("From", lambda r: r.valid_from, "day"),
    Column("Until", lambda r: r.valid_to, "day"),
]
_ROUNDING = {
    Brand.LineRounding.CARRIED: "Each line of an invoice is rounded once, half up; what rounding left over is "
    "carried to the next line of its tax group, so that many tiny lines together cost what they should.",
    Brand.LineRounding.EACH_LINE: "Each line of an invoice is rounded once, half up, by itself; a line below half "
    "a minor unit costs nothing.",
}
_TAX_MODE = {
    Brand.TaxRounding.SUM_BY_NET: "Tax is computed once for each rate from the sum of the net amounts, as EN 16931 "
    "demands. Where prices include tax, a total may differ from the sum of the prices by some minor units.",
    Brand.TaxRounding.KEEP_GROSS: "Where prices include tax, the customer pays exactly their sum: the tax of each rate "
    "is what is inside. Where they do not, tax is computed once for each rate from the sum of the net amounts.",
    Brand.TaxRounding.PER_LINE: "Tax is computed and rounded for each line by itself; the tax of an invoice is the "
    "sum. An e-invoice is not made where that departs from its rule by a whole unit of the currency.",
}
_INCLUDED = {
    Brand.IncludedTax.KEEP_PRICE: "A price that includes tax stays the same for everybody: where another tax than at "
    "home is due, it is inside; where none is due, the whole price is net.",
    Brand.IncludedTax.KEEP_NET: "A price that includes tax includes that of home: where another tax is due, or none, "
    "the home tax is taken out first and the tax that is due is added.",
}


@staff_page()
def brands(request: HttpRequest) -> HttpResponseBase:
    """Every brand."""
    about = "Who sells: the parties on the documents and the looks of the portals."
    return listing(request, BRANDS, Brand.objects.all(), Page("Brands", about=about))


@staff_page()
def brand(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One brand: who it is, its look, how it taxes and rounds."""
    found = get_object_or_404(Brand, public_id=public_id)
    parts: list[Part] = [
        _identity(found),
        Facts(
            "Look and money",
            [
                fact("Code", found.code, "mono"),
                fact("Currency", found.currency),
                fact("Time zone", found.zone),
                fact("Language", found.language),
                fact("Accent colour", found.accent, "mono"),
                fact("IBAN", found.iban, "mono"),
                fact("BIC", found.bic, "mono"),
                fact("Days to pay", found.payment_days, "quantity"),
            ],
        ),
        Words("Rounding and tax in words", _words(found), wide=True),
        Rows(f"Tax rates of {found.country}", _RATES, _rates(found.country), "No rates are known for this country."),
        *parts_of("brand", found),
    ]
    crumbs = (("Brands", reverse("staff-brands:list")),)
    return show(request, Page(found.name, about=found.legal_name, crumbs=crumbs, parts=parts, code=public_id))


def _identity(found: Brand) -> Facts:
    return Facts(
        "On documents",
        [
            fact("Legal name", found.legal_name),
            fact("Street", found.street),
            fact("City", f"{found.postcode} {found.city}"),
            fact("Country", place(found.country, found.region)),
            fact("VAT id", found.vat_id, "mono"),
            fact("Registration", found.registration),
            fact("E-mail", found.email),
        ],
    )


def _words(found: Brand) -> list[str]:
    today = clock.now().date()
    own = _own_rate(found, today)
    oss = (
        "Sales to private customers in other countries of the EU are taxed there, through the One Stop Shop."
        if found.oss_registered
        else "It is not registered for the One Stop Shop: sales to private customers in the EU are taxed at home."
    )
    days = f"An invoice is due {found.payment_days} days after its day of issue."
    modes = [_TAX_MODE[Brand.TaxRounding(found.tax_mode)], _INCLUDED[Brand.IncludedTax(found.included_tax)]]
    return [_ROUNDING[Brand.LineRounding(found.line_rounding)], *modes, *([own] if own else []), oss, days]


def _own_rate(found: Brand, today: date) -> str:
    try:
        rates = find_rates(tax_rates(), found.country, "standard", today, found.region)
    except Refused:
        # The table of rates beside these words says that none is known.
        return ""
    told = " and ".join(f"{rate.name} {plain(rate.percent)} %".strip() for rate in rates)
    return f"The standard rate at home ({place(found.country, found.region)}) is {told} now."


def _rates(country: str) -> QuerySet[TaxRate]:
    return TaxRate.objects.filter(country=country).order_by("region", "category", "name", "-valid_from")


def _find(text: str, limit: int) -> list[Found]:
    rows = Brand.objects.filter(name__icontains=text) | Brand.objects.filter(public_id=text)
    return [Found(b.name, b.legal_name, _href(b)) for b in rows.order_by("name")[:limit]]


FINDERS = [Finder("Brands", 80, _find)]
urls = [path("brands/", brands, name="list"), path("brands/<str:public_id>/", brand, name="page")]
