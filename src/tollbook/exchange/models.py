"""Rates of exchange by day."""

from django.db import models

from tollbook.base.fields import PublicIdField, currency_field
from tollbook.base.triggers import append_only


class Rate(models.Model):
    """On the day `on`, one `base` was `rate` of `quote`. A correction is a row of its own: the last entry counts."""

    open_to_customers = True  # for `base.walls`

    class Source(models.TextChoices):
        ECB = "ecb", "European Central Bank"
        MANUAL = "manual", "entered by hand"

    public_id = PublicIdField("rat")
    base = currency_field()
    quote = currency_field()
    on = models.DateField()
    rate = models.DecimalField(max_digits=28, decimal_places=12)
    source = models.CharField(max_length=10, choices=Source.choices)
    entered_by = models.CharField(max_length=200)
    entered_at = models.DateTimeField()

    class Meta:
        db_table = "exchange_rate"
        constraints = [
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="exchange_rate_positive"),
            models.CheckConstraint(condition=~models.Q(base=models.F("quote")), name="exchange_rate_two_currencies"),
            models.CheckConstraint(
                condition=~models.Q(source="ecb") | models.Q(base="EUR"), name="exchange_rate_ecb_in_euro"
            ),
            models.UniqueConstraint(
                fields=["base", "quote", "on"], condition=models.Q(source="ecb"), name="exchange_rate_ecb_once"
            ),
        ]
        indexes = [models.Index(fields=["base", "quote", "-on"], name="exchange_rate_latest")]
        triggers = [append_only("exchange_rate_append_only")]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.on}"
