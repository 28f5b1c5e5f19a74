"""The white-label unit: a legal entity that sells, with its currency, zone, look and tax rates."""

from django.db import models

from tollbook.base.fields import PublicIdField, currency_field
from tollbook.base.triggers import no_delete


class Brand(models.Model):
    """Who sells: the party on the documents, and the look of the portals."""

    class LineRounding(models.TextChoices):
        CARRIED = "carried", "the remainder of each line is carried to the next"
        EACH_LINE = "each_line", "each line by itself"

    public_id = PublicIdField("brd")
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    legal_name = models.CharField(max_length=200)
    street = models.CharField(max_length=200)
    city = models.CharField(max_length=120)
    postcode = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    vat_id = models.CharField(max_length=20, blank=True)
    registration = models.CharField(max_length=60, blank=True)
    email = models.EmailField(max_length=254)
    currency = currency_field()
    zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=12, default="en")
    accent = models.CharField(max_length=7, default="#1f4fd8")
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    payment_days = models.PositiveSmallIntegerField(default=14)
    line_rounding = models.CharField(max_length=12, choices=LineRounding.choices, default=LineRounding.CARRIED)
    oss_registered = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "brands_brand"
        triggers = [no_delete("brands_brand_no_delete")]

    def __str__(self) -> str:
        return self.name


class TaxRate(models.Model):
    """A rate of VAT in a country, valid for `valid_from <= day < valid_to`."""

    country = models.CharField(max_length=2)
    category = models.CharField(max_length=20)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "brands_tax_rate"
        constraints = [
            models.UniqueConstraint(fields=["country", "category", "valid_from"], name="brands_tax_rate_once"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="brands_tax_rate_period",
            ),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100), name="brands_tax_rate_percent"
            ),
        ]
