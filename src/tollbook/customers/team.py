"""Who belongs to a customer account: inviting, joining, changing a part, leaving.

An account always has an owner: changes of a team are made one at a time, under the lock of the customer's row.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.models import Customer, Invitation, Membership
from tollbook.identity.audit import SYSTEM, record
from tollbook.identity.models import User
from tollbook.kernel.errors import NotFound, Refused, shown
from tollbook.kernel.text import clean_text

LIFE = timedelta(days=7)
SECRET_BYTES = 32
OWNER = Membership.Role.OWNER
#: What each part may do, in words for people.
MAY = {
    Membership.Role.OWNER: "everything, the team included",
    Membership.Role.BILLING: "see everything; order, pay, set budgets and ways to pay",
    Membership.Role.TECHNICAL: "see everything; stop and resume services, read their access data",
    Membership.Role.READ_ONLY: "see everything, change nothing",
}


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation just made. `token` is the only copy of what opens it: send it, keep it nowhere."""

    invitation: Invitation
    token: str


def team_of(customer: Customer) -> QuerySet[Membership]:
    """The people of an account, owners first."""
    return Membership.objects.filter(customer=customer).select_related("user").order_by("user__name", "pk")


def open_invitations(customer: Customer) -> QuerySet[Invitation]:
    """Invitations that can be accepted now, the latest first."""
    open_ones = Invitation.objects.filter(customer=customer, accepted_at=None, withdrawn_at=None)
    return open_ones.filter(expires_at__gt=clock.now()).order_by("-pk")


def read_role(text: str) -> Membership.Role:
    """The part of that name; Refused "unknown_role"."""
    if text not in Membership.Role.values:
        right = ", ".join(Membership.Role.values)
        raise Refused("unknown_role", f"role {shown(text)}: give one of {right}", param="role")
    return Membership.Role(text)


@action
def invite(customer: Customer, email: str, role: Membership.Role, *, actor: str, door: str = SYSTEM) -> Invited:
    """Ask the owner of an address to join; an earlier invitation of the same address ends.

    Refused "bad_email", "already_member".
    """
    mine = _locked(customer)
    address = clean_text(email, "email", 254).lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused("bad_email", f"email {shown(email)}: give an e-mail address", param="email") from None
    if Membership.objects.filter(customer=mine, user__email__iexact=address).exists():
        raise Refused("already_member", f"email {address}: belongs to the team already", param="email")
    at = clock.now()
    same = Invitation.objects.filter(customer=mine, email__iexact=address, accepted_at=None, withdrawn_at=None)
    same.update(withdrawn_at=at)
    token = secrets.token_urlsafe(SECRET_BYTES)
    made = Invitation.objects.create(
        customer=mine, email=address, role=role, digest=_digest(token), invited_by=actor,
        created_at=at, expires_at=at + LIFE,
    )  # fmt: skip
    detail = {"email": address, "role": role.value}
    record("team.invite", made.public_id, actor=actor, door=door, customer_id=mine.pk, detail=detail)
    return Invited(made, token)


@action
def withdraw(customer: Customer, public_id: str, *, actor: str, door: str = SYSTEM) -> Invitation:
    """Take an invitation back; NotFound "invitation_not_found" for one that is over or another account's."""
    _locked(customer)
    found = open_invitations(customer).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("invitation_not_found", f"there is no open invitation {shown(public_id)}", param="invitation")
    found.withdrawn_at = clock.now()
    found.save(update_fields=["withdrawn_at"])
    record("team.withdraw", public_id, actor=actor, door=door, customer_id=customer.pk)
    return found


def invitation_of(token: str) -> Invitation:
    """The invitation that the token opens now; NotFound "invitation_not_found" for every other text, whatever it is."""
    found = Invitation.objects.select_related("customer__brand").filter(
        digest=_digest(token), accepted_at=None, withdrawn_at=None, expires_at__gt=clock.now()
    )
    invitation = found.first()
    if invitation is None:
        raise NotFound("invitation_not_found", "the invitation was used, taken back or is too old", param="invitation")
    return invitation


@action
def accept(token: str, user: User) -> Membership:
    """Join with the invitation, which ends. NotFound "invitation_not_found", also for who comes second; Refused
    "other_address" for a user with another address than the one invited.
    """
    customer = _locked(invitation_of(token).customer)
    # Read again under the lock: somebody else may have used it or taken it back.
    invitation = invitation_of(token)
    if invitation.email.lower() != user.email.lower():
        message = f"the invitation is for {invitation.email}; you are logged in as {user.email}"
        raise Refused("other_address", message, param="invitation")
    membership, _ = Membership.objects.get_or_create(customer=customer, user=user, defaults={"role": invitation.role})
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    detail = {"user": user.public_id, "role": membership.role}
    record("team.join", invitation.public_id, actor=user.email, door="account", customer_id=customer.pk, detail=detail)
    return membership


@action
def set_role(customer: Customer, user_id: str, role: Membership.Role, *, actor: str, door: str = SYSTEM) -> Membership:
    """Give a member another part. NotFound "member_not_found"; Refused "last_owner"."""
    member = _member(_locked(customer), user_id)
    if role != OWNER:
        _keep_an_owner(member)
    detail = {"was": member.role, "becomes": role.value}
    member.role = role
    member.save(update_fields=["role"])
    record("team.set_role", user_id, actor=actor, door=door, customer_id=customer.pk, detail=detail)
    return member


@action
def remove(customer: Customer, user_id: str, *, actor: str, door: str = SYSTEM) -> None:
    """Take a member out of the account, at once. NotFound "member_not_found"; Refused "last_owner"."""
    member = _member(_locked(customer), user_id)
    _keep_an_owner(member)
    detail = {"email": member.user.email, "role": member.role}
    member.delete()
    record("team.remove", user_id, actor=actor, door=door, customer_id=customer.pk, detail=detail)


def _locked(customer: Customer) -> Customer:
    return Customer.objects.select_for_update(no_key=True, of=("self",)).get(pk=customer.pk)


def _member(customer: Customer, user_id: str) -> Membership:
    found = Membership.objects.select_related("user").filter(customer=customer, user__public_id=user_id).first()
    if found is None:
        raise NotFound("member_not_found", f"{shown(user_id)} does not belong to the team", param="user")
    return found


def _keep_an_owner(member: Membership) -> None:
    others = Membership.objects.filter(customer_id=member.customer_id, role=OWNER).exclude(pk=member.pk)
    if member.role == OWNER and not others.exists():
        message = f"{member.user.email} is the last owner; make somebody else an owner first"
        raise Refused("last_owner", message, param="user")


def _digest(token: str) -> bytes:
    # 256 random bits cannot be guessed, however fast the hash.
    return hashlib.sha256(token.encode()).digest()
