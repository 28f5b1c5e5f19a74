"""Features as they are effective for the installation, a brand, a group or a customer, and how they came to be so."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from tollbook.brands.models import Brand
from tollbook.customers.access import scope_of
from tollbook.customers.models import Customer
from tollbook.customers.staff.changes import history_part
from tollbook.customers.staff.configuration import BRANDS_SHOWN, place_of, switches
from tollbook.features.queries import Effective, Scope, values
from tollbook.features.registry import declared
from tollbook.identity.access import staff_page
from tollbook.web.parts import Facts, Page, Part, Rows, fact, show
from tollbook.web.tables import Column

HISTORY_SHOWN = 50


def _href(each: Effective) -> str:
    return reverse("staff-customers:feature", args=[each.feature.key])


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "as the level above" if value is None else str(value)


COLUMNS = [
    Column("Feature", lambda e: e.feature.title, href=_href, note=lambda e: e.feature.key),
    Column("Value", lambda e: _shown(e.data())),
    Column("Comes from", lambda e: str(e.level) if e.level else "default"),
    Column("What it does", lambda e: e.feature.help),
]


@staff_page()
def features(request: HttpRequest) -> HttpResponseBase:
    """Every feature, for whom the address says."""
    place = place_of(request.GET.get("for", ""))
    brands = Brand.objects.order_by("name")[:BRANDS_SHOWN]
    page = Page(
        "Features",
        about=f"As they are effective now for {place.name}. A change counts at once in both portals and the API.",
        parts=[switches(request, sorted(declared().values(), key=lambda each: each.key), place)],
    )
    choices = [("Whole installation", ""), *((b.name, b.public_id) for b in brands)]
    chosen = request.GET.get("for", "")
    return show(request, page, choices=choices, chosen=chosen, template="customers/staff_features.html")


@staff_page()
def feature_page(request: HttpRequest, key: str) -> HttpResponseBase:
    """One feature: its default, where it can be set, and every value it was ever set to."""
    found = declared().get(key)
    if found is None:
        raise Http404
    parts: list[Part] = [
        Facts(
            "Feature",
            [
                fact("Key", found.key, "mono"),
                fact("Default", _shown(found.type.write(found.default))),
                fact("What it does", found.help),
                fact("Can be set for", ", ".join(found.levels)),
            ],
            wide=True,
        ),
        history_part(request, found, HISTORY_SHOWN),
    ]
    crumbs = (("Features", reverse("staff-customers:features")),)
    return show(request, Page(found.title, crumbs=crumbs, parts=parts))


def of_customer(customer: Customer) -> Iterable[Part]:
    """What differs from the defaults for a customer."""
    yield _panel(values(scope_of(customer)), customer.public_id)


def of_brand(brand: Brand) -> Iterable[Part]:
    """What differs from the defaults for a brand."""
    yield _panel(values(Scope(brand=brand.public_id)), brand.public_id)


def _panel(found: list[Effective], public_id: str) -> Rows:
    changed = [each for each in found if each.level is not None]
    more = ("All features", reverse("staff-customers:features") + f"?for={public_id}")
    return Rows("Features that differ from the default", COLUMNS[:3], changed, "None: every default holds.", more)
