"""Meters, usage events as they came in, and hourly roll-ups.

The usage tables have no foreign keys out and their keys begin with the customer, so that they can be
distributed by customer (DESIGN section 4).
"""

from django.db import models

from tollbook.base.fields import PublicIdField, quantity_field
from tollbook.base.triggers import append_only, no_delete


class Aggregation(models.TextChoices):
    SUM = "sum", "sum"
    COUNT = "count", "count"
    MAX = "max", "maximum"
    LATEST = "latest", "latest value"


class Meter(models.Model):
    """What is counted, and how."""

    public_id = PublicIdField("mtr")
    code = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=300)
    unit = models.CharField(max_length=60)
    aggregation = models.CharField(max_length=8, choices=Aggregation.choices, default=Aggregation.SUM)
    # Names of the event dimensions that split a reading: ["region"], ["country", "operator"].
    dimensions = models.JSONField(default=list)
    allow_negative = models.BooleanField(default=False)

    class Meta:
        db_table = "metering_meter"
        triggers = [no_delete("metering_meter_no_delete")]

    def __str__(self) -> str:
        return self.code


class UsageBatch(models.Model):
    """One acknowledged delivery of events: who sent it, through which door, and what became of it."""

    received_at = models.DateTimeField()
    door = models.CharField(max_length=20)
    actor = models.CharField(max_length=200, blank=True)
    accepted = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)
    conflicting = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "usage_batch"
        triggers = [no_delete("usage_batch_no_delete")]


class UsageEvent(models.Model):
    """One fact of use, as acknowledged. Its key is the customer, the source and the source's own id, for
    ever.
    """

    pk = models.CompositePrimaryKey("customer_id", "source", "event_id")
    customer_id = models.BigIntegerField()
    source = models.CharField(max_length=80)
    event_id = models.CharField(max_length=120)
    payload_hash = models.BinaryField(max_length=16)
    meter_id = models.BigIntegerField()
    # 0: use of the customer at large, priced by whichever subscription prices the meter.
    subscription_id = models.BigIntegerField(default=0)
    quantity = quantity_field()
    at = models.DateTimeField()
    bucket = models.DateTimeField()
    # Canonical JSON of the meter's dimensions; empty text where the meter has none.
    dims = models.CharField(max_length=500, blank=True)
    resource = models.CharField(max_length=500, blank=True)
    batch_id = models.BigIntegerField()

    class Meta:
        db_table = "usage_event"
        indexes = [
            models.Index(fields=["customer_id", "meter_id", "bucket"], name="usage_event_reading"),
        ]
        triggers = [append_only("usage_event_append_only")]


class UsageConflict(models.Model):
    """An event whose id came again with another body: kept apart, counted nowhere, reported to the sender."""

    customer_id = models.BigIntegerField()
    source = models.CharField(max_length=80)
    event_id = models.CharField(max_length=120)
    payload_hash = models.BinaryField(max_length=16)
    body = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "usage_conflict"
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id", "source", "event_id", "payload_hash"], name="usage_conflict_once"
            )
        ]
        triggers = [append_only("usage_conflict_append_only")]


class UsageBorder(models.Model):
    """Up to where a customer's use has been read by charging. Ingestion shares the row, charging owns it for a while:
    so an event that comes in beside a close is either read by it or marked as pending.
    """

    customer_id = models.BigIntegerField(primary_key=True)
    read_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "usage_border"


class UsageHour(models.Model):
    """Events of one hour rolled up. `pending`: it changed after charging had read it, and waits to be read again."""

    pk = models.CompositePrimaryKey("customer_id", "subscription_id", "meter_id", "dims", "hour")
    customer_id = models.BigIntegerField()
    subscription_id = models.BigIntegerField(default=0)
    meter_id = models.BigIntegerField()
    dims = models.CharField(max_length=500, blank=True)
    hour = models.DateTimeField()
    events = models.BigIntegerField()
    total = models.DecimalField(max_digits=38, decimal_places=12)
    peak = quantity_field()
    last = quantity_field()
    last_at = models.DateTimeField()
    pending = models.BooleanField(default=True)

    class Meta:
        db_table = "usage_hour"
        indexes = [
            models.Index(fields=["customer_id", "hour"], name="usage_hour_window"),
            models.Index(fields=["customer_id", "hour"], name="usage_hour_pending", condition=models.Q(pending=True)),
        ]
