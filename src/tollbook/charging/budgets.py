"""The monthly budget of a customer: spend alerts at 50, 80 and 100 % of one amount, set and taken away together.

It has no table of its own: what it is, when it is told and what was told of it is what alerts already know.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import F, FilteredRelation, Q, QuerySet

from tollbook.base.tasks import action
from tollbook.charging.alerts import alert, end_alert, of_customer
from tollbook.charging.models import SpendAlert, SpendTold
from tollbook.charging.rules import Threshold
from tollbook.customers.models import Customer
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, minor_units, plain

#: At which percentages of its budget a customer is told.
STEPS = (Decimal(50), Decimal(80), Decimal(100))


def budget_of(customer: Customer) -> Money | None:
    """What the customer means to spend in a month, in its currency, as priced; None where it has set nothing.

    It is the amount of which the latest alert at 100 % tells; one query.
    """
    whole = _steps(customer).filter(percent=STEPS[-1]).order_by("-pk").values_list("budget", flat=True).first()
    return None if whole is None else Money(whole, customer.currency)


def at_a_glance(customer: Customer, month: date) -> tuple[Money | None, list[SpendTold]]:
    """`budget_of`, and what the customer was told of the months from `month` on, the latest first; in one query."""
    rows = SpendAlert.objects.filter(customer=customer)
    rows = rows.annotate(now=FilteredRelation("told", condition=Q(told__month__gte=month)))
    rows = rows.filter(Q(ended_at=None) | Q(now__isnull=False)).select_related("subscription__version__plan")
    found = list(rows.annotate(told_pk=F("now__pk"), told_month=F("now__month"), told_spent=F("now__spent")))
    told = [
        SpendTold(pk=each.told_pk, alert=each, month=each.told_month, spent=each.told_spent)
        for each in found
        if each.told_pk is not None
    ]
    whole = [each for each in found if each.ended_at is None and _is_whole(each, customer)]
    budget = max(whole, key=lambda each: each.pk).budget if whole else None
    return (
        None if budget is None else Money(budget, customer.currency),
        sorted(told, key=lambda each: (each.month, each.pk), reverse=True),
    )


def _is_whole(found: SpendAlert, customer: Customer) -> bool:
    return (found.subscription_id, found.percent, found.currency) == (None, STEPS[-1], customer.currency)


def is_step(found: SpendAlert, budget: Money | None) -> bool:
    """Whether an alert is one of those that make up the budget."""
    return (
        budget is not None
        and found.subscription_id is None
        and found.percent in STEPS
        and (found.budget, found.currency) == (budget.amount, budget.currency)
    )


@action
def set_budget(customer: Customer, amount: Decimal | None, *, actor: str = SYSTEM, door: str = SYSTEM) -> Money | None:
    """Let the customer be told at each of STEPS of `amount` a month, in its currency, and no more at those of the
    budget before; None: it has no budget. The same again changes nothing; of a new amount it is told anew in the same
    month.

    Refused "amount_not_positive", "too_many_places" for more places than the currency has, "too_many_alerts".
    """
    if amount is not None:
        Threshold(percent=STEPS[-1], budget=amount).check()
        if amount != round(amount, minor_units(customer.currency)):
            message = f"amount: {plain(amount)} has more places than {customer.currency}"
            raise Refused("too_many_places", message, param="amount")
    # Two at once take turns: else both would stand.
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    before = budget_of(customer)
    _end(customer, _steps(customer).exclude(budget=amount) if amount is not None else _steps(customer), actor, door)
    if amount is None:
        made = None
    else:
        for step in STEPS:
            alert(customer, Threshold(percent=step, budget=amount), actor=actor, door=door)
        made = Money(amount, customer.currency)
    if made != before:
        detail = {"amount": "" if made is None else plain(made.amount), "currency": customer.currency}
        record("budget.set", customer.public_id, actor=actor, door=door, customer_id=customer.pk, detail=detail)
    return made


def _steps(customer: Customer) -> QuerySet[SpendAlert]:
    """The live alerts of all subscriptions at one of STEPS, in the customer's currency."""
    return of_customer(customer).filter(subscription=None, percent__in=STEPS, currency=customer.currency)


def _end(customer: Customer, rows: Iterable[SpendAlert], actor: str, door: str) -> None:
    for each in rows:
        end_alert(customer, each.public_id, actor=actor, door=door)
