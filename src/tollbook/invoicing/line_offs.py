"""What codes off whole invoices took off lines."""

from django.db import models
from django.db.models import Q

from tollbook.base.fields import amount_field, exact_field
from tollbook.base.triggers import append_only
from tollbook.promotions.models import Redemption


class LineOff(models.Model):
    """What a code off the whole invoice took off a line's rounded price; negative where it gives up what it took.

    `exact` is the same in terms of the line's exact amount, which is less by it.
    """

    line = models.ForeignKey("invoicing.InvoiceLine", on_delete=models.PROTECT, related_name="offs")
    redemption = models.ForeignKey(Redemption, on_delete=models.PROTECT, related_name="+")
    amount = amount_field()
    exact = exact_field()
    words = models.CharField(max_length=400)

    class Meta:
        db_table = "invoicing_line_off"
        constraints = [
            models.UniqueConstraint(fields=["line", "redemption"], name="invoicing_line_off_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="invoicing_line_off_something"),
        ]
        triggers = [append_only("invoicing_line_off_append_only")]
