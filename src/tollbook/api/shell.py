"""The API's shell: one Ninja API, filled by discovery."""

from ninja import NinjaAPI

from tollbook.base import discovery


def build() -> NinjaAPI:
    """The API with every room's routes: an `api.py` lists `(prefix, router)` in `ROUTERS`."""
    api = NinjaAPI(title="Tollbook", version="1", urls_namespace="api")
    for _, module in discovery.modules("api"):
        for prefix, router in module.ROUTERS:
            api.add_router(prefix, router)
    return api
