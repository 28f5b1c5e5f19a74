"""Upstream: who we buy from, what was imported, and what it cost."""

from django.db import models

from tollbook.base.fields import PublicIdField, currency_field, exact_field, quantity_field
from tollbook.base.triggers import append_only
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer


class Supplier(models.Model):
    """A party that a brand buys from."""

    public_id = PublicIdField("sup")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    currency = currency_field()

    class Meta:
        db_table = "sourcing_supplier"
        constraints = [models.UniqueConstraint(fields=["brand", "code"], name="sourcing_supplier_once")]

    def __str__(self) -> str:
        return self.name


class Purchase(models.Model):
    """What we owe a supplier for one meter of one customer in one period; a changed quantity adds a revision."""

    wall = "false"  # what it costs us is nothing for customers

    public_id = PublicIdField("pur")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    item = models.CharField(max_length=300)
    unit_cost = quantity_field()
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    revision = models.PositiveIntegerField()
    quantity = quantity_field()
    amount = exact_field()
    currency = currency_field()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "sourcing_purchase"
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "customer", "item", "unit_cost", "period_start", "revision"],
                name="sourcing_purchase_once",
            )
        ]
        triggers = [append_only("sourcing_purchase_append_only")]


class ImportedRow(models.Model):
    """What became of one row of an upstream bill, so that a file imported twice changes nothing."""

    wall = "false"  # what it costs us is nothing for customers

    class Outcome(models.TextChoices):
        BILLED = "billed", "billed"
        CREDITED = "credited", "credited"
        REPORTED = "reported", "reported"

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True)
    row_id = models.CharField(max_length=120)
    digest = models.BinaryField(max_length=16)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    reason = models.CharField(max_length=200, blank=True)
    item = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(null=True)
    quantity = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    unit_cost = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "sourcing_imported_row"
        constraints = [models.UniqueConstraint(fields=["supplier", "row_id"], name="sourcing_imported_row_once")]
        triggers = [append_only("sourcing_imported_row_append_only")]
