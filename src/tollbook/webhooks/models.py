"""Where facts are sent, what is sent, and how each attempt went."""

from django.db import models
from django.db.models import Q

from tollbook.base.fields import PublicIdField
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.notifications.models import Fact
from tollbook.webhooks.rules import EndpointState, State


class Endpoint(models.Model):
    """An address to which facts are sent: of a customer, or of the brand (no customer) for all its customers."""

    public_id = PublicIdField("whe")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="webhooks")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="webhooks")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    # Names of kinds of facts; empty: all.
    kinds = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in EndpointState], default="active")
    # Why it is off, for people.
    note = models.CharField(max_length=200, blank=True)
    secret = models.BinaryField()
    # The secret before the last rotation, which signs as well until then.
    old_secret = models.BinaryField(null=True)
    old_until = models.DateTimeField(null=True)
    # Since when nothing has been taken; null while all is well.
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "webhooks_endpoint"
        constraints = [
            models.CheckConstraint(
                condition=Q(old_secret=None, old_until=None) | Q(old_secret__isnull=False, old_until__isnull=False),
                name="webhooks_endpoint_rotation",
            ),
        ]
        triggers = [
            no_delete("webhooks_endpoint_no_delete"),
            frozen_columns("webhooks_endpoint_frozen", "true", "public_id", "brand_id", "customer_id", "created_at"),
            frozen_columns("webhooks_endpoint_removed", "OLD.state = 'removed'", "state", "url", "secret", "kinds"),
        ]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """A fact on its way to an endpoint. The table is the queue: those of one thing are sent one after the other."""

    public_id = PublicIdField("whd")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    # Null: a test that somebody asked for.
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, null=True, related_name="+")
    object_id = models.CharField(max_length=40)
    # Which sending of the fact to the endpoint this is: 0 the first, then replays.
    replay = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=9, choices=[(s.value, s.value) for s in State], default="waiting")
    # How often it was tried; names the attempt that is under way.
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    # Until when who is sending it has to say what became of it.
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhooks_delivery"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "fact", "replay"], name="webhooks_delivery_once"),
            models.CheckConstraint(
                condition=Q(state="sending", leased_until__isnull=False)
                | (~Q(state="sending") & Q(leased_until__isnull=True)),
                name="webhooks_delivery_leased",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending"], ended_at=None)
                | Q(state__in=["delivered", "failed"], ended_at__isnull=False),
                name="webhooks_delivery_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "object_id", "id"],
                condition=Q(state__in=["waiting", "sending"]),
                name="webhooks_delivery_line",
            ),
            models.Index(fields=["endpoint", "due_at"], condition=Q(state="waiting"), name="webhooks_delivery_due"),
            models.Index(fields=["endpoint", "-id"], name="webhooks_delivery_log"),
        ]
        triggers = [
            no_delete("webhooks_delivery_no_delete"),
            frozen_columns(
                "webhooks_delivery_frozen", "true",
                "public_id", "endpoint_id", "fact_id", "object_id", "replay", "created_at",
            ),
            frozen_columns(
                "webhooks_delivery_over", "OLD.state IN ('delivered', 'failed')", "state", "attempts", "ended_at",
            ),
        ]  # fmt: skip


class Attempt(models.Model):
    """One try to deliver: what came back, or why nothing did."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)
    # The beginning of what was answered.
    body = models.CharField(max_length=2000, blank=True)

    class Meta:
        db_table = "webhooks_attempt"
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="webhooks_attempt_once")]
        triggers = [append_only("webhooks_attempt_append_only")]
