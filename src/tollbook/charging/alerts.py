"""Spend alerts: a customer is told, once a month, that what it spends has reached a threshold; before the bill run."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.charging.estimate import spent
from tollbook.charging.models import SpendAlert, SpendTold
from tollbook.charging.rules import Threshold
from tollbook.customers.models import Customer
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.notifications.actions import News, tell_many
from tollbook.subscriptions.models import Subscription

MOST = 50
CHUNK = 500
_ZERO = Decimal(0)


@action
def alert(
    customer: Customer,
    threshold: Threshold,
    *,
    subscription: Subscription | None = None,
    actor: str = SYSTEM,
    door: str = SYSTEM,
) -> SpendAlert:
    """Tell the customer when it spends so much in a month, in its currency: of all, or of one of its subscriptions.

    What is reached already is told by the next hourly run. The same alert twice is one. Refused "foreign_subscription",
    "too_many_alerts", and as `Threshold.check`.
    """
    threshold.check()
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if subscription is not None and subscription.customer_id != customer.pk:
        message = f"subscription {subscription.public_id} is another customer's"
        raise Refused("foreign_subscription", message, param="subscription")
    live = of_customer(customer)
    same = live.filter(
        subscription=subscription, currency=customer.currency, amount=threshold.amount, percent=threshold.percent,
        budget=threshold.budget,
    ).first()  # fmt: skip
    if same is not None:
        return same
    if live.count() >= MOST:
        raise Refused("too_many_alerts", f"alerts: a customer has at most {MOST}; end one first", param="alerts")
    given = {name: value for name, value in asdict(threshold).items() if value is not None}
    made: SpendAlert = SpendAlert.objects.create(
        customer=customer, subscription=subscription, currency=customer.currency, created_at=clock.now(), **given
    )
    detail = {"limit": plain(made.limit), "currency": made.currency}
    record("spend_alert.add", made.public_id, actor=actor, door=door, customer_id=customer.pk, detail=detail)
    return made


@action
def end_alert(customer: Customer, public_id: str, *, actor: str = SYSTEM, door: str = SYSTEM) -> SpendAlert:
    """Tell of it no more; a repeat changes nothing. NotFound "alert_not_found" for none or another customer's."""
    rows = SpendAlert.objects.select_for_update(of=("self",)).filter(customer=customer, public_id=public_id)
    found = rows.first()
    if found is None:
        raise NotFound("alert_not_found", f"there is no spend alert {public_id}", param="alert")
    if found.ended_at is None:
        found.ended_at = clock.now()
        found.save(update_fields=["ended_at"])
        record("spend_alert.end", public_id, actor=actor, door=door, customer_id=customer.pk)
    return found


def of_customer(customer: Customer) -> QuerySet[SpendAlert]:
    """The customer's alerts that still count, in the order in which they were made."""
    rows = SpendAlert.objects.filter(customer=customer, ended_at__isnull=True)
    return rows.select_related("subscription__version__plan").order_by("pk")


def by_public_id(public_id: str, customer: Customer | None = None) -> SpendAlert:
    """The alert with that id, of that customer if one is given; NotFound "alert_not_found" otherwise."""
    rows = SpendAlert.objects.select_related("customer").filter(public_id=public_id)
    found = (rows if customer is None else rows.filter(customer=customer)).first()
    if found is None:
        raise NotFound("alert_not_found", f"there is no spend alert {public_id}", param="alert")
    return found


def told(customer: Customer, since: date) -> QuerySet[SpendTold]:
    """What the customer was told of the months from `since` on, the latest first."""
    rows = SpendTold.objects.filter(customer=customer, month__gte=since)
    return rows.select_related("alert__subscription__version__plan").order_by("-month", "-pk")


def tell_due(at: datetime | None = None) -> int:
    """Tell all customers whose thresholds are reached at `at` (now, if not given); how many alerts were told.

    Each customer is a transaction; one of them asks with a few queries, and customers without alerts cost nothing.
    """
    at = at or clock.now()
    made, last = 0, 0
    while chunk := list(
        SpendAlert.objects.filter(ended_at__isnull=True, customer_id__gt=last)
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
        .distinct()[:CHUNK]
    ):
        made += sum(tell(customer_id, at) for customer_id in chunk)
        last = chunk[-1]
    return made


@action
def tell(customer_id: int, at: datetime) -> int:
    """Tell a customer of the thresholds that are reached; how many. Each alert is told of a month once."""
    customer = Customer.objects.select_related("brand", "group").get(pk=customer_id)
    # Two runs at once take turns; and whoever they are, the unique key tells of a month once.
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    amounts = spent(customer, at)
    months = {month for _, month in amounts}
    reached = [
        SpendTold(alert=each, customer=customer, month=month, limit=each.limit, spent=amount, at=at)
        for each in of_customer(customer)
        for month in sorted(months)
        if each.currency == customer.currency and (amount := _amount(amounts, each, month)) >= each.limit
    ]
    made = SpendTold.objects.bulk_create(_new(reached))
    tell_many("spend.alert", [_news(each) for each in made], at)
    return len(made)


def _news(told: SpendTold) -> News:
    found = {
        "month": told.month.isoformat(),
        "spent": plain(told.spent),
        "limit": plain(told.limit),
        "currency": told.alert.currency,
    }
    return News(told.customer_id, told.alert.public_id, found)


def _amount(amounts: dict[tuple[int, date], Decimal], each: SpendAlert, month: date) -> Decimal:
    """What counts for an alert in a month."""
    mine = (amount for (pk, found), amount in amounts.items() if found == month and each.subscription_id in (None, pk))
    return sum(mine, _ZERO)


def _new(reached: Collection[SpendTold]) -> list[SpendTold]:
    rows = SpendTold.objects.filter(alert__in={each.alert_id for each in reached})
    known = set(rows.values_list("alert_id", "month"))
    return [each for each in reached if (each.alert_id, each.month) not in known]
