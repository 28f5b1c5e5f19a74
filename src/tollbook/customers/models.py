"""The party that owes, its billing profile, its projects and its people."""

from django.conf import settings
from django.db import models

from tollbook.base.fields import PublicIdField, currency_field
from tollbook.base.triggers import frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.customers.entrance_models import Invitation as Invitation
from tollbook.customers.entrance_models import SignUp as SignUp
from tollbook.customers.entrance_models import Terms as Terms
from tollbook.customers.rules import VatState


class CustomerGroup(models.Model):
    """Customers of a brand that share prices or features."""

    open_to_customers = True  # for `base.walls`

    public_id = PublicIdField("grp")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)

    class Meta:
        db_table = "customers_group"
        constraints = [models.UniqueConstraint(fields=["brand", "code"], name="customers_group_once")]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """A party that buys from one brand in one currency."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", "individual"
        ORGANIZATION = "organization", "organization"

    class BillingPlan(models.TextChoices):
        POSTPAID = "POSTPAID", "postpaid"
        PREPAID = "PREPAID", "prepaid"
        FLEXIBLE = "FLEXIBLE", "flexible"

    class ContractType(models.TextChoices):
        PAY_AS_YOU_GO = "pay_as_you_go", "pay as you go"
        FIXED = "fixed", "fixed"

    public_id = PublicIdField("cus")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, null=True, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.ORGANIZATION)
    name = models.CharField(max_length=200)
    # The operator's own key for this customer (a SubAccountName, a CRM number): imports find it again by
    # this.
    reference = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, blank=True)
    currency = currency_field()
    zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=12, default="en")
    # What counts now; said by `PlanChange` since the customer was added.
    billing_plan = models.CharField(max_length=10, choices=BillingPlan.choices, default=BillingPlan.FLEXIBLE)
    # Since when the plan counts, where it was ever changed: then charges may have drawn on a wallet that do not now.
    plan_since = models.DateTimeField(null=True)
    contract_type = models.CharField(max_length=14, choices=ContractType.choices, default=ContractType.PAY_AS_YOU_GO)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "customers_customer"
        constraints = [
            models.UniqueConstraint(fields=["brand", "reference"], name="customers_customer_reference_once"),
        ]
        triggers = [no_delete("customers_customer_no_delete")]

    def __str__(self) -> str:
        return self.name


class PlanChange(models.Model):
    """A change of a customer's billing plan: said once per `key`, in force from `starts_at` on, once it is `turned_at`.

    A change that is planned can be called off until then; there is one planned change at a time.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="plan_changes")
    key = models.CharField(max_length=120)
    was = models.CharField(max_length=10, choices=Customer.BillingPlan.choices)
    becomes = models.CharField(max_length=10, choices=Customer.BillingPlan.choices)
    starts_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    turned_at = models.DateTimeField(null=True)
    called_off_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "customers_plan_change"
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="customers_plan_change_once"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(turned_at=None, called_off_at=None),
                name="customers_plan_change_one_planned",
            ),
            models.CheckConstraint(
                condition=~models.Q(was=models.F("becomes")), name="customers_plan_change_changes_something"
            ),
            models.CheckConstraint(
                condition=models.Q(turned_at=None) | models.Q(called_off_at=None), name="customers_plan_change_ended"
            ),
        ]
        triggers = [
            no_delete("customers_plan_change_no_delete"),
            frozen_columns(
                "customers_plan_change_frozen", "true",
                "customer_id", "key", "was", "becomes", "starts_at", "reason", "made_by", "created_at",
            ),
            frozen_columns(
                "customers_plan_change_over", "OLD.turned_at IS NOT NULL OR OLD.called_off_at IS NOT NULL",
                "turned_at", "called_off_at",
            ),
        ]  # fmt: skip


class BillingProfile(models.Model):
    """The legal data that go on documents; frozen into each document when it is issued."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, primary_key=True, related_name="profile")
    legal_name = models.CharField(max_length=200)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2)
    # The subdivision's part of ISO 3166-2 ("QC"), where taxes differ within the country.
    region = models.CharField(max_length=3, blank=True)
    vat_id = models.CharField(max_length=20, blank=True)
    # Whether it counts as a business's: what `vat_checks.settle` made of its check and of the setting.
    vat_counts = models.BooleanField(default=True)
    exempt_reason = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)

    class Meta:
        db_table = "customers_billing_profile"


class VatCheck(models.Model):
    """What VIES said last of a VAT number of a customer. Without an answer, it is asked again."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="vat_checks")
    vat_id = models.CharField(max_length=20)
    state = models.CharField(max_length=7, choices=VatState.choices(), default=VatState.UNKNOWN.value)
    asked_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    # The number under which VIES can prove that it was asked.
    consultation = models.CharField(max_length=40, blank=True)
    told_name = models.CharField(max_length=200, blank=True)
    told_address = models.CharField(max_length=400, blank=True)
    # Why the last question had no answer.
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "customers_vat_check"
        constraints = [
            models.UniqueConstraint(fields=["customer", "vat_id"], name="customers_vat_check_once"),
            models.CheckConstraint(
                condition=models.Q(state="unknown", checked_at=None) | models.Q(checked_at__isnull=False),
                name="customers_vat_check_checked",
            ),
        ]
        triggers = [no_delete("customers_vat_check_no_delete")]


class Project(models.Model):
    """A part of a customer that use is reported for: a cloud sub-account, a department, a site."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="projects")
    reference = models.CharField(max_length=200)
    name = models.CharField(max_length=200)

    class Meta:
        db_table = "customers_project"
        constraints = [models.UniqueConstraint(fields=["customer", "reference"], name="customers_project_once")]


class Membership(models.Model):
    """A person's part in a customer account."""

    class Role(models.TextChoices):
        OWNER = "owner", "owner"
        BILLING = "billing", "billing"
        TECHNICAL = "technical", "technical"
        READ_ONLY = "read_only", "read only"

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        db_table = "customers_membership"
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="customers_membership_once")]
