"""What is owed, once, for ever."""

import pgtrigger
from django.db import models

from tollbook.base.fields import PublicIdField, amount_field, currency_field, exact_field, quantity_field
from tollbook.base.triggers import WRITTEN, append_only
from tollbook.catalog.models import Price
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
    # Five rows of an invoice are written here: the indexes below are all that is read by.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="charges", db_index=False)
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="charges", db_index=False)
    price = models.ForeignKey(Price, on_delete=models.PROTECT, db_index=False)
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
        triggers = [append_only("charging_charge_append_only"), _no_overlap("charging_charge_no_overlap")]


class Unbilled(models.Model):
    """A charge that no invoice carries yet: the bill run's queue. The row goes when the line is written."""

    charge = models.OneToOneField(Charge, on_delete=models.PROTECT, primary_key=True, related_name="unbilled")
    customer_id = models.BigIntegerField()
    bill_at = models.DateTimeField()

    class Meta:
        db_table = "charging_unbilled"
        indexes = [models.Index(fields=["customer_id", "bill_at"], name="charging_unbilled_customer")]


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
