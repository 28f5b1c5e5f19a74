"""Subscriptions, read."""

from collections import defaultdict
from collections.abc import Container, Sequence
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from tollbook.base.bulk import WHOLE, Part
from tollbook.customers.models import Customer
from tollbook.subscriptions.models import Phase, Subscription
from tollbook.subscriptions.rules import Said, Schedule, Stage, stages


def of_customer(customer: Customer) -> QuerySet[Subscription]:
    """The customer's subscriptions with their plans, oldest first."""
    return (
        Subscription.objects.filter(customer=customer)
        .select_related("version__plan__product", "book")
        .order_by("started_at", "pk")
    )


def locked_of(customer_ids: Sequence[int]) -> QuerySet[Subscription]:
    """All subscriptions of these customers (row ids), locked until the transaction ends, in the one order in which
    everybody locks several: so that no two wait for each other.
    """
    rows = Subscription.objects.select_for_update(of=("self",)).filter(customer_id__in=customer_ids)
    return rows.order_by("customer_id", "started_at", "pk")


def due(until: datetime, limit: int, done: Container[int] = (), part: Part = WHOLE) -> list[int]:
    """Row ids of at most `limit` customers of a part, not in `done`, with a subscription that falls due at or before
    `until`; those longest due first.
    """
    rows = part.of(Subscription.objects.filter(due_at__lte=until)).order_by("due_at", "customer_id")
    found: dict[int, None] = {}
    for customer_id in rows.values_list("customer_id", flat=True).iterator(chunk_size=2 * limit):
        if customer_id not in done:
            found[customer_id] = None
        if len(found) == limit:
            break
    return list(found)


def schedule_of(subscription: Subscription) -> Schedule:
    """The subscription's periods as a value; `customer` must be loaded."""
    return Schedule(
        months=subscription.months,
        anchor=subscription.anchor,
        zone=subscription.customer.zone,
        by_calendar=subscription.alignment == Subscription.Alignment.CALENDAR,
        started_at=subscription.started_at,
        ended_at=subscription.ended_at,
    )


def stages_of(subscriptions: Sequence[Subscription]) -> dict[int, list[Stage]]:
    """What is in force when, by subscription row id, the earliest first; one query."""
    said: dict[int, list[Said]] = defaultdict(list)
    rows = Phase.objects.filter(subscription__in=[s.pk for s in subscriptions]).order_by("number")
    columns = ("subscription_id", "pk", "number", "version_id", "book_id", "starts_at", "fees", "use")
    for subscription_id, *columns_of_one in rows.values_list(*columns):
        said[subscription_id].append(Said(*columns_of_one))
    return {s.pk: stages(said[s.pk], s.ended_at) for s in subscriptions}


def phases_of(subscription: Subscription) -> QuerySet[Phase]:
    """All that was said of the subscription's plan, in the order in which it was said, with the plans."""
    return (
        Phase.objects.filter(subscription=subscription)
        .select_related("version__plan__product", "book")
        .order_by("number")
    )


def history(subscription: Subscription) -> list[tuple[Stage, Phase]]:
    """What is in force when, with the phase that began it and its plan; the earliest first."""
    phases = {phase.pk: phase for phase in phases_of(subscription)}
    return [(stage, phases[stage.phase_id]) for stage in stages_of([subscription])[subscription.pk]]


def lives_on(customer: Customer, at: datetime) -> bool:
    """Whether a subscription of the customer lives at `at` or later, or has something left to charge."""
    rows = Subscription.objects.filter(customer=customer)
    return rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at) | Q(due_at__isnull=False)).exists()


def customers_living(at: datetime, after: int, limit: int) -> list[int]:
    """Row ids above `after` of customers with a subscription that lives at `at`, in order."""
    rows = Subscription.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at), customer_id__gt=after)
    return list(rows.order_by("customer_id").values_list("customer_id", flat=True).distinct()[:limit])


def count_by_state(customer: Customer) -> dict[str, int]:
    """How many subscriptions the customer has in each state."""
    rows = Subscription.objects.filter(customer=customer).order_by().values_list("state").annotate(n=Count("pk"))
    return dict(rows)
