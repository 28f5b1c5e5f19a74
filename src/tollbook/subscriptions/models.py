"""The agreement of a customer to a plan, over periods."""

from django.db import models

from tollbook.base.fields import PublicIdField
from tollbook.base.triggers import frozen_columns, no_delete
from tollbook.catalog.models import PlanVersion, PriceBook
from tollbook.customers.models import Customer
from tollbook.subscriptions.rules import State


class Subscription(models.Model):
    """A customer's agreement to one plan version; its periods follow from `anchor`, `months` and `alignment`."""

    class Alignment(models.TextChoices):
        ANCHOR = "anchor", "from the day it began"
        CALENDAR = "calendar", "by calendar month"

    public_id = PublicIdField("sub")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="subscriptions")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="subscriptions")
    book = models.ForeignKey(PriceBook, on_delete=models.PROTECT)
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=State.choices(), default=State.ACTIVE)
    alignment = models.CharField(max_length=10, choices=Alignment.choices, default=Alignment.ANCHOR)
    months = models.PositiveSmallIntegerField(default=1)
    anchor = models.DateField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # Whether use draws on a wallet as it happens, so that charging looks at it between borders too.
    prepaid = models.BooleanField(default=False)
    # Everything that fell due up to here is charged; a later event before it is a correction.
    closed_until = models.DateTimeField(null=True)
    # The next instant at which something of this subscription may fall due; an index finds the work of a bill
    # run.
    due_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "subscriptions_subscription"
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="subscriptions_subscription_once"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gt=models.F("started_at")),
                name="subscriptions_subscription_life",
            ),
            models.CheckConstraint(condition=models.Q(months__gte=1, months__lte=120), name="subscriptions_months"),
        ]
        triggers = [
            no_delete("subscriptions_no_delete"),
            frozen_columns("subscriptions_frozen", "true", "customer_id", "started_at", "anchor", "key"),
        ]

    def __str__(self) -> str:
        return f"{self.version.plan} ({self.public_id})"
