"""What is sold and for how much. A published plan version never changes; a change is a new version."""

from django.db import models

from tollbook.base.fields import PublicIdField, currency_field
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.customers.models import CustomerGroup


class PriceBook(models.Model):
    """Prices of a brand in one currency, for everybody or for one customer group."""

    open_to_customers = True  # for `base.walls`

    public_id = PublicIdField("bok")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    currency = currency_field()
    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, null=True, blank=True)
    # Whether its amounts include tax. Frozen once it has prices: they would all mean something else.
    includes_tax = models.BooleanField(default=False)

    class Meta:
        db_table = "catalog_price_book"
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "currency", "group"], nulls_distinct=False, name="catalog_price_book_once"
            )
        ]
        triggers = [
            frozen_columns(
                "catalog_price_book_frozen",
                "EXISTS (SELECT 1 FROM catalog_price p WHERE p.book_id = OLD.id)",
                "brand_id",
                "currency",
                "group_id",
                "includes_tax",
            )
        ]


class Product(models.Model):
    """What is sold: "Cloud usage", "Priority support"."""

    open_to_customers = True  # for `base.walls`

    public_id = PublicIdField("prd")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    description = models.TextField(max_length=2000, blank=True)
    tax_category = models.CharField(max_length=20, default="standard")
    # Smaller stands higher.
    position = models.PositiveIntegerField(default=100)
    # Customers do not see it. Staff may sell it.
    hidden = models.BooleanField(default=False)
    # Nobody may begin with it any more; who has it keeps it.
    archived_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "catalog_product"
        constraints = [models.UniqueConstraint(fields=["brand", "code"], name="catalog_product_once")]
        triggers = [no_delete("catalog_product_no_delete")]

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """A product with price terms."""

    open_to_customers = True  # for `base.walls`

    public_id = PublicIdField("pln")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="plans")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    description = models.TextField(max_length=2000, blank=True)
    # As of a product.
    position = models.PositiveIntegerField(default=100)
    hidden = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "catalog_plan"
        constraints = [models.UniqueConstraint(fields=["product", "code"], name="catalog_plan_once")]
        triggers = [no_delete("catalog_plan_no_delete")]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """The prices of a plan from `valid_from` on; who gets it first is its `scope`."""

    open_to_customers = True  # for `base.walls`

    class Scope(models.TextChoices):
        NEW = "new", "new customers"
        RENEWAL = "renewal", "everybody at renewal"
        NOW = "now", "everybody now"

    public_id = PublicIdField("plv")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    valid_from = models.DateTimeField()
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.NEW)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "catalog_plan_version"
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="catalog_plan_version_once")]
        triggers = [append_only("catalog_plan_version_append_only")]

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"


class PriceFields(models.Model):
    """What a price says, published or drafted."""

    class Kind(models.TextChoices):
        ONE_TIME = "one_time", "one-time"
        RECURRING = "recurring", "recurring"
        METERED = "metered", "metered"

    class Mode(models.TextChoices):
        POSTPAID = "postpaid", "postpaid"
        PREPAID = "prepaid", "prepaid"

    code = models.CharField(max_length=120)
    name = models.CharField(max_length=300)
    # Groups lines on documents and pages: "Amazon EC2".
    section = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.POSTPAID)
    in_advance = models.BooleanField(default=False)
    # The code of a meter, and the dimensions that a reading must have to be priced here. Plain text and JSON:
    # the catalogue lies below metering.
    meter = models.CharField(max_length=120, blank=True)
    match = models.JSONField(default=dict)
    unit = models.CharField(max_length=60, blank=True)
    unit_code = models.CharField(max_length=3, default="C62")
    # `rating.Terms.data()`: model, amounts and every semantic choice, in words on the plan page.
    terms = models.JSONField()
    # What a unit costs us upstream, where a supplier's price list says so.
    unit_cost = models.DecimalField(max_digits=28, decimal_places=12, null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Price(PriceFields):
    """One priced component of a plan version, in one price book."""

    open_to_customers = True  # for `base.walls`

    public_id = PublicIdField("pri")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="prices")
    book = models.ForeignKey(PriceBook, on_delete=models.PROTECT, related_name="prices")

    class Meta:
        db_table = "catalog_price"
        constraints = [
            models.UniqueConstraint(fields=["version", "book", "code"], name="catalog_price_once"),
            models.CheckConstraint(condition=models.Q(kind="metered") ^ models.Q(meter=""), name="catalog_price_meter"),
        ]
        indexes = [
            models.Index(fields=["meter"], name="catalog_price_meter_idx"),
            # Each batch of use asks whether its meters have a limit; few prices have one.
            models.Index(fields=["meter"], name="catalog_price_limit", condition=models.Q(terms__has_key="limit")),
        ]
        triggers = [append_only("catalog_price_append_only")]


class Draft(models.Model):
    """The next version of a plan, while it is written; publishing or dropping it takes the row away."""

    wall = "false"  # nobody's business before it is published

    public_id = PublicIdField("drf")
    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="draft")
    # Empty: from the instant at which it is published.
    valid_from = models.DateTimeField(null=True)
    scope = models.CharField(max_length=10, choices=PlanVersion.Scope.choices, default=PlanVersion.Scope.NEW)
    # Counts changes. Who saves names the one that was seen, so that nobody writes over another's change.
    revision = models.PositiveIntegerField(default=1)
    # What it was copied from; None for the first version.
    base = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="+")
    made_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "catalog_draft"

    def __str__(self) -> str:
        return f"draft of {self.plan}"


class DraftPrice(PriceFields):
    """A price of a draft, in one price book."""

    wall = "false"

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="prices")
    book = models.ForeignKey(PriceBook, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "catalog_draft_price"
        constraints = [
            models.UniqueConstraint(fields=["draft", "book", "code"], name="catalog_draft_price_once"),
            models.CheckConstraint(
                condition=models.Q(kind="metered") ^ models.Q(meter=""), name="catalog_draft_price_meter"
            ),
        ]
