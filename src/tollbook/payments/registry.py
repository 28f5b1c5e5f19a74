"""Which gateways there are: those that any installed app lists in `GATEWAYS` of its `gateway` module."""

from functools import lru_cache
from types import MappingProxyType

from tollbook.base import discovery, walls
from tollbook.brands.models import Brand
from tollbook.kernel.errors import NotFound, Refused, shown
from tollbook.payments.protocol import Gateway, Seller

METHODS = ("offer", "start", "charge", "read", "refund", "hint")


@lru_cache(maxsize=1)
def registry() -> MappingProxyType[str, Gateway]:
    """Gateways by code, in order. RuntimeError for a code that two share and for a class that is no gateway."""
    found: dict[str, Gateway] = {}
    for label, module in discovery.modules("gateway"):
        for each in getattr(module, "GATEWAYS", ()):
            missing = [name for name in ("code", "title", "by_hand", "saves", *METHODS) if not hasattr(each, name)]
            if missing:
                raise RuntimeError(f"{label}: {each.__name__} is no gateway: it lacks {', '.join(missing)}")
            if each.code in found:
                raise RuntimeError(f"{label}: two gateways are called {each.code}")
            found[each.code] = each()
    return MappingProxyType(dict(sorted(found.items())))


def gateway(code: str) -> Gateway:
    """The gateway of that code; NotFound "gateway_not_found"."""
    found = registry().get(code)
    if found is None:
        message = f"gateway {shown(code)}: there is none; there are: {', '.join(registry())}"
        raise NotFound("gateway_not_found", message, param="gateway")
    return found


def seller(brand: Brand) -> Seller:
    """The brand as gateways see it."""
    return Seller(brand.code, brand.legal_name, brand.iban, brand.bic)


def offered(brand: Brand, currency: str) -> list[Gateway]:
    """The gateways through which the brand can be paid in that currency."""
    # The accounts at gateways are not for customers to read, what is offered through them is.
    with walls.lifted():
        return [each for each in registry().values() if each.offer(seller(brand), currency) is not None]


def merchant(code: str, brand: Brand, currency: str) -> str:
    """The merchant account of the brand at the gateway; Refused "gateway_not_offered", NotFound "gateway_not_found"."""
    with walls.lifted():
        found = gateway(code).offer(seller(brand), currency)
    if found is None:
        codes = ", ".join(each.code for each in offered(brand, currency)) or "none"
        message = f"gateway {code}: {brand.name} does not take {currency} through it; possible: {codes}"
        raise Refused("gateway_not_offered", message, param="gateway")
    return found
