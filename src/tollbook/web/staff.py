"""Staff pages of what lies below the web shell: people, the audit trail, jobs and the schedule."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from tollbook.base import clock
from tollbook.base.models import ScheduledRun
from tollbook.base.schedule import Every, entries, floor
from tollbook.identity.access import staff_page
from tollbook.identity.models import ApiKey, AuditEntry, StaffRole, User
from tollbook.web import people
from tollbook.web.menu import MenuEntry
from tollbook.web.panels import Notice
from tollbook.web.parts import Facts, Page, Part, Rows, Stat, fact, listing, show
from tollbook.web.sockets import Adds, Finder, Found, page_of
from tollbook.web.tables import Column, Filter, Table

MENU = [
    MenuEntry("Approvals", "staff-web:approvals", "check-badge", 73, "Installation"),
    MenuEntry("Users", "staff-web:users", "users", 74, "Installation"),
    MenuEntry("Jobs", "staff-web:jobs", "queue-list", 76, "Installation"),
    MenuEntry("Audit trail", "staff-web:audit", "clipboard-document-list", 78, "Installation"),
]
PAGES = {"usr": "staff-web:user", "apr": "staff-web:approval"}


def _user_href(user: User) -> str:
    return reverse("staff-web:user", args=[user.public_id])


USERS = Table(
    "users",
    [
        Column("Name", lambda u: u.get_full_name(), sort="name", href=_user_href, note=lambda u: u.email),
        Column("Staff role", lambda u: u.get_staff_role_display(), sort="staff_role"),
        Column("May log in", lambda u: "active" if u.is_active else "closed", "state", sort="is_active"),
        Column("Time zone", lambda u: u.zone),
        Column("Last log-in", lambda u: u.last_login, "instant", sort="last_login"),
        Column("Since", lambda u: u.created_at, "day", sort="created_at"),
    ],
    order="name",
    search=("name", "email", "public_id"),
    filters=(
        Filter(
            "who",
            "Kind of user",
            (("staff", "Staff", ~Q(staff_role="none")), ("customers", "Customers' people", Q(staff_role="none"))),
        ),
    ),
    empty_title="No users yet",
)


def audit_columns() -> list[Column]:
    """The columns of a trail, on this page and on those of other rooms."""
    return [
        Column("When", lambda e: e.at, "instant", sort="at"),
        Column("What", lambda e: e.verb, "mono", sort="verb"),
        Column("To what", lambda e: e.subject, "mono", sort="subject", href=lambda e: page_of(e.subject)),
        Column("Who", lambda e: e.actor, sort="actor"),
        Column("Door", lambda e: e.door),
        Column("Detail", lambda e: ", ".join(f"{k}: {v}" for k, v in e.detail.items())[:200]),
    ]


AUDIT = Table(
    "audit",
    audit_columns(),
    order="-at",
    search=("verb", "subject", "actor"),
    filters=(
        Filter("door", "Door", tuple((d, d.upper() if d == "api" else d, Q(door=d)) for d in ("api", "staff", "cli"))),
    ),
    empty_title="Nothing was done yet",
    empty_text="Each change that a person or a key makes is noted here, for ever.",
)
_STATE_WORDS = {"todo": "waiting", "doing": "running", "succeeded": "done"}
_STATES = (("failed", "Failed"), ("todo", "Waiting"), ("doing", "Running"), ("succeeded", "Done"))


def _what(job: ProcrastinateJob) -> str:
    """What the job does: an action under its dotted name, or a task of its own."""
    return str(job.args.get("name") or job.task_name).removeprefix("tollbook.")


JOBS = Table(
    "jobs",
    [
        Column("Job", _what, "mono", href=lambda j: reverse("staff-web:job", args=[j.pk])),
        Column("State", lambda j: _STATE_WORDS.get(j.status, j.status), "state", sort="status"),
        Column("Number", lambda j: j.pk, "quantity", sort="id"),
        Column("Attempts", lambda j: j.attempts, "quantity", sort="attempts"),
        Column("Not before", lambda j: j.scheduled_at, "instant", sort="scheduled_at"),
        Column("Key", lambda j: j.queueing_lock or "", "mono"),
    ],
    order="-id",
    search=("task_name", "args", "queueing_lock"),
    filters=(Filter("state", "State", tuple((s, label, Q(status=s)) for s, label in _STATES)),),
    empty_title="No jobs yet",
    empty_text="Work that is done later waits here.",
)


@staff_page()
def users(request: HttpRequest) -> HttpResponseBase:
    """Everybody who can log in."""
    about = "Everybody who can log in: staff and customers' people."
    return listing(request, USERS, User.objects.all(), Page("Users", about=about))


@staff_page()
def user(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One person: what they may do, their keys, what they did."""
    found = get_object_or_404(User, public_id=public_id)
    keys = ApiKey.objects.filter(user=found).order_by("-pk")
    trail = AuditEntry.objects.filter(Q(actor=found.email) | Q(subject=public_id)).order_by("-pk")[:20]
    parts: list[Part] = [
        Facts(
            "Person",
            [
                fact("E-mail", found.email),
                fact("Staff role", StaffRole(found.staff_role).label),
                fact("May log in", "active" if found.is_active else "closed", "state"),
                fact("Last log-in", found.last_login, "instant"),
                fact("Since", found.created_at, "day"),
                fact("Time zone", found.zone),
                fact("Language", found.language),
            ],
            wide=True,
        ),
        *people.role_form(request, found),
        Rows("Staff keys to the API", _KEYS, keys, "This person has no keys of their own."),
        Rows("What they did", audit_columns(), trail, "Nothing noted yet."),
    ]
    crumbs = (("Users", reverse("staff-web:users")),)
    return show(request, Page(found.get_full_name(), crumbs=crumbs, parts=parts, code=public_id))


_KEYS = [
    Column("Name", lambda k: k.name, note=lambda k: f"{k.prefix}…"),
    Column("May", lambda k: ", ".join(k.scopes)),
    Column("Made", lambda k: k.created_at, "day"),
    Column("Last used", lambda k: k.last_used_at, "instant"),
    Column("Expires", lambda k: k.expires_at, "day"),
    Column("Revoked", lambda k: k.revoked_at, "day"),
]


@staff_page()
def audit(request: HttpRequest) -> HttpResponseBase:
    """Who did what."""
    about = "Who did what to which object, when and through which door."
    return listing(request, AUDIT, AuditEntry.objects.all(), Page("Audit trail", about=about))


@staff_page()
def jobs(request: HttpRequest) -> HttpResponseBase:
    """The queue, and what runs by the clock."""
    now = clock.now()
    ran = dict(ScheduledRun.objects.values_list("name", "last_due"))
    schedule = Rows(
        "By the clock",
        _SCHEDULE,
        [(each, ran.get(each.name), next_due(each, now)) for each in entries()],
        note="Each minute the worker runs what has fallen due; on a virtual clock, when the clock is advanced.",
    )
    about = "Work that is done later, and work that is done by the clock."
    return listing(request, JOBS, ProcrastinateJob.objects.all(), Page("Jobs", about=about), before=[schedule])


def next_due(each: Every, now: datetime) -> datetime:
    """The next instant at which the entry falls due after `now`."""
    return floor(now, each.step) + each.step


def _every(step: timedelta) -> str:
    hours = step / timedelta(hours=1)
    return {1.0: "each hour", 24.0: "each day"}.get(hours, f"each {step}")


_SCHEDULE = [
    Column("What", lambda row: row[0].name, "mono"),
    Column("How often", lambda row: _every(row[0].step)),
    Column("Last due", lambda row: row[1], "instant"),
    Column("Next due", lambda row: row[2], "instant"),
]


@staff_page()
def job(request: HttpRequest, number: int) -> HttpResponseBase:
    """One job: what it was given and what became of it."""
    found = get_object_or_404(ProcrastinateJob, pk=number)
    events = ProcrastinateEvent.objects.filter(job_id=number).order_by("id")
    given: dict[str, Any] = found.args.get("arguments") or {k: v for k, v in found.args.items() if k != "name"}
    parts: list[Part] = [
        Facts(
            "Job",
            [
                fact("Number", found.pk, "quantity"),
                fact("Task", found.task_name, "mono"),
                fact("Queue", found.queue_name),
                fact("Attempts", found.attempts, "quantity"),
                fact("Not before", found.scheduled_at, "instant"),
                fact("Key", found.queueing_lock, "mono", note="While it waits, no second job with this key is queued."),
            ],
        ),
        Facts("Given", [fact(name, value, "mono") for name, value in given.items()] or [fact("Nothing", "")]),
        Rows("What became of it", _EVENTS, events),
    ]
    crumbs = (("Jobs", reverse("staff-web:jobs")),)
    state = _STATE_WORDS.get(found.status, found.status)
    return show(request, Page(_what(found), state, crumbs=crumbs, parts=parts))


_EVENTS = [Column("What", lambda e: e.type.replace("_", " ")), Column("When", lambda e: e.at, "instant")]


def _job_stats(now: datetime) -> Iterable[Stat]:
    found = ProcrastinateJob.objects.filter(status__in=["failed", "todo", "doing"])
    by = dict(found.order_by().values_list("status").annotate(n=Count("pk")))
    failed, waiting = by.get("failed", 0), by.get("todo", 0) + by.get("doing", 0)
    href = reverse("staff-web:jobs") + ("?state=failed" if failed else "")
    yield Stat("Jobs failed", failed, "quantity", f"{waiting} waiting or running", href, "bad" if failed else "")


def _failed(request: HttpRequest) -> Iterable[Notice]:
    failed = ProcrastinateJob.objects.filter(status="failed").count()
    if failed:
        href = reverse("staff-web:jobs") + "?state=failed"
        yield Notice("bad", f"{failed} failed jobs", "They were tried again and gave up.", href, "Show them")


def _find_users(text: str, limit: int) -> list[Found]:
    rows = User.objects.filter(Q(public_id=text) | Q(name__icontains=text) | Q(email__icontains=text))
    return [
        Found(u.get_full_name(), f"{u.email}, {u.get_staff_role_display()}", _user_href(u))
        for u in rows.order_by("name", "pk")[:limit]
    ]


PARTS = [Adds("dashboard-stats", 70, _job_stats)]
NOTICES = [people.waiting, _failed]
FINDERS = [Finder("Users", 90, _find_users)]
urls = [
    path("users/", users, name="users"),
    path("users/<str:public_id>/", user, name="user"),
    path("users/<str:public_id>/grant/", people.grant, name="grant"),
    path("approvals/", people.queue, name="approvals"),
    path("approvals/<str:public_id>/", people.approval, name="approval"),
    path("approvals/<str:public_id>/decide/", people.decide, name="decide"),
    path("audit/", audit, name="audit"),
    path("jobs/", jobs, name="jobs"),
    path("jobs/<int:number>/", job, name="job"),
]
