"""Routes: what the rooms declare, found by discovery. A route without a policy does not start."""

from collections.abc import Iterator
from types import ModuleType

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from tollbook.api.shell import build as build_api
from tollbook.base import discovery
from tollbook.customers.team_pages import invitation
from tollbook.site import languages, reference_pages, views


def _pages(portal: str) -> Iterator[URLResolver]:
    """The pages of `portal` ("portal" or "staff"); a vertical's or gateway's stand under its own name."""
    for label, module in discovery.modules(portal):
        _check_policies(label, module)
        own = apps.get_app_config(label).name.split(".")[-2] in {"verticals", "gateways"}
        yield path(f"{portal}/{label}/" if own else f"{portal}/", include((module.urls, label), f"{portal}-{label}"))


def _check_policies(label: str, module: ModuleType) -> None:
    for pattern in module.urls:
        if isinstance(pattern, URLPattern) and not hasattr(pattern.callback, "policy"):
            raise RuntimeError(f"{label}: page {pattern.pattern} has no policy; use @portal_page or @staff_page")


def _hooks() -> Iterator[URLResolver]:
    """Addresses that other systems call, without log-in or key: each says so by its policy."""
    for label, module in discovery.modules("hooks"):
        _check_policies(label, module)
        yield path("hooks/", include((module.urls, label), f"hooks-{label}"))


urlpatterns = [
    path("", views.home, name="home"),
    path("account/invitation/<str:token>/", invitation, name="account_invitation"),
    path("account/language/", languages.choose, name="language"),
    path("account/", include("tollbook.identity.urls")),
    path("api/v1/", build_api().urls),
    path("api/reference/", include((reference_pages.urls, "reference"), "api-reference")),
    *_pages("portal"),
    *_pages("staff"),
    *_hooks(),
]
handler400 = "tollbook.site.views.bad_request"
handler403 = "tollbook.site.views.forbidden"
handler404 = "tollbook.site.views.not_found"
handler429 = "tollbook.site.views.too_many"
handler500 = "tollbook.site.views.server_error"
