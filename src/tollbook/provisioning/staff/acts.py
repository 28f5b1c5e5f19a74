"""What staff do to a service or an operation, each by a post of a form on its page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.base import clock
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.provisioning import actions, by_hand, following, queries, running
from tollbook.provisioning.models import Operation, Service
from tollbook.provisioning.rules import Reason
from tollbook.web.forms import acted

#: Who switches services by hand.
SWITCHERS = (StaffRole.SUPPORT, StaffRole.BILLING, StaffRole.ADMINISTRATOR)


def who(request: HttpRequest) -> dict[str, str]:
    """Who acts, for the audit trail."""
    return {"actor": request.user.email if isinstance(request.user, User) else "", "door": "staff"}


def may_act(request: HttpRequest, *roles: StaffRole) -> bool:
    """Whether the reader switches services (or has one of these roles); forms are shown to nobody else."""
    return isinstance(request.user, User) and request.user.staff_role in (roles or SWITCHERS)


def _reason(request: HttpRequest) -> Reason:
    return Reason(request.POST["reason"]) if request.POST.get("reason") in set(Reason) else Reason.STAFF


Act = Callable[[HttpRequest, str], Any]
SERVICE: dict[str, tuple[Act, str]] = {
    "stop": (
        lambda r, i: actions.stop(i, reason=Reason.STAFF, at=clock.now(), note=r.POST.get("note", ""), **who(r)),
        "It will be stopped.",
    ),
    "lift": (
        lambda r, i: actions.lift(i, reason=_reason(r), at=clock.now(), **who(r)),
        "The reason is lifted; it runs again when none is left.",
    ),
    "terminate": (
        lambda r, i: actions.terminate(i, reason=Reason.STAFF, at=clock.now(), note=r.POST.get("note", ""), **who(r)),
        "It will be ended for good.",
    ),
    "mended": (lambda r, i: following.mended(i, **who(r)), "It counts as following its plan."),
    "again": (lambda r, i: actions.provide_again(i, at=clock.now(), **who(r)), "It will be made once more."),
}


def _retry(request: HttpRequest, public_id: str) -> None:
    by_hand.retry(public_id, reason=request.POST.get("reason", ""), **who(request))
    running.run(public_id)


OPERATION: dict[str, tuple[Act, str]] = {
    "retry": (_retry, "It was tried again."),
    "complete": (
        lambda r, i: by_hand.complete(i, ref=r.POST.get("ref", ""), reason=r.POST.get("reason", ""), **who(r)),
        "It counts as done.",
    ),
    "fail": (
        lambda r, i: by_hand.fail(i, reason=r.POST.get("reason", ""), **who(r)),
        "It is given up.",
    ),
}


@require_POST
@staff_page(*SWITCHERS)
def on_service(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Do one of the acts that the page of a service offers."""
    get_object_or_404(Service, public_id=public_id)
    do, done = SERVICE[name]
    return acted(request, lambda: do(request, public_id), done, reverse("staff-provisioning:page", args=[public_id]))


@require_POST
@staff_page(*SWITCHERS)
def on_operation(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Do one of the acts that the page of an operation offers."""
    get_object_or_404(Operation, public_id=public_id)
    do, done = OPERATION[name]
    back = reverse("staff-provisioning:operation", args=[public_id])
    return acted(request, lambda: do(request, public_id), done, back)


def live_reasons(service: Service) -> list[Reason]:
    """Why a service is stopped now."""
    return queries.reasons([service]).get(service.pk, [])
