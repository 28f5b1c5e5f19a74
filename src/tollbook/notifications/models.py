"""The outbox: what happened, to be told to who listens."""

from django.db import models
from django.db.models import Q

from tollbook.base.fields import PublicIdField
from tollbook.base.triggers import frozen_columns, no_delete


class Fact(models.Model):
    """That something happened to the thing `object_id`, the `sequence`-th of what is told of it; `handed_at` is when
    listeners got it. Never changed, never removed.
    """

    public_id = PublicIdField("evt")
    kind = models.CharField(max_length=40)
    # A plain number: this room lies below customers and cannot name their table.
    customer_id = models.BigIntegerField()
    object_id = models.CharField(max_length=40)
    sequence = models.PositiveIntegerField()
    # JSON; a text, because COPY writes it and nobody asks into it.
    data = models.TextField()
    at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notifications_fact"
        constraints = [models.UniqueConstraint(fields=["object_id", "sequence"], name="notifications_fact_sequence")]
        indexes = [
            models.Index(fields=["id"], condition=Q(handed_at=None), name="notifications_fact_to_hand"),
            models.Index(fields=["customer_id", "-id"], name="notifications_fact_customer"),
        ]
        triggers = [
            no_delete("notifications_fact_no_delete"),
            frozen_columns(
                "notifications_fact_frozen", "true",
                "public_id", "kind", "customer_id", "object_id", "sequence", "data", "at",
            ),
            frozen_columns("notifications_fact_handed_once", "OLD.handed_at IS NOT NULL", "handed_at"),
        ]  # fmt: skip


class Told(models.Model):
    """How many facts were told of a thing: the counter behind `Fact.sequence`, locked by who adds to it."""

    object_id = models.CharField(max_length=40, primary_key=True)
    last = models.PositiveIntegerField()

    class Meta:
        db_table = "notifications_told"
