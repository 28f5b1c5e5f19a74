"""Which connectors there are: those that any installed app lists in `CONNECTORS` of its `connectors`."""

from functools import lru_cache
from types import MappingProxyType

from tollbook.base import discovery
from tollbook.kernel.errors import NotFound, shown
from tollbook.provisioning.connectors.base import Connector

METHODS = ("provision", "change", "suspend", "resume", "terminate", "observe")


@lru_cache(maxsize=1)
def registry() -> MappingProxyType[str, type[Connector]]:
    """Connectors by kind, in order. RuntimeError for a kind that two share and for a class that is no connector."""
    found: dict[str, type[Connector]] = {}
    for label, module in discovery.modules("connectors"):
        for each in getattr(module, "CONNECTORS", ()):
            missing = [name for name in ("kind", "title", "Settings", *METHODS) if not hasattr(each, name)]
            if missing:
                raise RuntimeError(f"{label}: {each.__name__} is no connector: it lacks {', '.join(missing)}")
            if each.kind in found:
                raise RuntimeError(f"{label}: two connectors are of the kind {each.kind}")
            found[each.kind] = each
    return MappingProxyType(dict(sorted(found.items())))


def connector(kind: str) -> type[Connector]:
    """The connector of that kind; NotFound "connector_not_found"."""
    found = registry().get(kind)
    if found is None:
        message = f"there is no connector of the kind {shown(kind)}; there are: {', '.join(registry())}"
        raise NotFound("connector_not_found", message, param="kind")
    return found
