"""Staff pages where one person asks and another approves: the queue, and giving staff roles."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.base import clock
from tollbook.identity import approvals, granting
from tollbook.identity.access import proven_again, staff_page
from tollbook.identity.models import Approval, StaffRole, User
from tollbook.kernel.errors import TollbookError
from tollbook.web.forms import Field, Form, acted
from tollbook.web.panels import Notice
from tollbook.web.parts import Facts, Page, Part, fact, listing, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table


def state_of(found: Approval) -> str:
    """What has become of a request: "waiting", "approved", "refused", "expired"."""
    return found.decision or ("waiting" if found.expires_at > clock.now() else "expired")


def _href(found: Approval) -> str:
    return reverse("staff-web:approval", args=[found.public_id])


APPROVALS = Table(
    "approvals",
    [
        Column("What", lambda a: approvals.acts()[a.verb].title, href=_href, note=lambda a: a.summary),
        Column("State", state_of, "state"),
        Column("Asked by", lambda a: a.requested_by.email, sort="requested_by__email"),
        Column("Asked", lambda a: a.requested_at, "instant", sort="requested_at"),
        Column("Until", lambda a: a.expires_at, "instant", sort="expires_at"),
        Column("Decided by", lambda a: a.decided_by.email if a.decided_by else ""),
    ],
    order="-requested_at",
    search=("public_id", "subject", "summary", "requested_by__email"),
    filters=(Filter("state", "State", (("open", "Undecided", Q(decision="")), ("done", "Decided", ~Q(decision="")))),),
    empty_title="Nobody has asked for anything",
    empty_text="Acts that need two people wait here for the second one.",
)


@staff_page()
def queue(request: HttpRequest) -> HttpResponseBase:
    """Every request."""
    about = "What one person asks for and another one approves: then it happens. A request counts for a day."
    rows = Approval.objects.select_related("requested_by", "decided_by")
    return listing(request, APPROVALS, rows, Page("Approvals", about=about))


@staff_page()
def approval(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One request: exactly what will happen, and the buttons of who may decide."""
    rows = Approval.objects.select_related("requested_by", "decided_by")
    found = get_object_or_404(rows, public_id=public_id)
    act = approvals.acts()[found.verb]
    parts: list[Part] = [
        Facts(
            "Request",
            [
                fact("What", found.summary),
                fact("About", found.subject, "mono", href=page_of(found.subject)),
                fact("Asked by", found.requested_by.email),
                fact("Asked", found.requested_at, "instant"),
                fact("Until", found.expires_at, "instant"),
                fact("Decided by", found.decided_by.email if found.decided_by else ""),
                fact("Decided", found.decided_at, "instant"),
                fact("May approve", ", ".join(sorted(StaffRole(role).label for role in act.approvers))),
            ],
        ),
        Facts("Exactly", [fact(name, value, "mono") for name, value in sorted(found.arguments.items())]),
        *_decisions(request, found),
    ]
    crumbs = (("Approvals", reverse("staff-web:approvals")),)
    return show(request, Page(act.title, state_of(found), crumbs=crumbs, parts=parts, code=public_id))


def _decisions(request: HttpRequest, found: Approval) -> Iterable[Part]:
    user = request.user
    if state_of(found) != "waiting" or not isinstance(user, User):
        return
    address = reverse("staff-web:decide", args=[found.public_id])
    if approvals.may_decide(found, user):
        note = "It happens at once, in the name of who asked."
        yield Form("Approve", address, [Field("act", "", "hidden", "approve")], "Approve", note)
        yield Form("Refuse", address, [Field("act", "", "hidden", "refuse")], "Refuse")
    elif found.requested_by_id == user.pk:
        yield Form("Take it back", address, [Field("act", "", "hidden", "refuse")], "Take it back")


@require_POST
@staff_page(StaffRole.APPROVER, StaffRole.FINANCE, StaffRole.BILLING, StaffRole.ADMINISTRATOR)
@proven_again
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Approve or refuse a request."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  - a staff page looked
    approves = request.POST.get("act") == "approve"
    act, done = (approvals.approve, "It has happened.") if approves else (approvals.refuse, "It will not happen.")
    return acted(request, lambda: act(public_id, user), done, reverse("staff-web:approval", args=[public_id]))


def asked(request: HttpRequest, ask: Callable[[], Approval], back: str) -> HttpResponse:
    """Ask for an act that needs two people, and say so; or say why not and go `back`."""
    try:
        made = ask()
    except TollbookError as error:
        messages.error(request, error.message)
        return redirect(back)
    messages.success(request, "It needs a second person. The request waits for approval, for a day.")
    return redirect(_href(made))


def role_form(request: HttpRequest, found: User) -> Iterable[Part]:
    """The form on a user's page by which an administrator asks for another role."""
    if isinstance(request.user, User) and request.user.staff_role == StaffRole.ADMINISTRATOR:
        choices = [(role.value, role.label) for role in StaffRole]
        fields = [Field("role", "Staff role", value=found.staff_role, choices=choices)]
        note = "Another administrator or an approver confirms it. The person is logged out everywhere then."
        yield Form("Change the staff role", reverse("staff-web:grant", args=[found.public_id]), fields, "Ask", note)


@require_POST
@staff_page(StaffRole.ADMINISTRATOR)
@proven_again
def grant(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask that a user gets another staff role."""
    found, user = get_object_or_404(User, public_id=public_id), request.user
    assert isinstance(user, User)  # noqa: S101  - a staff page looked

    def ask() -> Approval:
        role = granting.read_role(request.POST.get("role", ""))
        summary = f"{found.email} becomes {role.label} (is {found.get_staff_role_display()})"
        arguments = {"user": found.public_id, "role": role.value}
        return approvals.ask("user.grant", found.public_id, arguments, summary=summary, user=user)

    return asked(request, ask, page_of(public_id))


def waiting(request: HttpRequest) -> Iterable[Notice]:
    """Requests that the reader could approve."""
    user = request.user
    if not isinstance(user, User):
        return
    verbs = [act.verb for act in approvals.acts().values() if user.staff_role in act.approvers]
    rows = Approval.objects.filter(verb__in=verbs, decision="", expires_at__gt=clock.now())
    count = rows.exclude(requested_by=user).count() if verbs else 0
    if count:
        title = f"{count} request{'' if count == 1 else 's'} for a second person"
        href = reverse("staff-web:approvals") + "?state=open"
        yield Notice("warn", title, "Look at what is asked for, and approve or refuse it.", href, "Show them")
