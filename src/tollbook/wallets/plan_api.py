"""Over the API: credit that comes again, and what a wallet does when it is low or empty. Served by `api`."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Amount, Body, Day, Instant, MoneyIn, MoneyOut, example, money, one_of, text
from tollbook.api.once import effect_key
from tollbook.api.policy import ApiRequest
from tollbook.identity.audit import record
from tollbook.identity.models import StaffRole
from tollbook.kernel.money import Money
from tollbook.wallets import queries
from tollbook.wallets.models import GrantPlan, Wallet
from tollbook.wallets.recurring import Cycle, plan_grants, stop
from tollbook.wallets.rules import AtZero
from tollbook.wallets.top_ups import ask_below, decide_at_zero

KEEPERS = (StaffRole.BILLING, StaffRole.FINANCE)
_MONEY = {"amount": "10.00", "currency": "EUR"}


class GrantPlanIn(MoneyIn):
    """Credit that is given again in each cycle."""

    model_config = example({**_MONEY, "name": "Monthly credit", "anchor": "2026-05-01", "every": 1, "unit": "months"})
    name: Annotated[str, text(200)] = Field(description="What the customer reads.")
    anchor: Day = Field(description="The first cycle begins on this day, in the customer's zone; if past: the rhythm.")
    every: int = Field(1, description="How many months or days a cycle has.")
    unit: Annotated[str, one_of("months", "days")] = Field("months", description="months or days.")
    priority: int = Field(50, description="Lower burns first.")
    at_most: Amount | None = Field(
        Decimal(0), description="At most so much of what is left goes on into the next cycle; null: all, 0: nothing."
    )
    at_least: Amount = Field(Decimal(0), description="At least so much does, given anew where less is left.")
    life_days: int | None = Field(None, description="The credit of a cycle expires after so many days; null: never.")
    ends_at: Instant | None = Field(None, description="No cycle begins at or after this instant; null: no end.")


class GrantPlanOut(BaseModel):
    """Credit that is given again in each cycle."""

    model_config = example(
        {
            "id": "gpl_aaaaaaaaaaaaaaaaaaaaaaaa",
            "wallet": "wal_aaaaaaaaaaaaaaaaaaaaaaaa",
            "name": "Monthly credit",
            "amount": _MONEY,
            "priority": 50,
            "anchor": "2026-05-01",
            "every": 1,
            "unit": "months",
            "at_most": {"amount": "0.00", "currency": "EUR"},
            "at_least": {"amount": "0.00", "currency": "EUR"},
            "life_days": None,
            "ends_at": None,
            "next_at": "2026-05-01T00:00:00Z",
            "created_at": "2026-04-20T08:00:00Z",
        }
    )
    id: str = Field(description="Its id.")
    wallet: str = Field(description="The wallet.")
    name: str = Field(description="What the customer reads.")
    amount: MoneyOut = Field(description="What each cycle gives, apart from what goes on of the one before.")
    priority: int = Field(description="Lower burns first.")
    anchor: date = Field(description="The day from which cycles are counted.")
    every: int = Field(description="How many months or days a cycle has.")
    unit: str = Field(description="months or days.")
    at_most: MoneyOut | None = Field(description="At most so much of what is left goes on; null: all.")
    at_least: MoneyOut = Field(description="At least so much does.")
    life_days: int | None = Field(description="Days until the credit of a cycle expires; null: never.")
    ends_at: datetime | None = Field(description="No cycle begins at or after this instant.")
    next_at: datetime | None = Field(description="When it renews; null: it gives no more.")
    created_at: datetime = Field(description="When it was made.")


class GrantPlanStopIn(Body):
    """Why a plan is stopped."""

    model_config = example({"reason": "The contract ended"})
    reason: Annotated[str, text(300, required=False)] = Field("", description="For the audit trail.")


class LevelIn(Body):
    """What a wallet does when it is low or empty."""

    model_config = example({"threshold": "5.00", "top_up_amount": "50.00", "at_zero": "grace", "grace_hours": 24})
    threshold: Amount | None = Field(None, description="A top-up is asked for at or below it; null: never.")
    top_up_amount: Amount | None = Field(None, description="How much is asked for then.")
    at_zero: Annotated[str, one_of(*(p.value for p in AtZero))] = Field(
        "overage", description="refuse: new use is refused; suspend: at once; grace: after hours; overage: invoiced."
    )
    grace_hours: int = Field(0, description="Hours until services are suspended, with grace.")


class LevelOut(BaseModel):
    """What a wallet does when it is low or empty, and what it asks for now."""

    model_config = example(
        {
            "threshold": {"amount": "5.00", "currency": "EUR"},
            "top_up_amount": {"amount": "50.00", "currency": "EUR"},
            "at_zero": "grace",
            "grace_hours": 24,
            "asked_since": None,
            "asked_amount": None,
            "request": None,
        }
    )
    threshold: MoneyOut | None = Field(description="A top-up is asked for at or below it; null: never.")
    top_up_amount: MoneyOut | None = Field(description="How much is asked for then.")
    at_zero: str = Field(description="refuse, suspend, grace or overage.")
    grace_hours: int = Field(description="Hours until services are suspended, with grace.")
    request: str | None = Field(description="The top-up that is asked for now.")
    asked_amount: MoneyOut | None = Field(description="How much it asks for.")
    asked_since: datetime | None = Field(description="Since when.")


def plan_out(plan: GrantPlan) -> GrantPlanOut:
    """A plan with its wallet loaded, as the API shows it."""
    currency = plan.wallet.currency
    return GrantPlanOut(
        id=plan.public_id,
        wallet=plan.wallet.public_id,
        name=plan.name,
        amount=money(plan.amount, currency),
        priority=plan.priority,
        anchor=plan.anchor,
        every=plan.every,
        unit=plan.unit,
        at_most=None if plan.at_most is None else money(plan.at_most, currency),
        at_least=money(plan.at_least, currency),
        life_days=plan.life_days,
        ends_at=plan.ends_at,
        next_at=plan.next_at,
        created_at=plan.created_at,
    )


def level_out(wallet: Wallet) -> LevelOut:
    """What a wallet does when it is low or empty."""
    request = queries.open_request(wallet)
    limit, amount, currency = wallet.threshold, wallet.top_up_amount, wallet.currency
    return LevelOut(
        threshold=None if limit is None else money(limit, currency),
        top_up_amount=None if amount is None else money(amount, currency),
        at_zero=wallet.at_zero,
        grace_hours=wallet.grace_hours,
        request=request.public_id if request else None,
        asked_amount=money(request.amount, currency) if request else None,
        asked_since=request.opened_at if request else None,
    )


def add_plan(request: ApiRequest, wallet: Wallet, asked: GrantPlanIn) -> GrantPlan:
    """Make the plan that is asked for, and note who did."""
    cycle = Cycle(
        asked.anchor, asked.every, asked.unit, asked.at_most, asked.at_least, asked.life_days, asked.ends_at
    )  # fmt: skip
    amount = Money(asked.amount, asked.currency)
    key = effect_key(request)
    made: GrantPlan = plan_grants(wallet.pk, amount, cycle, key=key, name=asked.name, priority=asked.priority)
    _note(request, "grant_plan.add", made.public_id, wallet, {"amount": str(made.amount), "currency": wallet.currency})
    return made


def stop_plan(request: ApiRequest, plan: GrantPlan, reason: str) -> GrantPlan:
    """Stop a plan, and note who did."""
    stopped: GrantPlan = stop(plan.public_id)
    _note(request, "grant_plan.stop", plan.public_id, plan.wallet, {"reason": reason})
    return stopped


def set_level(request: ApiRequest, wallet: Wallet, asked: LevelIn) -> Wallet:
    """Set what a wallet does when it is low or empty, and note who did."""
    ask_below(wallet.pk, asked.threshold, asked.top_up_amount)
    changed: Wallet = decide_at_zero(wallet.pk, AtZero(asked.at_zero), asked.grace_hours)
    _note(request, "wallet.level", wallet.public_id, wallet, asked.model_dump(mode="json"))
    return changed


def _note(request: ApiRequest, verb: str, subject: str, wallet: Wallet, detail: dict[str, object]) -> None:
    actor = request.principal.actor
    record(verb, subject, actor=actor, door="api", customer_id=wallet.customer_id, detail=detail)
