"""Services and operations, read."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tollbook.base import clock
from tollbook.catalog.models import Plan
from tollbook.kernel.errors import NotFound
from tollbook.provisioning.models import Connection, Delivery, Operation, Service, Stop
from tollbook.provisioning.rules import LIVE, OPEN, Reason, State, Verb


def services_of(subscription_id: int) -> QuerySet[Service]:
    """The services of a subscription (row id), the oldest first, over or not."""
    return _rows().filter(subscription_id=subscription_id).order_by("pk")


def services_of_customer(customer_id: int) -> QuerySet[Service]:
    """The services of a customer (row id), over or not, in the order in which charging locks their subscriptions."""
    return _rows().filter(customer_id=customer_id).order_by("subscription__started_at", "subscription_id", "pk")


def _rows() -> QuerySet[Service]:
    return Service.objects.select_related("customer", "subscription__version__plan__product", "connection")


def live(rows: QuerySet[Service]) -> QuerySet[Service]:
    """Those of them that run, or will, and are not to end."""
    return rows.filter(state__in=LIVE, ending_at__isnull=True)


def by_public_id(public_id: str, customer_id: int | None = None) -> Service:
    """The service with that id, of that customer (row id) if one is given; NotFound "service_not_found"."""
    rows = _rows().filter(public_id=public_id)
    found = (rows if customer_id is None else rows.filter(customer_id=customer_id)).first()
    if found is None:
        raise NotFound("service_not_found", f"there is no service {public_id}", param="service")
    return found


def operation(public_id: str) -> Operation:
    """The operation with that id; NotFound "operation_not_found"."""
    found = Operation.objects.select_related("service__customer", "service__connection").filter(public_id=public_id)
    if (first := found.first()) is None:
        raise NotFound("operation_not_found", f"there is no operation {public_id}", param="operation")
    return first


def connection(public_id: str) -> Connection:
    """The connection with that id; NotFound "connection_not_found"."""
    found = Connection.objects.select_related("brand").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("connection_not_found", f"there is no connection {public_id}", param="connection")
    return found


def delivery_of(plan: Plan) -> Delivery | None:
    """What the plan delivers; None where it is an agreement only."""
    return Delivery.objects.select_related("connection").filter(plan=plan).first()


def reasons(services: Iterable[Service]) -> dict[int, list[Reason]]:
    """Why each of these services is stopped now, by row id, the first reason first; nothing for those that are not."""
    found: dict[int, list[Reason]] = defaultdict(list)
    rows = Stop.objects.filter(service__in=[s.pk for s in services], lifted_at__isnull=True).order_by("pk")
    for service_id, reason in rows.values_list("service_id", "reason"):
        found[service_id].append(Reason(reason))
    return found


def stopped(service: Service) -> bool:
    """Whether there is a reason for which the service is stopped."""
    return Stop.objects.filter(service=service, lifted_at__isnull=True).exists()


def open_operations(service: Service) -> QuerySet[Operation]:
    """What is still to be done to a service, in its order."""
    return Operation.objects.filter(service=service, progress__in=OPEN).order_by("number")


def _in_front() -> QuerySet[Operation]:
    """Open operations of the same service that must end before one; a change that waits for people is passed by."""
    rows = Operation.objects.filter(
        service=OuterRef("service"), number__lt=OuterRef("number"), progress__in=OPEN
    ).exclude(verb=Verb.CHANGE, queued_at__isnull=False)
    return rows


def heads() -> QuerySet[Operation]:
    """Open operations that nothing of their service stands in front of and that go on by themselves."""
    return Operation.objects.filter(next_at__isnull=False).exclude(Exists(_in_front()))


def due(at: datetime, limit: int) -> list[str]:
    """Public ids of operations whose turn has come at `at`, those that wait longest first."""
    rows = heads().filter(next_at__lte=at).order_by("next_at", "pk")
    return list(rows.values_list("public_id", flat=True)[:limit])


def next_of(operation: Operation) -> str | None:
    """The public id of what comes next for the service of an operation, if its turn has come."""
    rows = heads().filter(service=operation.service_id, next_at__lte=clock.now()).order_by("number")
    return rows.values_list("public_id", flat=True).first()


def next_due() -> datetime | None:
    """The earliest instant at which an operation's turn comes; None: none waits."""
    return heads().order_by("next_at").values_list("next_at", flat=True).first()


def for_people() -> QuerySet[Operation]:
    """Operations that people have to look at, those that wait longest first."""
    rows = Operation.objects.filter(queued_at__isnull=False).select_related("service__customer", "service__connection")
    return rows.order_by("queued_at", "pk")


def unfit() -> QuerySet[Service]:
    """Services that cannot follow the plan of their subscription by themselves, the oldest first."""
    return live(_rows()).exclude(unfit="").order_by("pk")


def waits_for_people() -> int:
    """How many operations and services people have to look at."""
    return for_people().count() + unfit().count()


def outlived(at: datetime) -> QuerySet[Service]:
    """Services whose subscription has ended at `at` and that are not said to end."""
    rows = Service.objects.select_related("subscription").filter(ending_at__isnull=True)
    return (
        rows.filter(subscription__ended_at__lte=at)
        .exclude(state=State.TERMINATED)
        .order_by("subscription__ended_at", "pk")
    )


def next_end() -> datetime | None:
    """When the next subscription ends whose service is not said to end; None: none does."""
    rows = Service.objects.filter(ending_at__isnull=True, subscription__ended_at__isnull=False)
    found = rows.exclude(state=State.TERMINATED).order_by(F("subscription__ended_at"))
    return found.values_list("subscription__ended_at", flat=True).first()


def found_by(text: str) -> QuerySet[Service]:
    """Services with that id or ref, or of that name or customer."""
    match = Q(public_id=text) | Q(ref=text) | Q(name__icontains=text) | Q(customer__name__icontains=text)
    return _rows().filter(match).order_by("-created_at", "-pk")
