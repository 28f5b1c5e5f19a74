"""What was said of dunning, what it has done, and what customers were told. Facts are appended."""

from django.db import models
from django.db.models import Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.dunning.policy import Level
from tollbook.dunning.rules import Kind
from tollbook.invoicing.models import Invoice
from tollbook.payments.models import Payment
from tollbook.subscriptions.models import Subscription


class PolicyValue(models.Model):
    """What was said of a field of the policy in a place; null takes it back. The latest row of a place counts."""

    open_to_customers = True  # for `base.walls`

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=[(level.value, level.value) for level in Level])
    # The public id of the brand, group, product, customer or subscription.
    scope_id = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    value = models.JSONField(null=True)
    said_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "dunning_policy_value"
        indexes = [models.Index(fields=["level", "scope_id", "field", "-id"], name="dunning_policy_latest")]
        triggers = [append_only("dunning_policy_value_append_only")]


class Pause(models.Model):
    """Why steps wait, up to and with the day `until`: a customer is exempt, has promised to pay an invoice, or disputes
    one. Until it is lifted, or the day has passed.
    """

    class Why(models.TextChoices):
        EXEMPT = "exempt", "exempt"
        PROMISE = "promise", "promise to pay"
        DISPUTE = "dispute", "in dispute"

    public_id = PublicIdField("dps")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="dunning_pauses")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="dunning_pauses")
    why = models.CharField(max_length=7, choices=Why.choices)
    until = models.DateField(null=True)
    reason = models.CharField(max_length=300)
    made_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "dunning_pause"
        constraints = [
            models.CheckConstraint(
                condition=Q(why="exempt", invoice__isnull=True)
                | Q(why="promise", invoice__isnull=False, until__isnull=False)
                | Q(why="dispute", invoice__isnull=False, until__isnull=True),
                name="dunning_pause_kind",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by="") | (Q(lifted_at__isnull=False) & ~Q(lifted_by="")),
                name="dunning_pause_lifted",
            ),
        ]
        triggers = [
            no_delete("dunning_pause_no_delete"),
            frozen_columns(
                "dunning_pause_frozen", "true",
                "public_id", "customer_id", "invoice_id", "why", "until", "reason", "made_by", "created_at",
            ),
            frozen_columns("dunning_pause_stays_lifted", "OLD.lifted_at IS NOT NULL", "lifted_at", "lifted_by"),
        ]  # fmt: skip


class Stop(models.Model):
    """A service that dunning has stopped, because of an invoice or of an empty wallet. It is over when it was lifted
    and that is confirmed (`lifted_at`), or when the service has ended.
    """

    class Because(models.TextChoices):
        INVOICE = "invoice", "an unpaid invoice"
        WALLET = "wallet", "an empty wallet"

    public_id = PublicIdField("dsp")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="dunning_stops")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="dunning_stops")
    because = models.CharField(max_length=7, choices=Because.choices)
    # What stopped it first; by then or later there may be other unpaid invoices. Wallets are private: a row id.
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="dunning_stops")
    wallet_id = models.BigIntegerField(null=True)
    stopped_at = models.DateTimeField()
    # Since when the service is to run again; lifting is tried until it is confirmed.
    lift_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    # Somebody let it run although it was not paid: what was due by then does not stop it again.
    by_hand = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "dunning_stop"
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "because"],
                condition=Q(lifted_at__isnull=True, ended_at__isnull=True),
                name="dunning_stop_one_open",
            ),
            models.CheckConstraint(
                condition=Q(because="invoice", invoice__isnull=False, wallet_id__isnull=True)
                | Q(because="wallet", invoice__isnull=True, wallet_id__isnull=False),
                name="dunning_stop_because",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(ended_at__isnull=True), name="dunning_stop_ends_once"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lift_at__isnull=False), name="dunning_stop_lifted_in_order"
            ),
        ]
        triggers = [
            no_delete("dunning_stop_no_delete"),
            frozen_columns(
                "dunning_stop_frozen", "true",
                "public_id", "customer_id", "subscription_id", "because", "invoice_id", "wallet_id", "stopped_at",
            ),
            frozen_columns(
                "dunning_stop_over", "OLD.lifted_at IS NOT NULL OR OLD.ended_at IS NOT NULL",
                "lift_at", "lifted_at", "by_hand", "ended_at",
            ),
        ]  # fmt: skip


class Look(models.Model):
    """When a customer's debts were last looked at, and what was found to come next: steps fall due by the day.

    `on` is the last day of its brand on which everything due was done; null while something could not be.
    """

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, primary_key=True, related_name="dunning_look")
    on = models.DateField(null=True)
    looked_at = models.DateTimeField()
    # For staff's list, and only there: the pages of a customer ask anew.
    next_on = models.DateField(null=True)
    next_what = models.CharField(max_length=300, blank=True)
    waits = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "dunning_look"


class Step(models.Model):
    """A step that was taken for an unpaid invoice, or skipped with a reason: once for each number of its kind."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", "taken"
        SKIPPED = "skipped", "skipped"

    public_id = PublicIdField("dst")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="dunning_steps")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="dunning_steps")
    kind = models.CharField(max_length=9, choices=Kind.choices())
    # Of a reminder its days from the due day; of the others a count from 0.
    number = models.SmallIntegerField()
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, null=True, related_name="dunning_steps")
    # The day on which it fell due, and when it was taken.
    due_on = models.DateField()
    taken_at = models.DateTimeField()
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    reason = models.CharField(max_length=300, blank=True)
    # What was open of the invoice then, in its currency.
    open = amount_field()
    currency = currency_field()
    fee_invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, null=True, related_name="dunning_fee_of")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="dunning_step")
    stop = models.ForeignKey(Stop, on_delete=models.PROTECT, null=True, related_name="steps")

    class Meta:
        db_table = "dunning_step"
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "kind", "number", "subscription"],
                nulls_distinct=False,
                name="dunning_step_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["suspend", "terminate"], subscription__isnull=False)
                | (~Q(kind__in=["suspend", "terminate"]) & Q(subscription__isnull=True)),
                name="dunning_step_of_service",
            ),
            models.CheckConstraint(
                condition=Q(outcome="taken", fee_invoice__isnull=False, kind="fee")
                | (Q(fee_invoice__isnull=True) & ~Q(outcome="taken", kind="fee")),
                name="dunning_step_fee",
            ),
            models.CheckConstraint(condition=Q(outcome="taken") | ~Q(reason=""), name="dunning_step_skipped_why"),
        ]
        indexes = [models.Index(fields=["customer", "-taken_at"], name="dunning_step_customer")]
        triggers = [append_only("dunning_step_append_only")]


class Notice(models.Model):
    """What a customer is told, and by which channels; both portals show it, whatever the channels."""

    class About(models.TextChoices):
        REMINDER = "reminder", "reminder"
        FEE = "fee", "late fee"
        SUSPENDED = "suspended", "service suspended"
        RESUMED = "resumed", "service runs again"
        TERMINATED = "terminated", "service ended"

    public_id = PublicIdField("ntc")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="dunning_notices")
    about = models.CharField(max_length=10, choices=About.choices)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="dunning_notices")
    step = models.OneToOneField(Step, on_delete=models.PROTECT, null=True, related_name="notice")
    stop = models.ForeignKey(Stop, on_delete=models.PROTECT, null=True, related_name="notices")
    channels = models.JSONField()
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=1000)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "dunning_notice"
        constraints = [
            models.UniqueConstraint(fields=["stop", "about"], name="dunning_notice_once"),
            models.CheckConstraint(
                condition=Q(step__isnull=False) | Q(stop__isnull=False), name="dunning_notice_of_something"
            ),
        ]
        indexes = [models.Index(fields=["customer", "-created_at"], name="dunning_notice_customer")]
        triggers = [append_only("dunning_notice_append_only")]
