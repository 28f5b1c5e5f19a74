"""The white-label unit: a legal entity that sells, with its currency, zone, look and tax rates."""

from django.db import models

from tollbook.base.fields import PublicIdField, currency_field
from tollbook.base.triggers import no_delete
from tollbook.tax import TaxMode


class Brand(models.Model):
    """Who sells: the party on the documents, and the look of the portals."""

    open_to_customers = True  # for `base.walls`

    class LineRounding(models.TextChoices):
        CARRIED = "carried", "the remainder of each line is carried to the next"
        EACH_LINE = "each_line", "each line by itself"

    class TaxRounding(models.TextChoices):
        SUM_BY_NET = TaxMode.SUM_BY_NET.value, "once for each rate, from the sum of the nets"
        KEEP_GROSS = TaxMode.KEEP_GROSS.value, "once for each rate, from the sum of the prices, which stay as they are"
        PER_LINE = TaxMode.PER_LINE.value, "for each line by itself"

    class IncludedTax(models.TextChoices):
        KEEP_PRICE = "keep_price", "the price stays, whatever tax is due of it"
        KEEP_NET = "keep_net", "the home tax is taken out of the price and the tax that is due is added"

    public_id = PublicIdField("brd")
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    legal_name = models.CharField(max_length=200)
    street = models.CharField(max_length=200)
    city = models.CharField(max_length=120)
    postcode = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    # The subdivision's part of ISO 3166-2 ("QC"), where taxes differ within the country.
    region = models.CharField(max_length=3, blank=True)
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
    tax_mode = models.CharField(max_length=10, choices=TaxRounding.choices, default=TaxRounding.SUM_BY_NET)
    # What a price that includes tax means where another tax than at home is due, or none.
    included_tax = models.CharField(max_length=10, choices=IncludedTax.choices, default=IncludedTax.KEEP_PRICE)
    oss_registered = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "brands_brand"
        triggers = [no_delete("brands_brand_no_delete")]

    def __str__(self) -> str:
        return self.name


class TaxRate(models.Model):
    """A rate of tax in a country or a region of it, valid for `valid_from <= day < valid_to`.

    Rates of one place and category with different names stand side by side on a sale (GST and QST). A region that has
    rates has only those; the country's are for the rest.
    """

    open_to_customers = True  # for `base.walls`

    country = models.CharField(max_length=2)
    # The subdivision's part of ISO 3166-2 ("QC"); empty for the whole country.
    region = models.CharField(max_length=3, blank=True)
    # What the tax is called; empty for the usual one of the country. Taxes of different offices have different names.
    name = models.CharField(max_length=30, blank=True)
    category = models.CharField(max_length=20)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "brands_tax_rate"
        constraints = [
            models.UniqueConstraint(
                fields=["country", "region", "category", "name", "valid_from"], name="brands_tax_rate_once"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="brands_tax_rate_period",
            ),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100), name="brands_tax_rate_percent"
            ),
        ]
