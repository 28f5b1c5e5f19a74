"""Meters, usage events as they came in, and hourly roll-ups.

The usage tables have no foreign keys out and their keys begin with the customer, so that they can be
distributed by customer (DESIGN section 4).
"""

from django.db import models

from tollbook.base.fields import PublicIdField, quantity_field
from tollbook.base.triggers import append_only, no_delete
from tollbook.kernel.money import Rounding


class Aggregation(models.TextChoices):
    SUM = "sum", "sum"
    COUNT = "count", "count"
    MIN = "min", "minimum"
    MAX = "max", "maximum"
    AVG = "avg", "mean value"
    LATEST = "latest", "latest value"
    UNIQUE = "unique", "number of different resources"
    WEIGHTED = "weighted_sum", "mean level over time"


# What is there at an instant, as a set of resources or as a level: events add to it and take from it.
STATES = (Aggregation.UNIQUE, Aggregation.WEIGHTED)
# Readings of parts of a period add up to the reading of the period.
SUMMED = (Aggregation.SUM, Aggregation.COUNT)
ROUNDINGS = (Rounding.HALF_UP, Rounding.UP, Rounding.DOWN, Rounding.CEIL, Rounding.FLOOR)


class Meter(models.Model):
    """What is counted, and how."""

    open_to_customers = True  # for `base.walls`

    public_id = PublicIdField("mtr")
    code = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=300)
    unit = models.CharField(max_length=60)
    aggregation = models.CharField(max_length=12, choices=Aggregation.choices, default=Aggregation.SUM)
    # Names of the event dimensions that split a reading: ["region"], ["country", "operator"].
    dimensions = models.JSONField(default=list)
    allow_negative = models.BooleanField(default=False)
    # What is there when a period ends is there when the next one begins; else each period begins with nothing.
    carries = models.BooleanField(default=False)
    # Places to which each reading is rounded, once (negative: tens, hundreds); none: it is not.
    round_to = models.SmallIntegerField(null=True)
    round_mode = models.CharField(
        max_length=8,
        choices=[(mode.value, mode.value.replace("_", " ")) for mode in ROUNDINGS],
        default=Rounding.HALF_UP.value,
    )

    class Meta:
        db_table = "metering_meter"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(carries=False) | models.Q(aggregation__in=[a.value for a in STATES]),
                name="metering_meter_carries",
            ),
            models.CheckConstraint(
                condition=models.Q(round_to__isnull=True) | models.Q(round_to__gte=-12, round_to__lte=12),
                name="metering_meter_round_to",
            ),
            models.CheckConstraint(
                condition=models.Q(round_mode__in=[mode.value for mode in ROUNDINGS]), name="metering_meter_round_mode"
            ),
        ]
        triggers = [no_delete("metering_meter_no_delete")]

    def __str__(self) -> str:
        return self.code


class UsageBatch(models.Model):
    """One acknowledged delivery of events: who sent it, through which door, and what became of it."""

    open_to_customers = True  # for `base.walls`

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


class UsageCorrection(models.Model):
    """An event that counts no more, and why; once for each event, for ever. The event itself stays as it came."""

    class Kind(models.TextChoices):
        CANCELLED = "cancelled", "cancelled"
        CHANGED = "changed", "changed"

    pk = models.CompositePrimaryKey("customer_id", "source", "event_id")
    customer_id = models.BigIntegerField()
    source = models.CharField(max_length=80)
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # The event of the same source that counts instead; empty where none does.
    replaced_by = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=160)
    actor = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "usage_correction"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="cancelled", replaced_by="")
                | (models.Q(kind="changed") & ~models.Q(replaced_by="") & ~models.Q(replaced_by=models.F("event_id"))),
                name="usage_correction_kind",
            )
        ]
        triggers = [append_only("usage_correction_append_only")]


class UsageBorder(models.Model):
    """Up to where a customer's use has been read by charging. Ingestion shares the row, charging owns it for a while:
    so an event that comes in beside a close is either read by it or marked as pending.
    """

    customer_id = models.BigIntegerField(primary_key=True)
    read_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "usage_border"


class UsageHour(models.Model):
    """Events of one hour rolled up. `pending`: it changed after charging had read it, and waits to be read again.

    An hour whose events are all cancelled stays, with no events and no values.
    """

    pk = models.CompositePrimaryKey("customer_id", "subscription_id", "meter_id", "dims", "hour")
    customer_id = models.BigIntegerField()
    subscription_id = models.BigIntegerField(default=0)
    meter_id = models.BigIntegerField()
    dims = models.CharField(max_length=500, blank=True)
    hour = models.DateTimeField()
    events = models.BigIntegerField()
    total = models.DecimalField(max_digits=38, decimal_places=12)
    # The sum of quantity times seconds from the event to the end of the hour: what a level's mean is made of.
    moment = models.DecimalField(max_digits=48, decimal_places=18)
    peak = quantity_field(null=True)
    low = quantity_field(null=True)
    last = quantity_field(null=True)
    last_at = models.DateTimeField(null=True)
    pending = models.BooleanField(default=True)

    class Meta:
        db_table = "usage_hour"
        indexes = [
            models.Index(fields=["customer_id", "hour"], name="usage_hour_window"),
            models.Index(fields=["customer_id", "hour"], name="usage_hour_pending", condition=models.Q(pending=True)),
        ]


class UsageThing(models.Model):
    """A resource of a `unique` meter in an hour: how often it was added and taken away, and what came first and last.

    Beside the hour's roll-up, whose `pending` holds for it too; only for meters that count different resources.
    """

    pk = models.CompositePrimaryKey("customer_id", "subscription_id", "meter_id", "dims", "resource", "hour")
    customer_id = models.BigIntegerField()
    subscription_id = models.BigIntegerField(default=0)
    meter_id = models.BigIntegerField()
    dims = models.CharField(max_length=500, blank=True)
    resource = models.CharField(max_length=500)
    hour = models.DateTimeField()
    added = models.BigIntegerField()
    removed = models.BigIntegerField()
    # 1: added, -1: taken away; of both at one instant the adding counts.
    first = models.SmallIntegerField()
    first_at = models.DateTimeField()
    last = models.SmallIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "usage_thing"
