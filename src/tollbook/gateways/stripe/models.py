"""Stripe as we know it: accounts of brands, who pays, what was asked for under which key, and its own book."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.gateways.stripe.rules import Kind


class Account(models.Model):
    """An account of a brand at Stripe. One that was replaced is still asked about what was paid through it."""

    public_id = PublicIdField("sta")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="stripe_accounts")
    # Stripe's own name of it, told by Stripe when the key was given.
    merchant = models.CharField(max_length=60)
    live = models.BooleanField()
    # Both sealed.
    secret = models.BinaryField()
    signing = models.BinaryField()
    # Where payers come back to: scheme and host of the brand's portal.
    site = models.CharField(max_length=200)
    # The currencies that it takes, divided by spaces; empty: any.
    currencies = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    # Up to when its book was read; by the database's clock, as Stripe knows no virtual one.
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_stripe_account"
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], name="gateway_stripe_account_one", condition=Q(retired_at__isnull=True)
            )
        ]
        triggers = [
            no_delete("gateway_stripe_account_no_delete"),
            frozen_columns("gateway_stripe_account_frozen", "true", "public_id", "brand_id", "merchant", "live"),
        ]

    def __str__(self) -> str:
        return self.merchant


class Payer(models.Model):
    """A customer of Stripe's, who has saved methods there: one for each of ours and account."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payers")
    payer = models.CharField(max_length=40)
    reference = models.CharField(max_length=60)

    class Meta:
        db_table = "gateway_stripe_payer"
        constraints = [models.UniqueConstraint(fields=["account", "payer"], name="gateway_stripe_payer_once")]
        triggers = [append_only("gateway_stripe_payer_append_only")]


class Sent(models.Model):
    """What we asked of Stripe: written before the call, once for each key, for ever."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="sent")
    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=7, choices=[(kind.value, kind.value) for kind in Kind])
    amount = amount_field()
    currency = currency_field()
    subject = models.CharField(max_length=40, blank=True)
    # Of a charge: Stripe's customer; of a refund: the PaymentIntent that it gives back.
    of = models.CharField(max_length=60, blank=True)
    # What Stripe calls it, where the payer goes on, and the PaymentIntent that it became.
    reference = models.CharField(max_length=200, blank=True)
    redirect = models.CharField(max_length=2000, blank=True)
    intent = models.CharField(max_length=60, blank=True)
    # By the database's clock: it is compared with Stripe's, which knows no virtual one.
    sent_at = models.DateTimeField(db_default=Now())
    # When Stripe first told us that it succeeded.
    taken_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_stripe_sent"
        constraints = [
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="gateway_stripe_sent_reference_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="setup", amount=0) | (~Q(kind="setup") & Q(amount__gt=0)),
                name="gateway_stripe_sent_amount",
            ),
        ]
        indexes = [models.Index(fields=["intent"], name="gateway_stripe_sent_intent", condition=~Q(intent=""))]
        triggers = [
            no_delete("gateway_stripe_sent_no_delete"),
            frozen_columns(
                "gateway_stripe_sent_frozen", "true",
                "account_id", "key", "kind", "amount", "currency", "subject", "of", "sent_at",
            ),
            frozen_columns("gateway_stripe_sent_named", "OLD.reference <> ''", "reference"),
            frozen_columns("gateway_stripe_sent_became", "OLD.intent <> ''", "intent"),
        ]  # fmt: skip


class Line(models.Model):
    """A line of Stripe's own book as it told it: money that came, went back or was called back. A dispute has a line
    for each state.
    """

    class Kind(models.TextChoices):
        CHARGE = "charge", "charge"
        REFUND = "refund", "refund"
        DISPUTE = "dispute", "dispute"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    reference = models.CharField(max_length=60)
    state = models.CharField(max_length=9)
    # Our key of the payment or refund; empty: nothing of ours.
    key = models.CharField(max_length=60, blank=True)
    amount = amount_field()
    currency = currency_field()
    at = models.DateTimeField()
    read_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "gateway_stripe_line"
        constraints = [
            models.UniqueConstraint(fields=["reference", "state"], name="gateway_stripe_line_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="gateway_stripe_line_amount"),
        ]
        indexes = [models.Index(fields=["key"], name="gateway_stripe_line_key", condition=~Q(key=""))]
        triggers = [append_only("gateway_stripe_line_append_only")]
