"""Spend alerts over the API. Served by `api`."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Amount, Body, MoneyOut, example, id_of, money, number
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.charging.alerts import alert, by_public_id, end_alert, of_customer
from tollbook.charging.budgets import STEPS, budget_of, set_budget
from tollbook.charging.estimate import month_of, spent
from tollbook.charging.models import SpendAlert
from tollbook.charging.rules import Threshold
from tollbook.customers.models import Customer
from tollbook.customers.reach import own, reached
from tollbook.kernel.errors import NotFound
from tollbook.kernel.money import plain
from tollbook.subscriptions.queries import of_customer as subscriptions_of

routes = Routes("Charges")
_MONEY = {"amount": "100.00", "currency": "EUR"}
_TOLD = {"month": "2026-06-01", "spent": {"amount": "100.42", "currency": "EUR"}, "at": "2026-06-18T10:00:00Z"}


class ToldOut(BaseModel):
    """That it was told of a month."""

    model_config = example(_TOLD)
    month: date = Field(description="The first day of the month.")
    spent: MoneyOut = Field(description="What was spent then.")
    at: datetime = Field(description="When it was told.")


class SpendAlertOut(BaseModel):
    """A threshold of a month's spend."""

    model_config = example(
        {
            "id": "alr_aaaaaaaaaaaaaaaaaaaaaaaa",
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "subscription": None,
            "limit": _MONEY,
            "percent": None,
            "budget": None,
            "ended_at": None,
            "told": [_TOLD],
        }
    )
    id: str = Field(description="Its id.")
    customer: str = Field(description="Who is told.")
    subscription: str | None = Field(description="Whose spend; null: of all subscriptions.")
    limit: MoneyOut = Field(description="The spend at which it is told, as priced.")
    percent: str | None = Field(description="Which percentage of the budget that is, if it is one.")
    budget: MoneyOut | None = Field(description="The budget.")
    ended_at: datetime | None = Field(description="Since when it is told no more.")
    told: list[ToldOut] = Field(description="Of which months it was told, the latest first.")


class SpendAlertIn(Body):
    """A threshold to be: an amount, or a percentage of a budget, in the customer's currency."""

    model_config = example({"percent": "80", "budget": "500.00"})
    subscription: Annotated[str, id_of("sub")] | None = Field(None, description="Of which subscription; left out: all.")
    amount: Amount | None = Field(None, description="At this amount.")
    percent: Annotated[Decimal, number()] | None = Field(None, description="Or at this percentage of the budget.")
    budget: Amount | None = Field(None, description="The budget.")


def _out(found: SpendAlert) -> SpendAlertOut:
    currency = found.currency
    return SpendAlertOut(
        id=found.public_id,
        customer=found.customer.public_id,
        subscription=found.subscription.public_id if found.subscription else None,
        limit=money(found.limit, currency),
        percent=None if found.percent is None else plain(found.percent),
        budget=None if found.budget is None else money(found.budget, currency),
        ended_at=found.ended_at,
        told=[
            ToldOut(month=each.month, spent=money(each.spent, currency), at=each.at)
            for each in sorted(found.told.all(), key=lambda each: each.month, reverse=True)
        ],
    )


@routes.reads("/customers/{customer_id}/spend-alerts", "customers:read", answer=list[SpendAlertOut])
def list_spend_alerts(request: ApiRequest, customer_id: str) -> list[SpendAlertOut]:
    """The alerts of a customer that still count, at most 50, with the months of which they were told."""
    rows = of_customer(reached(request, customer_id)).select_related("customer").prefetch_related("told")
    return [_out(each) for each in rows]


@routes.adds("/customers/{customer_id}/spend-alerts", "customers:write", answer=SpendAlertOut)
def add_spend_alert(request: ApiRequest, customer_id: str, spend_alert: SpendAlertIn) -> SpendAlertOut:
    """Tell the customer when it spends so much in a month; the same twice is one.

    Refused with `threshold_incomplete`, `amount_not_positive`, `too_many_alerts`.
    """
    customer, subscription = reached(request, customer_id), None
    if spend_alert.subscription is not None:
        subscription = subscriptions_of(customer).filter(public_id=spend_alert.subscription).first()
        if subscription is None:
            message = f"there is no subscription {spend_alert.subscription}"
            raise NotFound("subscription_not_found", message, param="subscription")
    threshold = Threshold(spend_alert.amount, spend_alert.percent, spend_alert.budget)
    actor = request.principal.actor
    return _out(alert(customer, threshold, subscription=subscription, actor=actor, door="api"))


@routes.adds(
    "/spend-alerts/{alert_id}/end",
    "customers:write",
    answer=SpendAlertOut,
)
def end_spend_alert(request: ApiRequest, alert_id: str) -> SpendAlertOut:
    """Tell of it no more; a repeat changes nothing."""
    customer = by_public_id(alert_id, own(request)).customer
    return _out(end_alert(customer, alert_id, actor=request.principal.actor, door="api"))


class BudgetIn(Body):
    """What a customer means to spend in a month, in its currency."""

    model_config = example({"amount": "500.00"})
    amount: Amount | None = Field(None, description="The amount, as priced; null or left out: no budget.")


class BudgetOut(BaseModel):
    """A customer's budget of a month, and how much of it is spent."""

    model_config = example(
        {
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "budget": {"amount": "500.00", "currency": "EUR"},
            "month": "2026-06-01",
            "spent": {"amount": "100.42", "currency": "EUR"},
            "told_at_percent": ["50", "80", "100"],
        }
    )
    customer: str = Field(description="Whose budget it is.")
    budget: MoneyOut | None = Field(description="What it means to spend in a month; null: nothing is set.")
    month: date = Field(description="The first day of the running month, in the customer's zone.")
    spent: MoneyOut = Field(description="What is spent in it so far, as priced, with use that is not charged yet.")
    told_at_percent: list[str] = Field(description="At which percentages the customer is told (`spend.alert`).")


def _budget_out(customer: Customer) -> BudgetOut:
    budget, at = budget_of(customer), clock.now()
    this = month_of(at, customer.zone)
    total = sum((amount for (_, month), amount in spent(customer, at).items() if month == this), Decimal(0))
    return BudgetOut(
        customer=customer.public_id,
        budget=None if budget is None else money(budget.amount, budget.currency),
        month=this,
        spent=money(total, customer.currency),
        told_at_percent=[plain(step) for step in STEPS] if budget else [],
    )


@routes.reads("/customers/{customer_id}/budget", "customers:read", answer=BudgetOut)
def get_budget(request: ApiRequest, customer_id: str) -> BudgetOut:
    """The budget of a customer, and what is spent of it in the running month."""
    return _budget_out(reached(request, customer_id))


@routes.replaces("/customers/{customer_id}/budget", "customers:write", answer=BudgetOut)
def put_budget(request: ApiRequest, customer_id: str, budget: BudgetIn) -> BudgetOut:
    """Set the budget of a month, or take it away; the customer is told when 50, 80 and 100 % of it are spent.

    Nothing is stopped. Refused with `amount_not_positive`, `too_many_places`, `too_many_alerts`.
    """
    customer = reached(request, customer_id)
    set_budget(customer, budget.amount, actor=request.principal.actor, door="api")
    return _budget_out(customer)
