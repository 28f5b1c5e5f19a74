"""What services show on pages of other rooms: the dashboard, a customer, a subscription, the search."""

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from tollbook.customers.models import Customer
from tollbook.provisioning import queries
from tollbook.provisioning.staff.services import REST, SERVICE, STATE, href
from tollbook.subscriptions.models import Subscription
from tollbook.web.panels import Notice
from tollbook.web.parts import Part, Rows, Stat
from tollbook.web.sockets import Found

SHOWN = 20
_COLUMNS = [SERVICE, STATE, *REST]


def waiting(now: datetime) -> Iterable[Stat]:
    """How much waits for people."""
    count = queries.waits_for_people()
    address = reverse("staff-provisioning:queue")
    yield Stat(
        "Provisioning for people", count, "quantity", "Refused, or without an answer", address, "warn" if count else ""
    )


def notices(request: HttpRequest) -> Iterable[Notice]:
    """That something waits for people."""
    if count := queries.waits_for_people():
        many = "" if count == 1 else "s"
        title = f"{count} operation{many} or service{many} to look at"
        text = "Services that no program can make, change, switch or end."
        yield Notice("warn", title, text, reverse("staff-provisioning:queue"), "Look at them")


def of_customer(customer: Customer) -> Iterable[Part]:
    """A customer's services."""
    rows = queries.services_of_customer(customer.pk).order_by("-created_at")[:SHOWN]
    more = ("All services", reverse("staff-provisioning:list") + f"?q={customer.name}")
    yield Rows("Services", _COLUMNS, rows, "Nothing runs for this customer.", more)


def of_subscription(subscription: Subscription) -> Iterable[Part]:
    """What is delivered under a subscription."""
    rows = list(queries.services_of(subscription.pk)[:SHOWN])
    if rows:
        yield Rows("Services", _COLUMNS, rows)


def find(text: str, limit: int) -> list[Found]:
    """Services with that id or ref, or of that name or customer."""
    rows = queries.found_by(text)[:limit]
    return [Found(s.name, f"{s.customer.name}, through {s.connection.name}", href(s), s.state) for s in rows]
