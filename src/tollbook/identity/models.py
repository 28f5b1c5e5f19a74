"""People, keys and the audit trail."""

from typing import ClassVar

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from tollbook.base.fields import PublicIdField
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.identity import guessing


class StaffRole(models.TextChoices):
    NONE = "none", "not staff"
    VIEWER = "viewer", "viewer"
    SUPPORT = "support", "support"
    BILLING = "billing", "billing"
    CATALOGUE = "catalogue", "catalogue"
    FINANCE = "finance", "finance"
    APPROVER = "approver", "approver"
    ADMINISTRATOR = "administrator", "administrator"
    AUDITOR = "auditor", "auditor"


class UserManager(BaseUserManager):  # type: ignore[type-arg]  # takes no arguments at run time
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        # Who makes a user vouches for the address; only those who sign up by themselves must prove it.
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in: staff by `staff_role`, a customer's people by `customers.Membership`."""

    # For `base.walls`: a customer sees its own people.
    wall = "id IN (SELECT m.user_id FROM customers_membership m)"

    public_id = PublicIdField("usr")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    staff_role = models.CharField(max_length=20, choices=StaffRole.choices, default=StaffRole.NONE)
    zone = models.CharField(max_length=64, default="UTC")
    # The one that was chosen; empty: that of the account.
    language = models.CharField(max_length=12, blank=True, default="")
    is_active = models.BooleanField(default=True)
    # Whether the password is long enough to stand without a second factor.
    password_is_long = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        db_table = "identity_user"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="identity_user_email_once"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        return self.staff_role != StaffRole.NONE

    def set_password(self, raw_password: str | None) -> None:
        self.password_is_long = raw_password is not None and len(raw_password) >= guessing.LONG
        super().set_password(raw_password)

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class ApiKey(models.Model):
    """A key to the API: a customer's (customer_id set) or staff's. Only the digest of the secret is stored."""

    public_id = PublicIdField("key")
    name = models.CharField(max_length=100)
    # A plain number: identity lies below customers and cannot name its table.
    customer_id = models.BigIntegerField(null=True, db_index=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    scopes = models.JSONField(default=list)
    # Networks (CIDR) that it may be used from; empty: from everywhere.
    addresses = models.JSONField(default=list)
    # What made it, once: a request that is repeated makes no second key.
    made_by = models.CharField(max_length=50, unique=True, null=True)
    digest = models.BinaryField(unique=True)
    prefix = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_api_key"


class Approval(models.Model):
    """An act that waits for a second person, and what became of it. What was asked for never changes."""

    public_id = PublicIdField("apr")
    verb = models.CharField(max_length=80)
    subject = models.CharField(max_length=60)
    arguments = models.JSONField()
    # SHA-256 of verb, subject and arguments.
    digest = models.CharField(max_length=64)
    summary = models.CharField(max_length=300)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="approvals_asked")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="approvals_decided")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=10, blank=True)

    class Meta:
        db_table = "identity_approval"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(decision="approved", decided_by=models.F("requested_by")),
                name="identity_approval_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_at=None, decided_by=None)
                | models.Q(
                    decision__in=["approved", "refused"], decided_at__isnull=False, decided_by__isnull=False,
                    decided_at__lt=models.F("expires_at"),
                ),
                name="identity_approval_decided_once",
            ),
        ]  # fmt: skip
        triggers = [
            no_delete("identity_approval_no_delete"),
            frozen_columns(
                "identity_approval_frozen", "true",
                "public_id", "verb", "subject", "arguments", "digest", "summary", "requested_by_id", "requested_at",
                "expires_at",
            ),
            frozen_columns(
                "identity_approval_over", "OLD.decision <> ''", "decided_by_id", "decided_at", "decision"
            ),
        ]  # fmt: skip


class AuditEntry(models.Model):
    """Who did what to which object, when and through which door. Never changed, never removed."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=200)
    door = models.CharField(max_length=20)
    verb = models.CharField(max_length=80)
    subject = models.CharField(max_length=60, db_index=True)
    customer_id = models.BigIntegerField(null=True, db_index=True)
    detail = models.JSONField(default=dict)
    # The request that did it, or that queued the job that did; empty for the schedule and the command line.
    request_id = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        db_table = "identity_audit_entry"
        triggers = [append_only("identity_audit_append_only")]
