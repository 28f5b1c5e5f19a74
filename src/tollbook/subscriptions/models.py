"""The agreement of a customer to a plan, over periods."""

from django.db import models

from tollbook.base.fields import PublicIdField
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.catalog.models import PlanVersion, PriceBook
from tollbook.customers.models import Customer
from tollbook.subscriptions.rules import State


class Subscription(models.Model):
    """A customer's agreement to a plan; its periods follow from `anchor`, `months` and `alignment`.

    Which plan version counts when is what its phases say; `version` and `book` are those that count now.
    """

    class Alignment(models.TextChoices):
        ANCHOR = "anchor", "from the day it began"
        CALENDAR = "calendar", "by calendar month"

    public_id = PublicIdField("sub")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="subscriptions", db_index=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="subscriptions")
    book = models.ForeignKey(PriceBook, on_delete=models.PROTECT, db_index=False)
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
    # From where charging is to read its periods again, once the clock is there: its plan or end has changed.
    recharge_from = models.DateTimeField(null=True)
    # The state that an end which has not come yet can be taken back to.
    state_before_end = models.CharField(max_length=12, choices=State.choices(), blank=True)

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
            frozen_columns("subscriptions_frozen", "true", "id", "customer_id", "started_at", "anchor", "key"),
        ]

    def __str__(self) -> str:
        return f"{self.version.plan} ({self.public_id})"


class Phase(models.Model):
    """What was said of a subscription's plan: from `starts_at` on, this version and book, with or without its recurring
    `fees` and its `use`: a suspension may leave them out.

    The highest number that has begun counts: a later word replaces all that was said before of the time from its start
    on. Phase 1 begins with the subscription. `key` names the request that made it.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="phases")
    number = models.PositiveIntegerField()
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="phases")
    book = models.ForeignKey(PriceBook, on_delete=models.PROTECT)
    starts_at = models.DateTimeField()
    fees = models.BooleanField(default=True)
    use = models.BooleanField(default=True)
    key = models.CharField(max_length=160, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "subscriptions_phase"
        constraints = [
            models.UniqueConstraint(fields=["subscription", "number"], name="subscriptions_phase_number"),
            models.UniqueConstraint(
                fields=["subscription", "key"], condition=~models.Q(key=""), name="subscriptions_phase_once"
            ),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="subscriptions_phase_counts"),
        ]
        triggers = [append_only("subscriptions_phase_append_only")]

    def __str__(self) -> str:
        return f"{self.version} from {self.starts_at}"
