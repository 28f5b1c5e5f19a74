"""Four eyes: an act that one person asks for and another one approves, who then lets it happen.

What is approved is what happens: the act with its arguments lies in the row, bound by a digest, and runs in the
transaction of the approval, or not at all. Rooms declare their acts in `ACTS` of a module `approvals`.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from tollbook.base import clock, discovery
from tollbook.base.tasks import action
from tollbook.identity.audit import record
from tollbook.identity.models import Approval, StaffRole, User
from tollbook.kernel.errors import NotFound, Refused, shown

LIFE = timedelta(hours=24)
DOOR = "staff"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that needs two people.

    verb       what is asked for ("payment.refund")
    title      for people ("Refund")
    approvers  the staff roles that may approve it
    run        does it: called with the arguments, and `by`, the e-mail address of who asked
    """

    verb: str
    title: str
    approvers: frozenset[StaffRole]
    run: Callable[..., object]


@cache
def acts() -> dict[str, Act]:
    """Every act that needs two people, by its verb."""
    return {each.verb: each for _, module in discovery.modules("approvals") for each in getattr(module, "ACTS", ())}


@action
def ask(verb: str, subject: str, arguments: Mapping[str, str], *, summary: str, user: User) -> Approval:
    """Ask for an act on the thing with the public id `subject`; asked again while it waits, it stays one request.

    `arguments` are the act's, as text, without secrets; `summary` is what the approver reads.
    """
    at = clock.now()
    digest = _digest(verb, subject, arguments)
    waiting = Approval.objects.filter(digest=digest, decided_at=None, expires_at__gt=at, requested_by=user).first()
    if waiting is not None:
        return waiting
    made = Approval.objects.create(
        verb=acts()[verb].verb, subject=subject, arguments=dict(arguments), digest=digest, summary=summary[:300],
        requested_by=user, requested_at=at, expires_at=at + LIFE,
    )  # fmt: skip
    detail = {"verb": verb, "subject": subject, "summary": made.summary}
    record("approval.ask", made.public_id, actor=user.email, door=DOOR, detail=detail)
    return made


@action
def approve(public_id: str, user: User) -> Approval:
    """Approve a request: its act happens now, in this transaction. Refused "own_request", "not_an_approver",
    "request_over", "request_changed"; NotFound "approval_not_found"; and whatever the act refuses.
    """
    found = _open(public_id, user)
    if _digest(found.verb, found.subject, found.arguments) != found.digest:
        raise Refused("request_changed", f"request {public_id} is not what was asked for", param="approval")
    _decide(found, user, "approved")
    acts()[found.verb].run(**found.arguments, by=found.requested_by.email)
    return found


@action
def refuse(public_id: str, user: User) -> Approval:
    """Refuse a request, or take one's own back; refused as `approve`, but for one's own."""
    found = _open(public_id, user, own=True)
    _decide(found, user, "refused")
    return found


def may_decide(found: Approval, user: User) -> bool:
    """Whether the person could approve the request."""
    return found.requested_by_id != user.pk and user.staff_role in acts()[found.verb].approvers


def _open(public_id: str, user: User, *, own: bool = False) -> Approval:
    rows = Approval.objects.select_for_update(of=("self",)).select_related("requested_by")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("approval_not_found", f"there is no request {shown(public_id)}", param="approval")
    if found.decided_at is not None or found.expires_at <= clock.now():
        raise Refused("request_over", f"request {public_id} is decided, or is older than a day", param="approval")
    mine = found.requested_by_id == user.pk
    if mine and not own:
        raise Refused("own_request", "somebody else must approve what you asked for", param="approval")
    if not mine and user.staff_role not in acts()[found.verb].approvers:
        right = ", ".join(sorted(acts()[found.verb].approvers))
        raise Refused("not_an_approver", f"it is approved by one of {right}", param="approval")
    return found


def _decide(found: Approval, user: User, decision: str) -> None:
    found.decided_by, found.decided_at, found.decision = user, clock.now(), decision
    found.save(update_fields=["decided_by", "decided_at", "decision"])
    detail = {"verb": found.verb, "subject": found.subject, "asked_by": found.requested_by.email}
    record(f"approval.{decision}", found.public_id, actor=user.email, door=DOOR, detail=detail)


def _digest(verb: str, subject: str, arguments: Mapping[str, Any]) -> str:
    said = json.dumps([verb, subject, dict(arguments)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def _grant(*, user: str, role: str, by: str) -> None:
    from tollbook.identity.granting import grant

    grant(user, StaffRole(role), actor=by)


#: A role is given by two: whoever could give one alone could give himself all.
ACTS = [Act("user.grant", "Staff role", frozenset({StaffRole.ADMINISTRATOR, StaffRole.APPROVER}), _grant)]
