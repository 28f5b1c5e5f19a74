"""Giving and taking staff roles. A role that changes ends every session of the person."""

from tollbook.base.tasks import action
from tollbook.identity.audit import SYSTEM, record
from tollbook.identity.models import StaffRole, User
from tollbook.identity.sessions import end_all
from tollbook.kernel.errors import NotFound, Refused, shown


def read_role(text: str) -> StaffRole:
    """The staff role of that name, "none" included; Refused "unknown_role"."""
    if text not in StaffRole.values:
        raise Refused("unknown_role", f"role {shown(text)}: give one of {', '.join(StaffRole.values)}", param="role")
    return StaffRole(text)


@action
def grant(user_id: str, role: StaffRole, *, actor: str = SYSTEM, door: str = "staff") -> User:
    """Give the user that role (none takes it). NotFound "user_not_found"; Refused "last_administrator", "same_role"."""
    # All changes of roles one after the other: two administrators must not take each other's at once.
    administrators = list(
        User.objects.select_for_update().filter(staff_role=StaffRole.ADMINISTRATOR, is_active=True).order_by("pk")
    )
    user: User | None = User.objects.select_for_update().filter(public_id=user_id).first()
    if user is None:
        raise NotFound("user_not_found", f"there is no user {shown(user_id)}", param="user")
    if user.staff_role == role:
        raise Refused("same_role", f"{user.email} is {user.get_staff_role_display()} already", param="role")
    if user.staff_role == StaffRole.ADMINISTRATOR and [each.pk for each in administrators] == [user.pk]:
        raise Refused("last_administrator", f"{user.email} is the last administrator", param="role")
    detail = {"was": user.staff_role, "becomes": role.value}
    user.staff_role = role
    user.save(update_fields=["staff_role"])
    record("user.grant", user.public_id, actor=actor, door=door, detail=detail)
    end_all(user, actor=actor, door=door)
    return user
