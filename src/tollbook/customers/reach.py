"""Which customers an API key reaches: a customer's key its own, a staff key all. The wall between customers
in the API.

Another customer's id is answered exactly as an id that nobody has.
"""

from tollbook.api.policy import ApiRequest
from tollbook.customers.models import Customer
from tollbook.customers.queries import by_public_id
from tollbook.kernel.errors import NotFound


def own(request: ApiRequest) -> Customer | None:
    """The customer whose key this is; None for a staff key, which reaches all."""
    if request.principal.customer_id is None:
        return None
    return Customer.objects.select_related("brand", "group", "profile").get(pk=request.principal.customer_id)


def reached(request: ApiRequest, public_id: str) -> Customer:
    """The customer with that id, if the key reaches it; NotFound "customer_not_found"."""
    mine = own(request)
    if mine is None:
        return by_public_id(public_id)
    if mine.public_id != public_id:
        raise NotFound("customer_not_found", f"there is no customer {public_id}", param="customer")
    return mine


def chosen(request: ApiRequest, public_id: str) -> Customer | None:
    """Whose rows a list shows: the customer named, else the key's own; None for staff who name nobody
    (everybody's).
    """
    return reached(request, public_id) if public_id else own(request)
