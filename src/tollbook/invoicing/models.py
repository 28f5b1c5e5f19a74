"""Documents that demand money: numbered without gaps, frozen and hashed when issued."""

from django.db import models
from django.db.models import Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field, exact_field, quantity_field
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.charging.models import Charge
from tollbook.customers.models import Customer
from tollbook.invoicing.rules import State


class Counter(models.Model):
    """The last number given out in a series and year; locked as the last step of issuing."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)
    last_issued_on = models.DateField(null=True)

    class Meta:
        db_table = "invoicing_counter"
        constraints = [models.UniqueConstraint(fields=["brand", "series", "year"], name="invoicing_counter_once")]


class Invoice(models.Model):
    """A demand for payment or (kind credit note) its correction. From issue on only `state` and `settled` move."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", "invoice"
        CREDIT_NOTE = "credit_note", "credit note"

    public_id = PublicIdField("inv")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.INVOICE)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    state = models.CharField(max_length=12, choices=State.choices(), default=State.DRAFT)
    currency = currency_field()
    series = models.CharField(max_length=20, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    number = models.PositiveIntegerField(null=True)
    label = models.CharField(max_length=60, blank=True)
    issued_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    period_start = models.DateTimeField(null=True)
    period_end = models.DateTimeField(null=True)
    net = amount_field(default=0)
    tax = amount_field(default=0)
    total = amount_field(default=0)
    # Settled from prepaid money in the act of issuing; what is left is what the document asks for.
    prepaid = amount_field(default=0)
    # Settled since: payments and write-offs less what was undone of them. Moves only under this row's lock
    # (invoicing.paying); the payments room keeps the rows that it is the sum of.
    settled = amount_field(default=0)
    content = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "invoicing_invoice"
        constraints = [
            models.UniqueConstraint(fields=["brand", "series", "year", "number"], name="invoicing_number_once"),
            models.CheckConstraint(
                condition=Q(state="draft")
                | (Q(number__isnull=False) & ~Q(content_hash="") & Q(issued_on__isnull=False)),
                name="invoicing_issued_is_numbered",
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="invoicing_total_not_negative"),
            models.CheckConstraint(
                condition=Q(prepaid__gte=0, prepaid__lte=models.F("total")), name="invoicing_prepaid"
            ),
            models.CheckConstraint(
                condition=Q(settled__gte=0, settled__lte=models.F("total") - models.F("prepaid")),
                name="invoicing_settled",
            ),
            models.CheckConstraint(
                condition=Q(total=models.F("net") + models.F("tax")), name="invoicing_total_is_net_and_tax"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-issued_on"], name="invoicing_customer"),
            models.Index(fields=["-issued_on", "-id"], name="invoicing_latest"),
        ]
        triggers = [
            no_delete("invoicing_invoice_no_delete"),
            frozen_columns(
                "invoicing_invoice_frozen",
                "OLD.state <> 'draft'",
                "public_id",
                "brand_id",
                "customer_id",
                "kind",
                "corrects_id",
                "currency",
                "series",
                "year",
                "number",
                "label",
                "issued_on",
                "due_on",
                "period_start",
                "period_end",
                "net",
                "tax",
                "total",
                "prepaid",
                "content",
                "content_hash",
                "created_at",
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.public_id


class InvoiceLine(models.Model):
    """One line: charges of one price and period, their exact sum, and the one place where it was rounded."""

    public_id = PublicIdField("lin")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    position = models.PositiveIntegerField()
    # On the lines of a credit note: the line that is corrected.
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    section = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=300)
    quantity = quantity_field()
    unit = models.CharField(max_length=60, blank=True)
    exact = exact_field()
    # The one rounding: `exact` and what was carried from the lines before, rounded in this mode, is `net`.
    carried = exact_field(default=0)
    rounding = models.CharField(max_length=9, default="half_up")
    net = amount_field()
    tax_code = models.CharField(max_length=2)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4)

    class Meta:
        db_table = "invoicing_line"
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoicing_line_position")]
        triggers = [append_only("invoicing_line_append_only")]


class LineCharge(models.Model):
    """A charge on a line. The charge is the key: it is invoiced once, for ever."""

    charge = models.OneToOneField(Charge, on_delete=models.PROTECT, primary_key=True, related_name="line_charge")
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="line_charges")

    class Meta:
        db_table = "invoicing_line_charge"
        triggers = [append_only("invoicing_line_charge_append_only")]


class InvoiceTax(models.Model):
    """The tax of one group of lines of an invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="taxes")
    code = models.CharField(max_length=2)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    net = amount_field()
    tax = amount_field()

    class Meta:
        db_table = "invoicing_tax"
        constraints = [models.UniqueConstraint(fields=["invoice", "code", "percent"], name="invoicing_tax_once")]
        triggers = [append_only("invoicing_tax_append_only")]


class Document(models.Model):
    """A rendering of an issued invoice, kept as it was first made."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        XML = "xml", "XML (EN 16931)"

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="documents")
    format = models.CharField(max_length=3, choices=Format.choices)
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "invoicing_document"
        constraints = [models.UniqueConstraint(fields=["invoice", "format"], name="invoicing_document_once")]
        triggers = [append_only("invoicing_document_append_only")]
