"""Staff who look at the customer portal as a customer sees it: to read, for an hour, with a reason, and noted."""

import time
from datetime import timedelta

from django.http import HttpRequest

from tollbook.base.tasks import action
from tollbook.customers.models import Customer, Membership
from tollbook.identity.audit import record
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.text import clean_text

VISITORS = (StaffRole.SUPPORT, StaffRole.BILLING, StaffRole.ADMINISTRATOR)
LONGEST = timedelta(hours=1)
_KEY = "visit"


@action
def begin(request: HttpRequest, customer: Customer, reason: str) -> None:
    """From now on the reader, who is staff, sees the portal of that customer. Refused with a code of `kernel.text`
    without a reason.
    """
    detail = {"reason": clean_text(reason, "reason", 200)}
    record(
        "customer.visit", customer.public_id, actor=str(request.user), door="staff", customer_id=customer.pk,
        detail=detail,
    )  # fmt: skip
    request.session[_KEY] = {"customer": customer.public_id, "until": time.time() + LONGEST.total_seconds()}


@action
def end(request: HttpRequest) -> str:
    """End the visit; the id of the customer that was visited, empty where there was none."""
    kept = request.session.pop(_KEY, None)
    customer = Customer.objects.filter(public_id=kept["customer"]).first() if kept else None
    if customer is None:
        return ""
    record("customer.visit_ended", customer.public_id, actor=str(request.user), door="staff", customer_id=customer.pk)
    return str(customer.public_id)


def visited(request: HttpRequest) -> Membership | None:
    """The visitor's part in the account that is visited: it only reads, so that no page that acts is there. None for
    everybody else, and when the hour is over.
    """
    kept, user = request.session.get(_KEY), request.user
    if kept is None or not isinstance(user, User) or user.staff_role not in VISITORS or time.time() >= kept["until"]:
        return None
    rows = Customer.objects.select_related("brand", "group", "profile")
    customer = rows.filter(public_id=kept["customer"]).first()
    return None if customer is None else Membership(customer=customer, user=user, role=Membership.Role.READ_ONLY)
