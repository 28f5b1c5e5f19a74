"""Making users and API keys, and taking keys back. Each is written into the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.identity.audit import SYSTEM, record
from tollbook.identity.models import ApiKey, StaffRole, User
from tollbook.identity.rules import check_addresses, check_scopes, new_token
from tollbook.kernel.errors import NotFound, Refused, shown
from tollbook.kernel.text import clean_text

# How old "last used" may be: a busy key must not cost a write for each request.
USE_STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `text` is the only copy: show it once."""

    key: ApiKey
    text: str


@action
def create_user(
    email: str,
    name: str,
    *,
    password: str | None = None,
    staff_role: StaffRole = StaffRole.NONE,
    actor: str = SYSTEM,
    door: str = SYSTEM,
) -> User:
    """A person who can log in (with `password`; without one, not yet).

    Refused "bad_email", "email_taken", or a code of `kernel.text` for the name.
    """
    address = clean_text(email, "email", 254).lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused("bad_email", f"email {shown(email)}: give an e-mail address", param="email") from None
    if User.objects.filter(email__iexact=address).exists():
        raise Refused("email_taken", f"email {address}: a user with this address exists", param="email")
    user = User.objects.create_user(
        address, password, name=clean_text(name, "name", 200), staff_role=StaffRole(staff_role)
    )
    detail = {"email": address, "staff_role": user.staff_role}
    record("user.create", user.public_id, actor=actor, door=door, detail=detail)
    return user


@action
def choose_language(user: User, language: str) -> None:
    """Keep the language, a code such as "de", that the user wants to read."""
    User.objects.filter(pk=user.pk).update(language=language)


@action
def create_key(
    name: str,
    *,
    scopes: Iterable[str],
    customer_id: int | None = None,
    user: User | None = None,
    expires_at: datetime | None = None,
    addresses: Iterable[str] = (),
    made_by: str | None = None,
    actor: str = SYSTEM,
    door: str = SYSTEM,
) -> NewKey:
    """A key for a customer (by row id; sees that customer only) or for a staff user (acts with that user's role).

    Exactly one of `customer_id` and `user`; with `addresses`, it works from these networks only. `made_by` names what
    makes it: two keys cannot have the same. Refused "key_needs_holder", "not_staff", "already_expired", "bad_scope",
    "no_scope", "bad_address", or a code of `kernel.text` for the name.
    """
    at = clock.now()
    if (customer_id is None) == (user is None):
        raise Refused("key_needs_holder", "a key belongs to one customer or to one staff user", param="customer")
    if user is not None and (not user.is_active or user.staff_role == StaffRole.NONE):
        raise Refused("not_staff", f"user {user.email} is not staff", param="user")
    if expires_at is not None and expires_at <= at:
        message = f"expires_at {expires_at.isoformat()}: give an instant after {at.isoformat()}"
        raise Refused("already_expired", message, param="expires_at")
    token = new_token()
    key = ApiKey.objects.create(
        public_id=token.public_id,
        name=clean_text(name, "name", 100),
        customer_id=customer_id,
        user=user,
        scopes=check_scopes(scopes),
        addresses=check_addresses(addresses),
        made_by=made_by,
        digest=token.digest,
        prefix=token.prefix,
        created_at=at,
        expires_at=expires_at,
    )
    detail = {"name": key.name, "scopes": key.scopes, "addresses": key.addresses, "prefix": key.prefix}
    record("key.create", key.public_id, actor=actor, door=door, customer_id=customer_id, detail=detail, at=at)
    return NewKey(key, token.text)


@action
def revoke_key(public_id: str, *, customer_id: int | None = None, actor: str = SYSTEM, door: str = SYSTEM) -> ApiKey:
    """End a key at once; a second time changes nothing. NotFound "key_not_found"; with `customer_id`, also for the
    keys of others."""
    rows = ApiKey.objects.select_for_update().filter(public_id=public_id)
    key = (rows if customer_id is None else rows.filter(customer_id=customer_id)).first()
    if key is None:
        raise NotFound("key_not_found", f"there is no key {shown(public_id)}", param="key")
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
        record("key.revoke", key.public_id, actor=actor, door=door, customer_id=key.customer_id, at=key.revoked_at)
    return key


@action
def note_use(key: ApiKey, at: datetime) -> None:
    """Remember that the key was used at `at`, to within five minutes."""
    if key.last_used_at is None or key.last_used_at <= at - USE_STEP:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=at - USE_STEP)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)
