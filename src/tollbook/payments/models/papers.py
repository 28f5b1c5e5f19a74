"""Documents around payments that are no tax documents: receipts for what came, proformas for what is to come."""

from django.db import models
from django.db.models import Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.charging.models import Charge
from tollbook.customers.models import Customer
from tollbook.invoicing.models import Invoice
from tollbook.payments.rules import PROFORMA, ProformaState


class Numbered(models.Model):
    """What both have: a number without gaps in a series of their own, and frozen content with its hash."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    currency = currency_field()
    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=60)
    issued_on = models.DateField()
    total = amount_field()
    content = models.TextField()
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.label)


class Receipt(Numbered):
    """That money came: one for each payment that succeeded, over what came."""

    public_id = PublicIdField("rct")
    payment = models.OneToOneField("payments.Payment", on_delete=models.PROTECT, related_name="receipt")

    class Meta:
        db_table = "payments_receipt"
        constraints = [
            models.UniqueConstraint(fields=["brand", "series", "year", "number"], name="payments_receipt_number_once"),
            models.CheckConstraint(condition=Q(total__gt=0), name="payments_receipt_total"),
        ]
        triggers = [append_only("payments_receipt_append_only")]


class Proforma(Numbered):
    """What is asked for before it is invoiced: charges for a time ahead, or a top-up. It claims nothing in the books.

    Paid, charges become an invoice (`invoice`) and a top-up is in the wallet. Only `state`, `invoice` and `note` move.
    """

    public_id = PublicIdField("pfm")
    state = models.CharField(max_length=9, choices=ProformaState.choices(), default=ProformaState.OPEN)
    net = amount_field()
    tax = amount_field()
    due_on = models.DateField()
    # The wallet (row id) and the top-up that it asks for (public id); both empty: charges.
    wallet_id = models.BigIntegerField(null=True)
    request = models.CharField(max_length=40, blank=True)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, null=True, related_name="proforma")
    # Why it was withdrawn.
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "payments_proforma"
        constraints = [
            models.UniqueConstraint(fields=["brand", "series", "year", "number"], name="payments_proforma_number_once"),
            models.UniqueConstraint(
                fields=["request"], condition=Q(state="open") & ~Q(request=""), name="payments_proforma_request_once"
            ),
            models.CheckConstraint(condition=Q(total__gt=0), name="payments_proforma_total"),
            models.CheckConstraint(condition=Q(total=models.F("net") + models.F("tax")), name="payments_proforma_sum"),
            models.CheckConstraint(condition=Q(state__in=list(PROFORMA)), name="payments_proforma_state"),
            models.CheckConstraint(
                condition=Q(request="", wallet_id__isnull=True) | (~Q(request="") & Q(wallet_id__isnull=False)),
                name="payments_proforma_request",
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=True) | Q(state="paid", request=""), name="payments_proforma_invoice"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-issued_on"], name="payments_proforma_customer"),
            models.Index(fields=["id"], name="payments_proforma_open", condition=Q(state="open")),
        ]
        triggers = [
            no_delete("payments_proforma_no_delete"),
            frozen_columns(
                "payments_proforma_frozen", "true", "public_id", "brand_id", "customer_id", "currency", "series",
                "year", "number", "label", "issued_on", "due_on", "net", "tax", "total", "wallet_id", "request",
                "content", "content_hash", "created_at",
            ),
            frozen_columns("payments_proforma_ended", "OLD.state <> 'open'", "state"),
        ]  # fmt: skip


class ProformaCharge(models.Model):
    """A charge that a proforma asks for."""

    proforma = models.ForeignKey(Proforma, on_delete=models.PROTECT, related_name="charges")
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "payments_proforma_charge"
        constraints = [models.UniqueConstraint(fields=["proforma", "charge"], name="payments_proforma_charge_once")]
        triggers = [append_only("payments_proforma_charge_append_only")]
