"""Methods that gateways keep for customers: kept, made the default, and removed."""

import hashlib
from datetime import datetime

from tollbook.base import clock
from tollbook.base.sealed import seal
from tollbook.base.tasks import action, later
from tollbook.customers.models import Customer
from tollbook.identity.audit import record
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.ids import new_id
from tollbook.payments import forgetting
from tollbook.payments.applying import NOBODY, By, locked_customer
from tollbook.payments.models import Method
from tollbook.payments.protocol import Forgets, Saved
from tollbook.payments.registry import registry


def keep(customer_id: int, gateway: str, saved: Saved, at: datetime) -> Method:
    """Keep the method that the payer let the gateway save, once; the customer is locked. The first one that a customer
    has is charged by default; one that was removed and is saved again stands again.
    """
    digest = hashlib.sha256(saved.token.encode()).digest()
    mine = Method.objects.filter(customer_id=customer_id)
    found = mine.filter(gateway=gateway, digest=digest).first()
    if found is not None and found.retired_at is None:
        return found
    first = not mine.filter(is_default=True).exists()
    if found is not None:
        found.retired_at, found.is_default = None, first
        found.forget_at = found.forgotten_at = None
        found.save(update_fields=["retired_at", "is_default", "forget_at", "forgotten_at"])
        return found
    public_id = new_id("mth")
    return Method.objects.create(
        public_id=public_id,
        customer_id=customer_id,
        gateway=gateway,
        label=saved.label[:120],
        token=seal(saved.token.encode(), f"method:{public_id}:token"),
        digest=digest,
        created_at=at,
        is_default=first,
    )


def of_customer(customer: Customer) -> list[Method]:
    """The customer's methods that can be charged, the default first."""
    rows = Method.objects.filter(customer=customer, retired_at__isnull=True)
    return list(rows.order_by("-is_default", "-created_at", "-pk"))


def default_of(customer: Customer) -> Method | None:
    """What is charged while the customer is away; None: nothing."""
    return Method.objects.filter(customer=customer, is_default=True).first()


def by_public_id(public_id: str, customer: Customer | None = None) -> Method:
    """The method with that id, of that customer if one is given; NotFound "method_not_found"."""
    rows = Method.objects.filter(public_id=public_id)
    found = (rows if customer is None else rows.filter(customer=customer)).first()
    if found is None:
        raise NotFound("method_not_found", f"there is no saved method {public_id}", param="method")
    return found


@action
def make_default(method: Method, *, by: By = NOBODY) -> Method:
    """Charge this method from now on. Refused "method_retired"."""
    customer = locked_customer(method.customer_id)
    method.refresh_from_db()
    if method.retired_at is not None:
        raise Refused("method_retired", f"method {method.public_id} was removed; choose another", param="method")
    if not method.is_default:
        Method.objects.filter(customer=customer, is_default=True).update(is_default=False)
        method.is_default = True
        method.save(update_fields=["is_default"])
        record("method.default", method.public_id, actor=by.actor, door=by.door, customer_id=customer.pk)
    return method


@action
def retire_method(method: Method, *, by: By = NOBODY) -> Method:
    """A saved method is not charged any more, and its gateway is told to let go of it. No other becomes the default in
    its place: that is for people to say.
    """
    locked_customer(method.customer_id)
    found = Method.objects.select_for_update().get(pk=method.pk)
    if found.retired_at is None:
        found.retired_at, found.is_default = clock.now(), False
        if isinstance(registry().get(found.gateway), Forgets):
            found.forget_at = found.retired_at
            later(forgetting.forget, key=f"forget:{found.public_id}", public_id=found.public_id)
        found.save(update_fields=["retired_at", "is_default", "forget_at"])
        record("method.retire", found.public_id, actor=by.actor, door=by.door, customer_id=found.customer_id)
    return found
