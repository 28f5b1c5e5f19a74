"""What the staff search finds in the catalogue."""

from django.db.models import Q

from tollbook.catalog.models import Plan, Price, Product
from tollbook.web.sockets import Finder, Found, page_of


def _find_products(text: str, limit: int) -> list[Found]:
    rows = Product.objects.filter(Q(public_id=text) | Q(name__icontains=text) | Q(code__icontains=text))
    return [
        Found(p.name, f"Product of {p.brand.name}", page_of(p.public_id))
        for p in rows.select_related("brand").order_by("name", "pk")[:limit]
    ]


def _find_plans(text: str, limit: int) -> list[Found]:
    rows = Plan.objects.filter(Q(public_id=text) | Q(name__icontains=text) | Q(code__icontains=text))
    return [
        Found(p.name, f"Plan of {p.product.name}", page_of(p.public_id))
        for p in rows.select_related("product").order_by("name", "pk")[:limit]
    ]


def _find_prices(text: str, limit: int) -> list[Found]:
    rows = Price.objects.filter(Q(public_id=text) | Q(name__icontains=text) | Q(code=text))
    return [
        Found(p.name, f"{p.section or p.get_kind_display()}, {p.version.plan.name}", page_of(p.public_id))
        for p in rows.select_related("version__plan").order_by("name", "pk")[:limit]
    ]


FINDERS = [
    Finder("Products", 50, _find_products),
    Finder("Plans", 52, _find_plans),
    Finder("Prices", 54, _find_prices),
]
