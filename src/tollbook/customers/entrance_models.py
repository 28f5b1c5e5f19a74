"""How people come in: the terms of a brand, sign-ups, and invitations to an account."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from tollbook.base.fields import PublicIdField
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand


class Terms(models.Model):
    """A version of a brand's terms. The one published last counts; none is ever changed."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="terms")
    version = models.CharField(max_length=40)
    text = models.TextField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)

    class Meta:
        db_table = "customers_terms"
        constraints = [models.UniqueConstraint(fields=["brand", "version"], name="customers_terms_once")]
        triggers = [append_only("customers_terms_append_only")]


class SignUp(models.Model):
    """Somebody who signs up by himself: what was given, which terms were accepted, when and from where.

    It waits for the address to be proven, and then becomes a customer, once; or it expires, and its user is removed.
    """

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", "individual"
        ORGANIZATION = "organization", "organization"

    public_id = PublicIdField("sgn")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="sign_up")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="sign_ups")
    email = models.EmailField(max_length=254)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    vat_id = models.CharField(max_length=20, blank=True)
    # The acceptance: of which version, at which instant, from which address.
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="sign_ups")
    accepted_at = models.DateTimeField()
    accepted_from = models.GenericIPAddressField()
    customer = models.OneToOneField("customers.Customer", on_delete=models.PROTECT, null=True, related_name="sign_up")
    activated_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "customers_sign_up"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(customer=None, activated_at=None)
                | models.Q(customer__isnull=False, activated_at__isnull=False, expired_at=None),
                name="customers_sign_up_one_end",
            ),
        ]
        triggers = [
            no_delete("customers_sign_up_no_delete"),
            frozen_columns(
                "customers_sign_up_frozen", "true",
                "brand_id", "email", "kind", "name", "country", "vat_id", "terms_id", "accepted_at", "accepted_from",
            ),
            frozen_columns(
                "customers_sign_up_over", "OLD.activated_at IS NOT NULL OR OLD.expired_at IS NOT NULL",
                "customer_id", "activated_at", "expired_at",
            ),
        ]  # fmt: skip


class Invitation(models.Model):
    """Somebody is asked to join an account, by a link that works once and for a week. Of it only the digest is kept."""

    public_id = PublicIdField("ivt")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10)
    digest = models.BinaryField(unique=True)
    invited_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "customers_invitation"
        constraints = [
            models.UniqueConstraint(
                "customer", Lower("email"),
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="customers_invitation_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(withdrawn_at=None), name="customers_invitation_one_end"
            ),
        ]  # fmt: skip
        triggers = [
            no_delete("customers_invitation_no_delete"),
            frozen_columns(
                "customers_invitation_frozen", "true",
                "customer_id", "email", "role", "digest", "invited_by", "created_at", "expires_at",
            ),
            frozen_columns(
                "customers_invitation_over", "OLD.accepted_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL",
                "accepted_at", "withdrawn_at",
            ),
        ]  # fmt: skip
