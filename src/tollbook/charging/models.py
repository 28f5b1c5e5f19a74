"""What is owed, once, for ever; and when customers are told of what they spend."""

from decimal import Decimal

import pgtrigger
from django.db import models

from tollbook.base.fields import PublicIdField, amount_field, currency_field, exact_field, quantity_field
from tollbook.base.triggers import WRITTEN, append_only, frozen_columns, no_delete, refers
from tollbook.catalog.models import Price
from tollbook.charging.rules import Threshold
from tollbook.customers.models import Customer
from tollbook.subscriptions.models import Phase, Subscription


def _no_overlap(name: str) -> pgtrigger.Trigger:
    """Refuse first revisions whose periods overlap for a price of a phase, as an exclusion constraint does.

    A GiST index costs ten times this for a row. Standing periods do not overlap, so of all that begin before the new
    one's end the last tells. The locks let writers take turns who do not lock the subscriptions themselves.
    """
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        referencing=WRITTEN,
        func="""
            PERFORM 1 FROM subscriptions_subscription s
            WHERE s.id IN (SELECT w.subscription_id FROM written w WHERE w.revision = 1)
            ORDER BY s.id FOR NO KEY UPDATE;
            IF EXISTS (
                SELECT 1 FROM written w CROSS JOIN LATERAL (
                    SELECT c.period_end FROM charging_charge c
                    WHERE c.subscription_id = w.subscription_id AND c.phase_id = w.phase_id AND c.price_id = w.price_id
                      AND c.period_start < w.period_end AND c.revision = 1 AND c.id <> w.id
                    ORDER BY c.period_start DESC LIMIT 1
                ) before
                WHERE w.revision = 1 AND before.period_end > w.period_start
            ) THEN
                RAISE EXCEPTION 'charging_charge_no_overlap: a period is charged once for a price of a phase'
                    USING ERRCODE = 'exclusion_violation';
            END IF;
            RETURN NULL;
        """,
    )


class Charge(models.Model):
    """A rated line that is owed for a price of a phase of a subscription in a period.

    A changed reading, or a period that was cut, adds a revision with the difference; nothing is edited.
    """

    public_id = PublicIdField("chg")
    # Five rows of an invoice are written here: the indexes below are all that is read by, and `refers` holds the
    # references.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="charges", db_index=False, db_constraint=False
    )
    phase = models.ForeignKey(
        Phase, on_delete=models.PROTECT, related_name="charges", db_index=False, db_constraint=False
    )
    price = models.ForeignKey(Price, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    revision = models.PositiveIntegerField(default=1)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, db_index=False)
    reason = models.CharField(max_length=200, blank=True)
    # Differences to the revisions before: the sum over revisions is the reading, the owed amount, the events
    # behind it.
    quantity = quantity_field()
    amount = exact_field()
    events = models.BigIntegerField(default=0)
    currency = currency_field()
    # Of the whole reading: quantity, share of the period, and the arithmetic of `rating.Line.data()`.
    rated = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "charging_charge"
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "phase", "price", "period_start", "revision"], name="charging_charge_once"
            ),
            models.CheckConstraint(
                condition=models.Q(period_end__gt=models.F("period_start")), name="charging_charge_period"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "created_at"], name="charging_charge_customer"),
            models.Index(
                fields=["corrects"], name="charging_charge_corrects", condition=models.Q(corrects__isnull=False)
            ),
        ]
        triggers = [
            append_only("charging_charge_append_only"),
            _no_overlap("charging_charge_no_overlap"),
            refers(
                "charging_charge_refers",
                {
                    "subscriptions_subscription": "p.id = w.subscription_id AND p.customer_id = w.customer_id",
                    "subscriptions_phase": "p.id = w.phase_id AND p.subscription_id = w.subscription_id",
                    "catalog_price": "p.id = w.price_id",
                },
            ),
        ]


class Unbilled(models.Model):
    """A charge that no invoice carries yet: the bill run's queue. The row goes when the line is written."""

    charge = models.OneToOneField(
        Charge, on_delete=models.PROTECT, primary_key=True, related_name="unbilled", db_constraint=False
    )
    customer_id = models.BigIntegerField()
    bill_at = models.DateTimeField()

    class Meta:
        db_table = "charging_unbilled"
        indexes = [models.Index(fields=["customer_id", "bill_at"], name="charging_unbilled_customer")]
        triggers = [
            refers(
                "charging_unbilled_refers",
                {"charging_charge": "p.id = w.charge_id AND p.customer_id = w.customer_id"},
            ),
            frozen_columns("charging_unbilled_frozen", "true", "charge_id", "customer_id"),
        ]


class Draw(models.Model):
    """What a prepaid charge took from a wallet at once, tax included, before its invoice.

    One wallet movement (`movement_key`) covers all charges of a subscription in one run.
    """

    charge = models.OneToOneField(Charge, on_delete=models.PROTECT, primary_key=True, related_name="draw")
    wallet_id = models.BigIntegerField()
    movement_key = models.CharField(max_length=120)
    amount = amount_field()

    class Meta:
        db_table = "charging_draw"
        triggers = [append_only("charging_draw_append_only")]


class SpendAlert(models.Model):
    """That a customer is told when it spends so much in a month: of all subscriptions, or of one.

    Either an amount, or a percentage of a budget. It never changes: another threshold is another alert.
    """

    public_id = PublicIdField("alr")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="spend_alerts")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, null=True, related_name="spend_alerts")
    currency = currency_field()
    amount = amount_field(null=True)
    percent = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    budget = amount_field(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "charging_spend_alert"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, percent__isnull=True, budget__isnull=True)
                | models.Q(amount__isnull=True, percent__gt=0, budget__gt=0),
                name="charging_spend_alert_threshold",
            )
        ]
        indexes = [
            models.Index(
                fields=["customer"], name="charging_spend_alert_live", condition=models.Q(ended_at__isnull=True)
            )
        ]
        triggers = [
            no_delete("charging_spend_alert_no_delete"),
            frozen_columns(
                "charging_spend_alert_frozen", "true", "public_id", "customer_id", "subscription_id", "currency",
                "amount", "percent", "budget", "created_at",
            ),
        ]  # fmt: skip

    @property
    def limit(self) -> Decimal:
        """The amount at which it is told."""
        return Threshold(self.amount, self.percent, self.budget).limit


class SpendTold(models.Model):
    """That an alert was told of a month: once, for ever. `spent` is what it was then, exact, as priced."""

    alert = models.ForeignKey(SpendAlert, on_delete=models.PROTECT, related_name="told")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    limit = amount_field()
    spent = exact_field()
    at = models.DateTimeField()

    class Meta:
        db_table = "charging_spend_told"
        constraints = [models.UniqueConstraint(fields=["alert", "month"], name="charging_spend_told_once")]
        indexes = [models.Index(fields=["customer", "-month"], name="charging_spend_told_customer")]
        triggers = [append_only("charging_spend_told_append_only")]
