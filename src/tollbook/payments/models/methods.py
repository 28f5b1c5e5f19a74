"""What customers let us charge: methods that gateways keep for them, set-ups in which they save one, and agreements."""

from django.db import models
from django.db.models import Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.payments.rules import SETUP, State


class Method(models.Model):
    """A way to pay that a customer let a gateway keep, so that it can be charged while they are away."""

    public_id = PublicIdField("mth")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payment_methods")
    gateway = models.CharField(max_length=40)
    label = models.CharField(max_length=120)
    token = models.BinaryField()  # sealed
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    # Of one that was removed: when its gateway is told next, when it had let go of it, and what it said.
    forget_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)
    # What is charged while the customer is away.
    is_default = models.BooleanField(default=False)

    class Meta:
        db_table = "payments_method"
        constraints = [
            models.UniqueConstraint(fields=["customer", "gateway", "digest"], name="payments_method_once"),
            models.UniqueConstraint(
                fields=["customer"], name="payments_method_one_default", condition=Q(is_default=True)
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(retired_at__isnull=True), name="payments_method_default_stands"
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=False) | Q(forget_at__isnull=True, forgotten_at__isnull=True),
                name="payments_method_forgotten_if_removed",
            ),
        ]
        indexes = [
            models.Index(fields=["forget_at"], name="payments_method_forget", condition=Q(forget_at__isnull=False))
        ]
        triggers = [no_delete("payments_method_no_delete")]


class Agreement(models.Model):
    """That a customer lets us charge the default method while they are away: for invoices when they are issued, or for
    a wallet whenever it asks for a top-up. It stands until it is withdrawn.
    """

    class What(models.TextChoices):
        INVOICES = "invoices", "invoices"
        TOP_UP = "top_up", "top-up"

    public_id = PublicIdField("agr")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payment_agreements")
    what = models.CharField(max_length=8, choices=What.choices)
    # Of a top-up: which wallet (by row id; wallets are private), and the most that the customer lets us take in a day.
    wallet_id = models.BigIntegerField(null=True)
    daily_cap = amount_field(null=True)
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True)
    # Why nothing could be begun the last time, and when it is tried again.
    note = models.CharField(max_length=500, blank=True)
    paused_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_agreement"
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                name="payments_agreement_invoices_once",
                condition=Q(what="invoices", withdrawn_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["wallet_id"],
                name="payments_agreement_wallet_once",
                condition=Q(what="top_up", withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(what="invoices", wallet_id__isnull=True, daily_cap__isnull=True)
                | Q(what="top_up", wallet_id__isnull=False, daily_cap__gt=0),
                name="payments_agreement_terms",
            ),
        ]
        triggers = [
            no_delete("payments_agreement_no_delete"),
            frozen_columns(
                "payments_agreement_frozen", "true",
                "public_id", "customer_id", "what", "wallet_id", "daily_cap", "given_at", "given_by",
            ),
            frozen_columns("payments_agreement_withdrawn", "OLD.withdrawn_at IS NOT NULL", "withdrawn_at"),
        ]  # fmt: skip


class Setup(models.Model):
    """That a customer wants a gateway to keep a method, without paying now: asked for like a payment, of nothing."""

    public_id = PublicIdField("stp")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payment_setups")
    key = models.CharField(max_length=120)
    gateway = models.CharField(max_length=40)
    merchant = models.CharField(max_length=120)
    currency = currency_field()
    state = models.CharField(max_length=9, choices=State.choices(), default=State.STARTED)
    reference = models.CharField(max_length=200, blank=True)
    redirect = models.CharField(max_length=2000, blank=True)
    note = models.CharField(max_length=500, blank=True)
    method = models.ForeignKey(Method, on_delete=models.PROTECT, null=True, related_name="setups")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_setup"
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="payments_setup_once"),
            models.CheckConstraint(condition=Q(state__in=list(SETUP)), name="payments_setup_state"),
            models.CheckConstraint(
                condition=Q(state="succeeded", method__isnull=False) | (~Q(state="succeeded") & Q(method__isnull=True)),
                name="payments_setup_saved",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["started", "pending", "unknown"]) | Q(ask_at__isnull=False),
                name="payments_setup_watched",
            ),
        ]
        indexes = [models.Index(fields=["ask_at"], name="payments_setup_ask", condition=Q(ask_at__isnull=False))]
        triggers = [
            no_delete("payments_setup_no_delete"),
            frozen_columns(
                "payments_setup_frozen", "true",
                "public_id", "brand_id", "customer_id", "key", "gateway", "merchant", "currency", "created_at",
            ),
            frozen_columns("payments_setup_ended", "OLD.state = 'succeeded'", "state", "method_id"),
        ]  # fmt: skip
