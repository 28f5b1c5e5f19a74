"""Four eyes: what one person asks for happens when another one approves, exactly so, once, within a day."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from tollbook.base import clock
from tollbook.identity import approvals, granting
from tollbook.identity.models import Approval, AuditEntry, StaffRole, User
from tollbook.identity.queries import trail
from tollbook.identity.tests.people import PASSWORD, logged_in, person
from tollbook.kernel.errors import NotFound, Refused, TollbookError

pytestmark = pytest.mark.django_db


def staff(name: str, role: str = "administrator") -> User:
    return person(f"{name}@harbour.example", name=name.title(), staff_role=role)


def asks(user: User, found: User, role: str = "billing") -> Approval:
    """Ask that the user gets the role."""
    given = {"user": found.public_id, "role": role}
    return approvals.ask("user.grant", found.public_id, given, summary=f"{found.email} becomes {role}", user=user)


def code_of(act: Any) -> str:
    with pytest.raises(TollbookError) as refused:
        act()
    return refused.value.code


def test_a_role_is_asked_for_and_approved_on_the_pages(world: Any) -> None:
    ada, bo, cy = staff("ada"), staff("bo", "approver"), person("cy@harbour.example", name="Cy")
    theirs = logged_in(cy)
    asking, approving = logged_in(ada), logged_in(bo)
    answer = asking.post(f"/staff/users/{cy.public_id}/grant/", {"role": "billing"})
    found = Approval.objects.get()
    assert answer.headers["Location"] == f"/staff/approvals/{found.public_id}/"
    assert found.summary == "cy@harbour.example becomes billing (is not staff)"
    cy.refresh_from_db()
    assert cy.staff_role == "none"
    assert "1 request for a second person" in approving.get("/staff/").content.decode()
    assert "1 request for a second person" not in asking.get("/staff/").content.decode()
    page = approving.get(f"/staff/approvals/{found.public_id}/").content.decode()
    assert ">Approve</button>" in page
    assert ">Approve</button>" not in asking.get(f"/staff/approvals/{found.public_id}/").content.decode()
    approving.post(f"/staff/approvals/{found.public_id}/decide/", {"act": "approve"})
    cy.refresh_from_db()
    assert cy.staff_role == "billing"
    assert theirs.get("/account/security/").status_code == 302
    assert [(e.verb, e.actor) for e in trail(cy.public_id)][:2] == [
        ("user.sessions_ended", ada.email), ("user.grant", ada.email),
    ]  # fmt: skip
    assert [(e.verb, e.actor) for e in trail(found.public_id)] == [
        ("approval.approved", bo.email), ("approval.ask", ada.email),
    ]  # fmt: skip


def test_nobody_approves_what_he_asked_for(world: Any) -> None:
    ada, cy = staff("ada"), person("cy@harbour.example")
    found = asks(ada, cy)
    assert code_of(lambda: approvals.approve(found.public_id, ada)) == "own_request"
    logged_in(ada).post(f"/staff/approvals/{found.public_id}/decide/", {"act": "approve"})
    cy.refresh_from_db()
    assert cy.staff_role == "none"
    # And if code forgot to ask, the database would not.
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.update(decided_by=ada, decided_at=clock.now(), decision="approved")
    assert approvals.refuse(found.public_id, ada).decision == "refused"


@pytest.mark.parametrize("role", ["viewer", "support", "billing", "catalogue", "finance", "auditor"])
def test_only_approvers_of_the_act_decide(world: Any, role: str) -> None:
    found = asks(staff("ada"), person("cy@harbour.example"))
    other = staff("bo", role)
    assert code_of(lambda: approvals.approve(found.public_id, other)) == "not_an_approver"
    assert code_of(lambda: approvals.refuse(found.public_id, other)) == "not_an_approver"


def test_a_request_is_over_once_decided_or_after_a_day(world: Any) -> None:
    ada, bo, cy = staff("ada"), staff("bo"), person("cy@harbour.example")
    first = asks(ada, cy)
    assert asks(ada, cy) == first
    approvals.refuse(first.public_id, bo)
    assert code_of(lambda: approvals.approve(first.public_id, bo)) == "request_over"
    second = asks(ada, cy)
    assert second != first
    clock.set_virtual(world.now + timedelta(hours=24))
    assert code_of(lambda: approvals.approve(second.public_id, bo)) == "request_over"
    assert code_of(lambda: approvals.approve("apr_no", bo)) == "approval_not_found"
    cy.refresh_from_db()
    assert cy.staff_role == "none"


def test_what_is_approved_is_what_was_asked_for(world: Any) -> None:
    ada, bo, cy = staff("ada"), staff("bo"), person("cy@harbour.example")
    found = asks(ada, cy)
    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.update(arguments={"user": cy.public_id, "role": "administrator"})
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("""UPDATE identity_approval SET arguments = jsonb_set(arguments, '{role}', '"administrator"')""")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert code_of(lambda: approvals.approve(found.public_id, bo)) == "request_changed"
    cy.refresh_from_db()
    assert cy.staff_role == "none"


def test_an_act_that_is_refused_leaves_the_request_open(world: Any) -> None:
    ada, bo, cy = staff("ada"), staff("bo"), person("cy@harbour.example")
    found = asks(ada, cy)
    granting.grant(cy.public_id, StaffRole.BILLING)
    assert code_of(lambda: approvals.approve(found.public_id, bo)) == "same_role"
    found.refresh_from_db()
    assert (found.decision, AuditEntry.objects.filter(verb="approval.approved").count()) == ("", 0)


@pytest.mark.django_db(transaction=True)
def test_two_who_approve_at_once_let_it_happen_once(world: Any, at_once: Any) -> None:
    found = asks(staff("ada"), person("cy@harbour.example"))
    bo, di = staff("bo"), staff("di", "approver")
    done = at_once(lambda: approvals.approve(found.public_id, bo), lambda: approvals.approve(found.public_id, di))
    assert sorted(type(each).__name__ for each in done) == ["Approval", "Refused"]
    assert AuditEntry.objects.filter(verb="user.grant").count() == 1


def test_the_last_administrator_stays_one(world: Any) -> None:
    ada = staff("ada")
    with pytest.raises(Refused, match="the last administrator"):
        granting.grant(ada.public_id, StaffRole.VIEWER)
    with pytest.raises(NotFound):
        granting.grant("usr_no", StaffRole.VIEWER)
    bo = staff("bo")
    granting.grant(ada.public_id, StaffRole.VIEWER)
    with pytest.raises(Refused, match="the last administrator"):
        granting.grant(bo.public_id, StaffRole.NONE)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_take_each_others_role_at_once_leave_one(world: Any, at_once: Any) -> None:
    ada, bo = staff("ada"), staff("bo")
    at_once(lambda: granting.grant(ada.public_id, StaffRole.NONE), lambda: granting.grant(bo.public_id, StaffRole.NONE))
    assert User.objects.filter(staff_role="administrator").count() == 1


def test_both_prove_who_they_are_lately(world: Any) -> None:
    ada, bo, cy = staff("ada"), staff("bo"), person("cy@harbour.example")
    asking, approving = Client(), Client()
    asking.force_login(ada)
    approving.force_login(bo)
    sent = asking.post(f"/staff/users/{cy.public_id}/grant/", {"role": "billing"})
    assert sent.headers["Location"].startswith("/account/reauthenticate/")
    found = asks(ada, cy)
    sent = approving.post(f"/staff/approvals/{found.public_id}/decide/", {"act": "approve"})
    assert sent.headers["Location"].startswith("/account/reauthenticate/")
    assert Approval.objects.get().decision == ""
    approving.post("/account/reauthenticate/", {"password": PASSWORD})
    approving.post(f"/staff/approvals/{found.public_id}/decide/", {"act": "approve"})
    assert Approval.objects.get().decision == "approved"


@pytest.mark.parametrize("role", ["viewer", "support", "billing", "finance", "approver", "auditor"])
def test_only_administrators_ask_for_roles(world: Any, role: str) -> None:
    other = logged_in(staff("bo", role))
    cy = person("cy@harbour.example")
    assert other.post(f"/staff/users/{cy.public_id}/grant/", {"role": "administrator"}).status_code == 404
    assert "Change the staff role" not in other.get(f"/staff/users/{cy.public_id}/").content.decode()
    assert Approval.objects.count() == 0


@pytest.mark.broken_books
def test_the_books_notice_an_approval_by_oneself(world: Any, breaking: Any) -> None:
    found = asks(staff("ada"), person("cy@harbour.example"))
    approvals.approve(found.public_id, staff("bo"))
    assert breaking("SELECT 1") == ""
    broken = breaking(
        "SET CONSTRAINTS ALL IMMEDIATE",
        "ALTER TABLE identity_approval DROP CONSTRAINT identity_approval_by_another",
        "UPDATE identity_approval SET decided_by_id = requested_by_id",
    )
    assert broken == "M36"
    assert breaking("DELETE FROM identity_audit_entry WHERE verb = 'approval.approved'") == "M36"
