"""API keys over the API: identity lies below the API, so their routes stand here, where customers can be looked up.

A key gives away no more than it has: neither scopes that it lacks nor customers that it does not reach.
"""

from datetime import datetime
from typing import Annotated

from django.db import transaction
from django.db.models import QuerySet
from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Instant, example, id_of, text
from tollbook.api.once import conflict, effect_key, wait_for_turn
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest, KeyRule
from tollbook.api.routes import Routes
from tollbook.customers.models import Customer
from tollbook.customers.reach import reached
from tollbook.identity.actions import create_key, revoke_key
from tollbook.identity.models import ApiKey, StaffRole
from tollbook.identity.rules import check_scopes, is_covered
from tollbook.kernel.errors import NotFound, Refused

routes = Routes("API keys")

_KEY = {
    "id": "key_aaaaaaaaaaaaaaaaaaaaaaaa",
    "name": "Usage of the Hamburg data centre",
    "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
    "user": None,
    "scopes": ["usage:read", "usage:write"],
    "addresses": ["192.0.2.0/24"],
    "prefix": "tbk_live_ktq4m6f5",
    "created_at": "2026-05-01T08:00:00Z",
    "expires_at": "2027-05-01T08:00:00Z",
    "revoked_at": None,
    "last_used_at": None,
}


class KeyIn(Body):
    """A key to be."""

    model_config = example(
        {
            "name": "Usage of the Hamburg data centre",
            "scopes": ["usage:read", "usage:write"],
            "addresses": ["192.0.2.0/24"],
            "expires_at": "2099-05-01T08:00:00Z",
        }
    )
    name: Annotated[str, text(100)] = Field(description="What it is for.")
    scopes: list[str] = Field(
        min_length=1, max_length=50, description="What it may do: an area and read or write, `*` for every area."
    )
    customer: Annotated[str, id_of("cus")] | None = Field(
        None, description="Whose key it is: an administrator names any customer; left out: the caller's own."
    )
    addresses: list[str] = Field(
        [], max_length=50, description="Addresses and networks it may be used from; none: from everywhere."
    )
    expires_at: Instant | None = Field(None, description="When it ends; left out: when it is revoked.")


class KeyOut(BaseModel):
    """A key to the API, without the key itself."""

    model_config = example(_KEY)
    id: str = Field(description="Its id.")
    name: str = Field(description="What it is for.")
    customer: str | None = Field(description="The customer that it sees; null for a staff key.")
    user: str | None = Field(description="The member of staff that it acts as (`usr_…`); null for a customer's key.")
    scopes: list[str] = Field(description="What it may do.")
    addresses: list[str] = Field(description="Networks that it may be used from; empty: from everywhere.")
    prefix: str = Field(description="How it begins, to tell it from others.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime | None = Field(description="When it ends by itself.")
    revoked_at: datetime | None = Field(description="When it was taken back.")
    last_used_at: datetime | None = Field(description="When it was last used, to within five minutes.")


class NewKeyOut(KeyOut):
    """A key just made."""

    model_config = example({**_KEY, "text": "tbk_live_…"})
    text: str | None = Field(
        description="The key itself, which is shown this once and kept nowhere; null where the request is repeated."
    )


def _fields(key: ApiKey, customers: dict[int, str]) -> dict[str, object]:
    return {
        "id": key.public_id,
        "name": key.name,
        "customer": None if key.customer_id is None else customers[key.customer_id],
        "user": None if key.user is None else key.user.public_id,
        "scopes": key.scopes,
        "addresses": key.addresses,
        "prefix": key.prefix,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def _ids(keys: list[ApiKey]) -> dict[int, str]:
    """Public ids of the keys' customers by row id, in one query."""
    found = Customer.objects.filter(pk__in={key.customer_id for key in keys if key.customer_id is not None})
    return dict(found.values_list("pk", "public_id"))


def _out(key: ApiKey) -> KeyOut:
    return KeyOut.model_validate(_fields(key, _ids([key])))


def _is_administrator(request: ApiRequest) -> bool:
    user = request.principal.user
    return user is not None and user.staff_role == StaffRole.ADMINISTRATOR


def _reachable(request: ApiRequest) -> QuerySet[ApiKey]:
    """The keys of the caller's customer or person; every key for an administrator."""
    who = request.principal
    if who.user is None:
        # Without the user, whom a customer's key has not and behind its wall may not read.
        return ApiKey.objects.filter(customer_id=who.customer_id)
    rows = ApiKey.objects.select_related("user")
    return rows if _is_administrator(request) else rows.filter(user=who.user)


@routes.reads("/keys", "keys:read", answer=Page[KeyOut])
def list_keys(request: ApiRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[KeyOut]:
    """Keys, the latest first, ended ones included.

    A customer's key sees those of its customer, a staff key those of its user, an administrator's all.
    """
    found = page(_reachable(request), Order(descending=True), cursor, limit, lambda key: key)
    customers = _ids(found.data)
    return Page(data=[KeyOut.model_validate(_fields(key, customers)) for key in found.data], next=found.next)


@routes.reads("/keys/{key_id}", "keys:read", answer=KeyOut)
def get_key(request: ApiRequest, key_id: str) -> KeyOut:
    """A key, without the key itself."""
    return _out(_key(request, key_id))


def _key(request: ApiRequest, public_id: str) -> ApiKey:
    found = _reachable(request).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("key_not_found", f"there is no key {public_id}", param="key")
    return found


@routes.adds("/keys", "keys:write", answer=NewKeyOut, key=KeyRule.EFFECT)
def add_key(request: ApiRequest, key_in: KeyIn) -> NewKeyOut:
    """Make a key, once for each Idempotency-Key.

    The key itself is answered this once and kept nowhere: a request that is repeated is answered without it, so a key
    that was lost on the way is revoked, and another one made. Refused with `scope_not_held` (nobody gives away more
    than it has), `bad_scope`, `bad_address`, `already_expired` or `administrator_only`.
    """
    scopes = check_scopes(key_in.scopes)
    if not is_covered(scopes, request.principal.key.scopes):
        message = f"scopes {', '.join(scopes)}: a key gives away no scope that it has not itself"
        raise Refused("scope_not_held", message, param="scopes")
    customer_id = _holder(request, key_in.customer)
    made_by = effect_key(request)
    with transaction.atomic():
        wait_for_turn(request)
        earlier = ApiKey.objects.select_related("user").filter(made_by=made_by).first()
        if earlier is not None:
            if (earlier.name, earlier.scopes, earlier.customer_id) != (key_in.name, scopes, customer_id):
                raise conflict()
            return NewKeyOut.model_validate({**_fields(earlier, _ids([earlier])), "text": None})
        made = create_key(
            key_in.name,
            scopes=scopes,
            customer_id=customer_id,
            user=request.principal.user if customer_id is None else None,
            expires_at=key_in.expires_at,
            addresses=key_in.addresses,
            made_by=made_by,
            actor=request.principal.actor,
            door="api",
        )
    return NewKeyOut.model_validate({**_fields(made.key, _ids([made.key])), "text": made.text})


def _holder(request: ApiRequest, customer: str | None) -> int | None:
    """The row id of the customer that gets the key; None: the caller, a member of staff."""
    if customer is None:
        return request.principal.customer_id
    if request.principal.user is not None and not _is_administrator(request):
        raise Refused(
            "administrator_only", "customer: only an administrator makes keys for customers", param="customer"
        )
    return reached(request, customer).pk


@routes.adds("/keys/{key_id}/revoke", "keys:write", answer=KeyOut, status=200)
def end_key(request: ApiRequest, key_id: str) -> KeyOut:
    """End a key at once; a second time changes nothing."""
    return _out(revoke_key(_key(request, key_id).public_id, actor=request.principal.actor, door="api"))
