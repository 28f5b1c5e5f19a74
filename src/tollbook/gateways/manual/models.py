"""Bank statements: imports, and the entries in them, each once for ever."""

from django.db import models
from django.db.models import Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.payments.models import Payment


class Statement(models.Model):
    """A file that was imported."""

    public_id = PublicIdField("stm")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=8)
    digest = models.CharField(max_length=64)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=200)

    class Meta:
        db_table = "gateway_manual_statement"
        triggers = [append_only("gateway_manual_statement_append_only")]


class Entry(models.Model):
    """Money that came into the brand's account. What the bank told is frozen; whose it is may be found later."""

    class State(models.TextChoices):
        WAITING = "waiting", "not assigned"
        ASSIGNED = "assigned", "assigned"
        IGNORED = "ignored", "not a customer's"

    public_id = PublicIdField("bte")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, related_name="entries")
    account = models.CharField(max_length=34)
    # The bank's name for the entry or, where it has none, a digest of all that it told.
    reference = models.CharField(max_length=70)
    booked_on = models.DateField()
    amount = amount_field()
    currency = currency_field()
    payer = models.CharField(max_length=200, blank=True)
    payer_account = models.CharField(max_length=34, blank=True)
    text = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="bank_entry")
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_manual_entry"
        constraints = [
            models.UniqueConstraint(fields=["account", "reference"], name="gateway_manual_entry_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="gateway_manual_entry_amount"),
            models.CheckConstraint(
                condition=Q(state="assigned", payment__isnull=False) | (~Q(state="assigned") & Q(payment__isnull=True)),
                name="gateway_manual_entry_assigned",
            ),
        ]
        indexes = [
            models.Index(fields=["booked_on"], name="gateway_manual_entry_waiting", condition=Q(state="waiting"))
        ]
        triggers = [
            no_delete("gateway_manual_entry_no_delete"),
            frozen_columns(
                "gateway_manual_entry_frozen",
                "true",
                "public_id",
                "brand_id",
                "statement_id",
                "account",
                "reference",
                "booked_on",
                "amount",
                "currency",
                "payer",
                "payer_account",
                "text",
                "created_at",
            ),
            frozen_columns("gateway_manual_entry_final", "OLD.state = 'assigned'", "state", "payment_id"),
        ]
