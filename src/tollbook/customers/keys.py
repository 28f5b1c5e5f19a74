"""API keys of a customer, made by its own people: which scopes each of them may give away, and making a key once."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from tollbook.base.tasks import action
from tollbook.customers.models import Customer, Membership
from tollbook.identity.actions import NewKey, create_key
from tollbook.identity.models import ApiKey
from tollbook.identity.rules import check_scopes
from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import check_id

#: Areas in which a technical member may let a key write: those in which the member may act. Keys are not among them: a
#: key that makes keys would outlive the member's part in the account.
TECHNICAL_AREAS = frozenset({"services", "usage", "webhooks"})


def scopes_for(role: str, scopes: Collection[str]) -> list[str]:
    """Those of all `scopes` that a member with that role may give to a key, sorted; none for who makes no keys."""
    if role == Membership.Role.OWNER:
        return sorted(scopes)
    if role == Membership.Role.TECHNICAL:
        return sorted(s for s in scopes if s.endswith(":read") or s.partition(":")[0] in TECHNICAL_AREAS)
    return []


def of_customer(customer: Customer) -> QuerySet[ApiKey]:
    """The customer's keys, ended ones included, the latest first."""
    return ApiKey.objects.filter(customer_id=customer.pk).order_by("-created_at", "-pk")


@action
def add_key(
    customer: Customer,
    name: str,
    *,
    scopes: Collection[str],
    may_give: Collection[str],
    once: str,
    addresses: Collection[str] = (),
    expires_at: datetime | None = None,
    actor: str,
    door: str,
) -> NewKey | None:
    """A key for the customer, once for each `once` (a text like key_..., made with the form); None when that made one.

    Refused "scope_not_held" for a scope that is not in `may_give`, "bad_id" for a `once` that is none, and as
    `create_key`.
    """
    check_id(once, "key", "once")
    wanted = check_scopes(scopes)
    missing = [scope for scope in wanted if scope not in may_give]
    if missing:
        message = f"scopes {', '.join(missing)}: your part in this account does not let you give these to a key"
        raise Refused("scope_not_held", message, param="scopes")
    # A form that is sent twice at once waits here for its first sending.
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    made_by = f"p{customer.pk}:{once}"
    if ApiKey.objects.filter(made_by=made_by).exists():
        return None
    return create_key(
        name, scopes=wanted, customer_id=customer.pk, addresses=addresses, expires_at=expires_at, made_by=made_by,
        actor=actor, door=door,
    )  # fmt: skip
