"""The sandbox gateway's own books, apart from ours: what it was asked, what it took, how it was told to behave."""

from django.db import models
from django.db.models import Q

from tollbook.base.fields import amount_field, currency_field
from tollbook.base.triggers import append_only


class Entry(models.Model):
    """A line of the gateway's book. The state of an intent is what its lines say."""

    class Kind(models.TextChoices):
        INTENT = "intent", "intent"
        CAPTURE = "capture", "capture"
        FAILURE = "failure", "failure"
        CANCEL = "cancel", "cancel"
        REFUND = "refund", "refund"

    # The caller's key: of a payment or, on the lines of a refund, of the refund.
    key = models.CharField(max_length=60, db_index=True)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    reference = models.CharField(max_length=60, db_index=True)
    amount = amount_field()
    currency = currency_field()
    merchant = models.CharField(max_length=120)
    subject = models.CharField(max_length=40, blank=True)
    # Of a refund: the key of the payment that it gives back.
    payment = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "gateway_test_entry"
        constraints = [
            models.UniqueConstraint(fields=["key", "kind"], name="gateway_test_entry_once"),
            # What has been taken cannot fail, and the other way round.
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(kind__in=["capture", "failure", "cancel"]),
                name="gateway_test_entry_ends_once",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="gateway_test_entry_amount"),
        ]
        triggers = [append_only("gateway_test_entry_append_only")]


class Script(models.Model):
    """How the gateway behaves for a payment (by its key), or for the next one that begins (empty key)."""

    key = models.CharField(max_length=60, unique=True)
    behaviour = models.JSONField()

    class Meta:
        db_table = "gateway_test_script"
