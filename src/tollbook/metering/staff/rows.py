"""Rows of the usage tables with the names of what they point to, and columns that lists of them share."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from tollbook.customers.models import Customer
from tollbook.metering.models import Meter, UsageBatch, UsageCorrection
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column


def batch_href(batch: UsageBatch) -> str:
    """The events of a delivery."""
    return reverse("staff-metering:events") + f"?batch={batch.pk}"


def named(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Rows of a usage table, which has no foreign keys, with their customer's and meter's names."""
    customers = Customer.objects.filter(pk=OuterRef("customer_id"))
    found: QuerySet[Any] = rows.annotate(
        customer_name=Subquery(customers.values("name")[:1]),
        customer_public_id=Subquery(customers.values("public_id")[:1]),
    )
    return found


def metered(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """The same, with their meter's name and unit."""
    meters = Meter.objects.filter(pk=OuterRef("meter_id"))
    found: QuerySet[Any] = named(rows).annotate(
        meter_name=Subquery(meters.values("name")[:1]),
        meter_public_id=Subquery(meters.values("public_id")[:1]),
        unit=Subquery(meters.values("unit")[:1]),
    )
    return found


def with_correction(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Events with the kind of their `correction` and `why`; both empty for those that count."""
    mine = UsageCorrection.objects.filter(
        customer_id=OuterRef("customer_id"), source=OuterRef("source"), event_id=OuterRef("event_id")
    )
    found: QuerySet[Any] = rows.annotate(
        correction=Coalesce(Subquery(mine.values("kind")[:1]), Value("")),
        why=Coalesce(Subquery(mine.values("reason")[:1]), Value("")),
    )
    return found


CUSTOMER = Column("Customer", lambda r: r.customer_name, href=lambda r: page_of(r.customer_public_id or ""))
DIMS = Column("Dimensions", lambda r: r.dims, "mono")
BATCH_COLUMNS = [
    Column("Received", lambda b: b.received_at, "instant", sort="received_at", href=lambda b: batch_href(b)),
    Column("Door", lambda b: b.door, sort="door"),
    Column("Sent by", lambda b: b.actor, sort="actor"),
    Column("Accepted", lambda b: b.accepted, "quantity", sort="accepted"),
    Column("Repeated", lambda b: b.repeated, "quantity", sort="repeated"),
    Column("Conflicting", lambda b: b.conflicting, "quantity", sort="conflicting"),
    Column("Refused", lambda b: b.refused, "quantity", sort="refused"),
]
