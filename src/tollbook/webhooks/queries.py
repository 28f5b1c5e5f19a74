"""Endpoints and deliveries, read."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.kernel.errors import NotFound, shown
from tollbook.notifications.events import kind_of
from tollbook.notifications.queries import message_of
from tollbook.notifications.shapes import message
from tollbook.webhooks.models import Delivery, Endpoint
from tollbook.webhooks.rules import EndpointState, State

OPEN = (State.WAITING, State.SENDING)
#: States in which an endpoint gets what happens.
KEEPING = (EndpointState.ACTIVE, EndpointState.PAUSED)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose endpoints are meant: a customer's, or (no customer) the brand's own."""

    brand: Brand
    customer: Customer | None = None


def of_holder(holder: Holder) -> QuerySet[Endpoint]:
    """The endpoints of a customer, or the brand's own, that were not removed, in the order in which they were made."""
    rows = Endpoint.objects.filter(brand=holder.brand, customer=holder.customer).exclude(state=EndpointState.REMOVED)
    return rows.select_related("brand", "customer").order_by("pk")


def endpoint(public_id: str, holder: Holder | None = None) -> Endpoint:
    """The endpoint with that id, of that holder if one is given; NotFound "webhook_not_found"."""
    rows = Endpoint.objects.select_related("brand", "customer").filter(public_id=public_id)
    found = rows.first() if holder is None else rows.filter(brand=holder.brand, customer=holder.customer).first()
    if found is None or found.state == EndpointState.REMOVED:
        raise NotFound("webhook_not_found", f"there is no webhook {shown(public_id)}", param="webhook")
    return found


def deliveries(found: Endpoint) -> QuerySet[Delivery]:
    """What was sent to an endpoint or is to be, the latest first."""
    rows = Delivery.objects.filter(endpoint=found)
    return rows.select_related("fact", "endpoint__customer").prefetch_related("tries").order_by("-pk")


def delivery(found: Endpoint, public_id: str) -> Delivery:
    """A delivery of the endpoint; NotFound "delivery_not_found"."""
    row = deliveries(found).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("delivery_not_found", f"there is no delivery {shown(public_id)}", param="delivery")
    return row


def endpoint_of(public_id: str, holder: Holder | None = None) -> Endpoint:
    """The endpoint to which a delivery goes, of that holder if one is given; NotFound "delivery_not_found"."""
    rows = Endpoint.objects.filter(deliveries__public_id=public_id).exclude(state=EndpointState.REMOVED)
    if holder is not None:
        rows = rows.filter(brand=holder.brand, customer=holder.customer)
    found = rows.select_related("brand", "customer").first()
    if found is None:
        raise NotFound("delivery_not_found", f"there is no delivery {shown(public_id)}", param="delivery")
    return found


def kind_name(row: Delivery) -> str:
    """The kind of what is delivered."""
    return str(row.fact.kind) if row.fact is not None else "webhook.test"


def message_id(row: Delivery) -> str:
    """What receivers know a repeat by: the fact's id, which a replay keeps."""
    return str(row.fact.public_id if row.fact is not None else row.public_id)


def body_of(row: Delivery) -> bytes:
    """What is sent, byte for byte the same in each attempt; fact, endpoint and its customer must be loaded."""
    if row.fact is None:
        whose = row.endpoint.customer.public_id if row.endpoint.customer else row.endpoint.brand.public_id
        data = {"note": "This is a test."}
        told = message(kind_of("webhook.test"), row.object_id, whose, 1, row.created_at.isoformat(), data)
    else:
        told = message_of(row.fact, _customer_id(row))
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _customer_id(row: Delivery) -> str:
    """The public id of whom the fact concerns: the endpoint's customer, or any customer of its brand."""
    assert row.fact is not None  # noqa: S101  # the caller looked
    if row.endpoint.customer is not None:
        return str(row.endpoint.customer.public_id)
    return str(Customer.objects.values_list("public_id", flat=True).get(pk=row.fact.customer_id))


def listening(kind: str) -> QuerySet[Endpoint]:
    """Endpoints that are told facts of that kind."""
    return Endpoint.objects.filter(Q(kinds=[]) | Q(kinds__contains=[kind]), state__in=KEEPING)


def who_listens(kind: str, customer_ids: Collection[int]) -> set[int]:
    """Which of these customers (row ids) have an endpoint for facts of that kind, their own or their brand's."""
    found = listening(kind).filter(Q(customer=None) | Q(customer__in=customer_ids))
    pairs = list(found.values_list("brand_id", "customer_id"))
    heard = {customer_id for _, customer_id in pairs if customer_id is not None}
    brands = {brand_id for brand_id, customer_id in pairs if customer_id is None}
    if brands:
        rows = Customer.objects.filter(pk__in=customer_ids, brand__in=brands)
        heard |= set(rows.values_list("pk", flat=True))
    return heard


def next_due() -> datetime | None:
    """When there is something to send, as things stand; None: nothing waits."""
    if not Delivery.objects.filter(state__in=OPEN).exists():
        return None
    earlier = Delivery.objects.filter(
        endpoint=OuterRef("endpoint"), object_id=OuterRef("object_id"), pk__lt=OuterRef("pk"), state__in=OPEN
    )
    rows = Delivery.objects.filter(~Exists(earlier), endpoint__state=EndpointState.ACTIVE)
    lost = rows.filter(state=State.SENDING).aggregate(first=Min("leased_until"))["first"]
    first = rows.filter(state=State.WAITING).aggregate(first=Min("due_at"))["first"]
    due = [each for each in (first, lost) if each is not None]
    return max(min(due), clock.now()) if due else None


_HEAD = """
    d.endpoint_id = e.id AND d.state = 'waiting' AND d.due_at <= %(at)s AND NOT EXISTS (
        SELECT 1 FROM webhooks_delivery b
        WHERE b.endpoint_id = d.endpoint_id AND b.object_id = d.object_id AND b.id < d.id
          AND b.state IN ('waiting', 'sending'))
"""
_FLYING = "(SELECT count(*) FROM webhooks_delivery s WHERE s.endpoint_id = e.id AND s.state = 'sending')"
_LOCK = f"""
    SELECT e.id FROM webhooks_endpoint e
    CROSS JOIN LATERAL (SELECT min(d.due_at) AS first FROM webhooks_delivery d WHERE {_HEAD}) h
    WHERE e.state = 'active' AND (e.failing_since IS NOT NULL) = %(sick)s AND h.first IS NOT NULL
      AND {_FLYING} < %(each)s
    ORDER BY h.first, e.id LIMIT %(slots)s FOR NO KEY UPDATE OF e SKIP LOCKED
"""  # noqa: S608  # put together from the constants above
_TAKE = f"""
    SELECT t.id FROM webhooks_endpoint e
    CROSS JOIN LATERAL (
        SELECT d.id, d.due_at FROM webhooks_delivery d WHERE {_HEAD}
        ORDER BY d.due_at, d.id LIMIT greatest(%(each)s - {_FLYING}, 0)) t
    WHERE e.id = ANY(%(endpoints)s)
    ORDER BY t.due_at, t.id LIMIT %(slots)s
"""  # noqa: S608  # put together from the constants above


def lock_ready(at: datetime, *, sick: bool, each: int, slots: int) -> list[int]:
    """Row ids of at most `slots` deliveries whose turn has come, of endpoints that fail just now (`sick`) or do not, at
    most `each` of an endpoint on their way at once. Their endpoints are locked until the commit; those that others hold
    are passed over.

    Two statements: the second sees what was committed before the locks were had.
    """
    given: dict[str, Any] = {"at": at, "sick": sick, "each": each, "slots": slots}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, given)
        endpoints = [row[0] for row in cursor.fetchall()]
        if not endpoints:
            return []
        cursor.execute(_TAKE, {**given, "endpoints": endpoints})
        return [row[0] for row in cursor.fetchall()]
