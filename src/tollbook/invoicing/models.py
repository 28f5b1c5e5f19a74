"""Documents that demand money: numbered without gaps, frozen and hashed when issued."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field, exact_field, quantity_field
from tollbook.base.triggers import append_only, frozen_columns, no_delete, refers
from tollbook.brands.models import Brand
from tollbook.catalog.models import Product
from tollbook.charging.models import Charge
from tollbook.customers.models import Customer
from tollbook.invoicing.guards import never_over_credited, one_customer
from tollbook.invoicing.rules import State
from tollbook.tax import TaxMode


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


#: Kinds that ask for money; a credit note gives back.
DEMANDS = ("invoice", "debit_note")


class Invoice(models.Model):
    """A demand for payment (an invoice; a debit note over what it charged too little) or, kind credit note, its
    correction. From issue on only `state`, `credited` and `settled` move.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", "invoice"
        CREDIT_NOTE = "credit_note", "credit note"
        DEBIT_NOTE = "debit_note", "debit note"

    public_id = PublicIdField("inv")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.INVOICE)
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="corrections", db_index=False
    )
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
    # What credit notes took off since.
    credited = amount_field(default=0)
    # Where its tax was rounded: `tax.TaxMode`.
    tax_mode = models.CharField(max_length=10, default=TaxMode.SUM_BY_NET.value)
    # Of a credit or debit note: the caller's key, once for each invoice, and a hash of what was asked for.
    key = models.CharField(max_length=120, null=True)
    key_hash = models.CharField(max_length=64, blank=True)
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
                condition=Q(credited__gte=0, credited__lte=models.F("total")), name="invoicing_credited"
            ),
            models.UniqueConstraint(
                fields=["corrects", "key"], name="invoicing_key_once", condition=Q(corrects__isnull=False)
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
            one_customer(
                "invoicing_invoice_customer",
                "EXISTS (SELECT 1 FROM invoicing_line l WHERE l.invoice_id = w.id AND l.customer_id <> w.customer_id "
                "OFFSET 0)",
            ),
            frozen_columns(
                "invoicing_invoice_frozen", "OLD.state <> 'draft'", "public_id", "brand_id", "customer_id", "kind",
                "corrects_id", "currency", "series", "year", "number", "label", "issued_on", "due_on", "period_start",
                "period_end", "net", "tax", "total", "prepaid", "tax_mode", "key", "key_hash", "content",
                "content_hash", "created_at",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.label or self.public_id

    @property
    def demands(self) -> bool:
        """Whether it asks for money."""
        return self.kind in DEMANDS

    @property
    def to_pay(self) -> Decimal:
        """What the document still asks for: nothing of one that is not open, or of a credit note."""
        if not self.demands or self.state != State.ISSUED:
            return Decimal(0)
        return self.open

    @property
    def open(self) -> Decimal:
        """What is neither prepaid nor credited nor settled, whatever its state; never below zero."""
        return max(self.total - self.prepaid - self.credited - self.settled, Decimal(0))


class InvoiceLine(models.Model):
    """One line: charges of one price and period, their exact sum, and the one place where it was rounded.

    Amounts of a credit note are positive: they say what is credited of the line that it corrects.
    """

    public_id = PublicIdField("lin")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines", db_index=False)
    # The invoice's, which refers to it; `one_customer` holds the two together.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    position = models.PositiveIntegerField()
    # On the lines of a credit note: the line that is corrected.
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="corrections", db_index=False
    )
    section = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=300)
    quantity = quantity_field()
    unit = models.CharField(max_length=60, blank=True)
    exact = exact_field()
    # The one rounding: `exact` and what was carried from the lines before, rounded in this mode, is `net`. A price that
    # includes tax is rounded to `gross` (after the tax inside was exchanged, where another is due); `net` follows.
    carried = exact_field(default=0)
    rounding = models.CharField(max_length=9, default="half_up")
    net = amount_field()
    gross = amount_field(null=True)
    tax_code = models.CharField(max_length=2)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4)
    # The taxes together, "GST + QST"; empty for the usual one.
    tax_name = models.CharField(max_length=200, blank=True)
    # The percentage of tax that `exact` includes; none: it is without tax.
    tax_included = models.DecimalField(max_digits=7, decimal_places=4, null=True)

    class Meta:
        db_table = "invoicing_line"
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoicing_line_position"),
            models.CheckConstraint(
                condition=Q(gross__isnull=True, tax_included__isnull=True)
                | Q(gross__isnull=False, tax_included__isnull=False),
                name="invoicing_line_gross",
            ),
        ]
        indexes = [
            models.Index(fields=["corrects"], name="invoicing_line_corrects", condition=Q(corrects__isnull=False))
        ]
        triggers = [
            append_only("invoicing_line_append_only"),
            one_customer(
                "invoicing_line_customer",
                "w.customer_id <> (SELECT i.customer_id FROM invoicing_invoice i WHERE i.id = w.invoice_id)",
            ),
            never_over_credited("invoicing_line_credited"),
        ]


class LineCharge(models.Model):
    """A charge on a line. The charge is the key: it is invoiced once, for ever."""

    charge = models.OneToOneField(
        Charge, on_delete=models.PROTECT, primary_key=True, related_name="line_charge", db_constraint=False
    )
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="line_charges", db_constraint=False)

    class Meta:
        db_table = "invoicing_line_charge"
        triggers = [
            append_only("invoicing_line_charge_append_only"),
            refers(
                "invoicing_line_charge_refers",
                {
                    "invoicing_line": "p.id = w.line_id",
                    "charging_charge": "p.id = w.charge_id AND p.customer_id = "
                    "(SELECT l.customer_id FROM invoicing_line l WHERE l.id = w.line_id)",
                },
            ),
        ]


class Debit(models.Model):
    """What a line asks for without a charge, such as a late fee: once for each `key` of the customer, without tax."""

    public_id = PublicIdField("deb")
    line = models.OneToOneField(InvoiceLine, on_delete=models.PROTECT, related_name="debit")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)
    amount = exact_field()
    currency = currency_field()
    arithmetic = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "invoicing_debit"
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="invoicing_debit_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="invoicing_debit_amount"),
        ]
        triggers = [append_only("invoicing_debit_append_only")]


class InvoiceTax(models.Model):
    """The tax of one group of lines of an invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="taxes", db_index=False)
    code = models.CharField(max_length=2)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    # The taxes together, as on its lines.
    name = models.CharField(max_length=200, blank=True)
    net = amount_field()
    tax = amount_field()

    class Meta:
        db_table = "invoicing_tax"
        constraints = [
            models.UniqueConstraint(fields=["invoice", "code", "percent", "name"], name="invoicing_tax_once")
        ]
        triggers = [append_only("invoicing_tax_append_only")]


class InvoiceTaxPart(models.Model):
    """One of several taxes of a group, rounded by itself, all on the group's net: GST beside QST."""

    group = models.ForeignKey(InvoiceTax, on_delete=models.PROTECT, related_name="parts")
    name = models.CharField(max_length=30, blank=True)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    tax = amount_field()

    class Meta:
        db_table = "invoicing_tax_part"
        constraints = [models.UniqueConstraint(fields=["group", "name"], name="invoicing_tax_part_once")]
        triggers = [append_only("invoicing_tax_part_append_only")]


class Document(models.Model):
    """A rendering of an issued invoice, kept as it was first made."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        XML = "xml", "XML (EN 16931)"

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="documents", db_index=False)
    format = models.CharField(max_length=3, choices=Format.choices)
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "invoicing_document"
        constraints = [models.UniqueConstraint(fields=["invoice", "format"], name="invoicing_document_once")]
        triggers = [append_only("invoicing_document_append_only")]
