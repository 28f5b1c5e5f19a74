"""What the frame of every page shows: whose portal this is, the menu, the reader."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.customers.access import memberships, scope_of
from tollbook.customers.models import Customer
from tollbook.customers.signing_up import open_brands
from tollbook.customers.visits import visited
from tollbook.features.queries import resolve
from tollbook.identity.models import User
from tollbook.web import panels
from tollbook.web.menu import entries, links


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the base templates; on pages of neither portal only the brand."""
    portal = next((name for name in ("staff", "portal") if request.path.startswith(f"/{name}/")), "")
    user = getattr(request, "user", None)
    customer: Customer | None = getattr(request, "customer", None)
    found: dict[str, Any] = {"portal": portal, "brand": _brand(customer), "zone": "UTC"}
    found["language_choice"] = request.path.startswith("/account/")
    # Asked by the log-in page alone.
    found["sign_up_open"] = lambda: bool(open_brands())
    if not portal or not isinstance(user, User):
        return found
    hidden = _hidden(portal, customer)
    found |= {
        "hidden": hidden,
        "virtual_now": clock.virtual(),
        "zone": customer.zone if customer else user.zone,
        "who": {"name": user.get_full_name(), "detail": user.email},
        "menu": links(portal, request, hidden),
        "factor_waived": portal == "staff" and not settings.TOLLBOOK_STAFF_FACTOR,
    }
    if customer is not None:
        visit = user.is_staff and visited(request) is not None
        accounts = [customer] if visit else [m.customer for m in memberships(request)]
        found |= {"customer": customer, "accounts": accounts, "visit": visit}
    return found


def _brand(customer: Customer | None) -> dict[str, str]:
    # Before anybody is known the page is the brand's only where there is just one.
    brand = customer.brand if customer else None
    if brand is None:
        known = list(Brand.objects.order_by("pk")[:2])
        brand = known[0] if len(known) == 1 else None
    return {"name": brand.name, "accent": brand.accent} if brand else {}


def _hidden(portal: str, customer: Customer | None) -> frozenset[str]:
    """The features that are off for this customer, of those that menu entries and panels ask for."""
    if portal != "portal" or customer is None:
        return frozenset()
    asked = {e.feature for e in entries(portal) if e.feature} | panels.features(portal)
    found = resolve(sorted(asked), scope_of(customer), clock.now())
    return frozenset(key for key, on in found.items() if not on)
