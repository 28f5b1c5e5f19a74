"""Promotions, and what customers redeemed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan, Product
from tollbook.customers.models import Customer
from tollbook.promotions.rules import CODE_LIMIT
from tollbook.subscriptions.models import Subscription


class Promotion(models.Model):
    """What a code gives, to whom, for what and how often. It never changes; it can be given no more (withdrawn)."""

    open_to_customers = True  # for `base.walls`

    class Kind(models.TextChoices):
        PERCENT = "percent", "a percentage off"
        AMOUNT = "amount", "an amount off"
        PRICE = "price", "another price"
        SETUP = "setup", "free set-up"

    class Stacks(models.TextChoices):
        ALONE = "alone", "not with others"
        ADDITIVE = "additive", "percentages added"
        MULTIPLICATIVE = "multiplicative", "of what others leave"

    class Audience(models.TextChoices):
        ANYBODY = "anybody", "anybody"
        NEW = "new", "new customers"
        EXISTING = "existing", "existing customers"

    public_id = PublicIdField("prm")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    code = models.CharField(max_length=CODE_LIMIT)
    # What the customer reads.
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # A percentage, or an amount of a whole period; zero for free set-up.
    value = amount_field()
    # Empty for a percentage and for free set-up, which are the same in each.
    currency = currency_field(blank=True)
    # How many periods it lasts; null: for ever.
    cycles = models.PositiveSmallIntegerField(null=True)
    # Whether a percentage is of use too, not only of fees.
    use = models.BooleanField(default=False)
    stacks = models.CharField(max_length=14, choices=Stacks.choices, default=Stacks.ALONE)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.ANYBODY)
    # The lengths of periods in months that it is for; empty: any.
    months = ArrayField(models.PositiveSmallIntegerField(), default=list)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    limit_total = models.PositiveIntegerField(null=True)
    limit_customer = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "promotions_promotion"
        constraints = [
            models.UniqueConstraint(fields=["brand", "code"], name="promotions_code_once"),
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[A-Z0-9][A-Z0-9-]*$"), name="promotions_code_in_capitals"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="percent", value__gt=0, value__lte=100)
                | models.Q(kind="amount", value__gt=0)
                | models.Q(kind="price", value__gte=0)
                | models.Q(kind="setup", value=0),
                name="promotions_value",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["amount", "price"]) ^ models.Q(currency=""), name="promotions_currency"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="percent") | models.Q(use=False), name="promotions_use_by_percent"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="promotions_valid",
            ),
            models.CheckConstraint(condition=~models.Q(cycles=0), name="promotions_cycles"),
        ]
        triggers = [
            no_delete("promotions_promotion_no_delete"),
            frozen_columns(
                "promotions_promotion_frozen", "true",
                "brand_id", "code", "name", "kind", "value", "currency", "cycles", "use", "stacks", "audience",
                "months", "valid_from", "valid_to", "limit_total", "limit_customer", "created_at",
            ),
            frozen_columns("promotions_withdrawn_once", "OLD.withdrawn_at IS NOT NULL", "withdrawn_at"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code


class Target(models.Model):
    """A product or a plan that a promotion is for; without any, it is for everything of the brand."""

    open_to_customers = True  # for `base.walls`

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="targets")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True)

    class Meta:
        db_table = "promotions_target"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(product__isnull=True) ^ models.Q(plan__isnull=True), name="promotions_target_one"
            ),
            models.UniqueConstraint(
                fields=["promotion", "product", "plan"], nulls_distinct=False, name="promotions_target_once"
            ),
        ]
        triggers = [append_only("promotions_target_append_only")]


class Redemption(models.Model):
    """A promotion of a subscription: it counts for periods that begin in `counts_from <= start < counts_until`.

    `number` counts the redemptions of the promotion from 1, `number_of_customer` those of the customer among them.
    """

    public_id = PublicIdField("rdm")
    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="redemptions")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="redemptions")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="redemptions")
    number = models.PositiveIntegerField()
    number_of_customer = models.PositiveIntegerField()
    counts_from = models.DateTimeField()
    counts_until = models.DateTimeField(null=True)
    redeemed_at = models.DateTimeField()
    redeemed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "promotions_redemption"
        constraints = [
            models.UniqueConstraint(fields=["promotion", "subscription"], name="promotions_redemption_once"),
            models.UniqueConstraint(fields=["promotion", "number"], name="promotions_redemption_number"),
            models.UniqueConstraint(
                fields=["promotion", "customer", "number_of_customer"], name="promotions_redemption_of_customer"
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, number_of_customer__gte=1), name="promotions_redemption_counts"
            ),
            models.CheckConstraint(
                condition=models.Q(counts_until__isnull=True) | models.Q(counts_until__gt=models.F("counts_from")),
                name="promotions_redemption_span",
            ),
        ]
        triggers = [append_only("promotions_redemption_append_only")]

    def __str__(self) -> str:
        return f"{self.promotion_id} of {self.subscription_id}"
