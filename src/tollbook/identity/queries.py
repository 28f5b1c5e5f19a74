"""People, keys and the audit trail, read."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from tollbook.identity.models import ApiKey, AuditEntry, StaffRole, User
from tollbook.identity.rules import named_by, proves


def key_of(text: str, at: datetime) -> ApiKey | None:
    """The key whose text this is, with its user, if it can be used at `at`; None for every other text.

    A staff key dies with its owner: it needs an active user who still is staff.
    """
    public_id = named_by(text)
    found = ApiKey.objects.select_related("user").filter(public_id=public_id).first() if public_id else None
    if found is None or not proves(text, bytes(found.digest)):
        return None
    ended = found.revoked_at is not None or (found.expires_at is not None and found.expires_at <= at)
    if ended or not _has_holder(found):
        return None
    return found


def _has_holder(key: ApiKey) -> bool:
    if key.customer_id is not None:
        return True
    return key.user is not None and key.user.is_active and key.user.staff_role != StaffRole.NONE


def keys_of_customer(customer_id: int) -> QuerySet[ApiKey]:
    """A customer's keys, latest first, the revoked ones included."""
    return ApiKey.objects.filter(customer_id=customer_id).order_by("-pk")


def trail(subject: str) -> QuerySet[AuditEntry]:
    """What was done to the thing with that public id, latest first."""
    return AuditEntry.objects.filter(subject=subject).order_by("-pk")


#: What counts as a second factor; recovery codes only stand in for one.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_factor(user: User) -> bool:
    """Whether the person has an authenticator app, a security key or a passkey."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())
