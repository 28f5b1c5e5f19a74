"""Credit that comes again: a plan's cycles, each given once, in order, also when the run comes late.

A cycle is a grant of its own. What it takes over of the cycles before is part of its amount, and what those had left
goes where expired credit goes: what was granted is always what was used, what expired and what is left.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, Sum

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import POSTING_PLACES, Money, plain, round_to
from tollbook.kernel.period import midnight
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import zone_info
from tollbook.ledger.rules import AccountKind, Slot
from tollbook.wallets.actions import KEY_LIMIT, credit_locked, expire_locked
from tollbook.wallets.holds import lapse_locked
from tollbook.wallets.locks import locked
from tollbook.wallets.models import Grant, GrantPlan, Movement, Wallet
from tollbook.wallets.rules import carried_over, cycle_start

ZERO = Decimal(0)
MOST_CYCLES = 10_000
# What the columns hold; steps and lives beyond are typing errors rather than wishes.
MOST_STEPS = {"months": 1200, "days": 3660}
MOST_LIFE_DAYS = 32_767
MOST_PRIORITY = 32_767


@dataclass(frozen=True, slots=True)
class Cycle:
    """How a plan recurs: each `every` months or days from local midnight of `anchor` on.

    at_most    at most this much of what is left of earlier cycles is taken over (None: they keep it; 0: a reset)
    at_least   and at least so much, given anew where less is left; not above the plan's amount
    life_days  the credit of a cycle expires so many days after it began; None: not by itself
    ends_at    no cycle begins at or after this instant
    """

    anchor: date
    every: int = 1
    unit: str = "months"
    at_most: Decimal | None = ZERO
    at_least: Decimal = ZERO
    life_days: int | None = None
    ends_at: datetime | None = None


@action
def plan_grants(
    wallet_id: int,
    amount: Money,
    cycle: Cycle,
    *,
    key: str,
    name: str,
    priority: int = 50,
    at: datetime | None = None,
) -> GrantPlan:
    """Give `amount` in every cycle from now on, once per `key`; the cycles are given by `recur_due`.

    An anchor that has passed only sets the rhythm: the first cycle is the next one that begins at or after `at`, or on
    the local day of `at`. Refused "currency_mismatch", "amount_not_positive", "wallet_key_conflict", "every_wrong",
    "unit_unknown", "rollover_wrong", "life_wrong", "priority_wrong", "nothing_recurs".
    """
    wallet, at = locked(wallet_id), at or clock.now()
    key, name = clean_text(key, "key", KEY_LIMIT), clean_text(name, "name", 200)
    value = _checked(wallet, amount, priority)
    _check_rhythm(cycle)
    _check_rollover(cycle, value)
    terms = {
        "name": name, "amount": value, "priority": priority, "every": cycle.every, "unit": cycle.unit,
        "anchor": cycle.anchor, "at_least": round_to(cycle.at_least, POSTING_PLACES),
        "at_most": None if cycle.at_most is None else round_to(cycle.at_most, POSTING_PLACES),
        "life_days": cycle.life_days,
    }  # fmt: skip
    if earlier := wallet.grant_plans.filter(key=key).first():
        if any(getattr(earlier, field) != given for field, given in terms.items()):
            raise Refused("wallet_key_conflict", f"key: {key} already names another plan", param="key")
        return earlier
    made = GrantPlan(wallet=wallet, key=key, zone=wallet.customer.zone, ends_at=cycle.ends_at, created_at=at, **terms)
    _set_next(made, _first_number(made, at))
    if made.next_at is None:
        message = f"ends_at: no cycle begins before {cycle.ends_at}"
        raise Refused("nothing_recurs", message, param="ends_at")
    made.save()
    return made


def _checked(wallet: Wallet, amount: Money, priority: int) -> Decimal:
    if amount.currency != wallet.currency:
        message = f"the wallet holds {wallet.currency}, not {amount.currency}"
        raise Refused("currency_mismatch", message, param="currency")
    value = round_to(amount.amount, POSTING_PLACES)
    if value <= 0:
        raise Refused("amount_not_positive", f"amount: {amount.amount} must be more than zero", param="amount")
    if not 0 <= priority <= MOST_PRIORITY:
        raise Refused("priority_wrong", f"priority {priority}: give 0 to {MOST_PRIORITY}", param="priority")
    return value


def _check_rhythm(cycle: Cycle) -> None:
    if cycle.unit not in MOST_STEPS:
        raise Refused("unit_unknown", f"unit {cycle.unit}: give months or days", param="unit")
    most = MOST_STEPS[cycle.unit]
    if not 1 <= cycle.every <= most:
        raise Refused("every_wrong", f"every {cycle.every}: give 1 to {most} {cycle.unit}", param="every")
    if cycle.life_days is not None and not 1 <= cycle.life_days <= MOST_LIFE_DAYS:
        message = f"life_days {cycle.life_days}: give 1 to {MOST_LIFE_DAYS}, or none"
        raise Refused("life_wrong", message, param="life_days")


def _check_rollover(cycle: Cycle, value: Decimal) -> None:
    if not 0 <= cycle.at_least <= value:
        message = f"at_least {cycle.at_least}: give 0 to {plain(value)}, what each cycle gives"
        raise Refused("rollover_wrong", message, param="at_least")
    if cycle.at_most is None and cycle.at_least:
        raise Refused("rollover_wrong", "at_least: it needs an at_most", param="at_least")
    if cycle.at_most is not None and cycle.at_most < cycle.at_least:
        message = f"at_most {cycle.at_most}: give at_least ({cycle.at_least}) or more"
        raise Refused("rollover_wrong", message, param="at_most")


def _first_number(plan: GrantPlan, at: datetime) -> int:
    """The first cycle that begins on the local day of `at` or later: an anchor of today means today."""
    today = midnight(at.astimezone(zone_info(plan.zone)).date(), plan.zone)
    low, high = 0, 1
    while _start(plan, high) < today:
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        if _start(plan, middle) < today:
            low = middle + 1
        else:
            high = middle
    return low


def _start(plan: GrantPlan, number: int) -> datetime:
    return cycle_start(plan.anchor, plan.every, plan.unit, number, plan.zone)


def _set_next(plan: GrantPlan, number: int) -> None:
    plan.next_number = number
    following = _start(plan, number)
    plan.next_at = following if plan.ends_at is None or following < plan.ends_at else None


@action
def stop(plan_id: str, *, at: datetime | None = None) -> GrantPlan:
    """No further cycle of the plan (a public id) begins; what it has given stays. A repeat changes nothing."""
    wallet_id = GrantPlan.objects.filter(public_id=plan_id).values_list("wallet_id", flat=True).first()
    if wallet_id is None:
        raise NotFound("grant_plan_not_found", f"there is no grant plan {plan_id}", param="grant_plan")
    locked(wallet_id)
    plan: GrantPlan = GrantPlan.objects.get(public_id=plan_id)
    if plan.next_at is not None:
        plan.ends_at, plan.next_at = at or clock.now(), None
        plan.save(update_fields=["ends_at", "next_at"])
    return plan


def recur_due(until: datetime) -> int:
    """Give every cycle that has begun by `until`, the earliest first; returns how many.

    Each is a transaction of its own, so that what was given stays given when the run is killed. Two runs at once give
    each cycle once: who has the wallet's lock sees which cycle comes next.
    """
    given = 0
    due = GrantPlan.objects.filter(next_at__lte=until).order_by("next_at", "pk").values_list("pk", "wallet_id")
    for _ in range(MOST_CYCLES):
        first = due.first()
        if first is None:
            break
        given += _recur(*first, until)
    return given


@action
def _recur(plan_id: int, wallet_id: int, until: datetime) -> bool:
    """Give the plan's next cycle if it has begun by `until`."""
    wallet = locked(wallet_id)
    plan: GrantPlan = GrantPlan.objects.get(pk=plan_id)
    if plan.next_at is None or plan.next_at > until:
        return False
    at, number = plan.next_at, plan.next_number
    lapse_locked(wallet, at)
    earlier = plan.grants.filter(remaining__gt=0).filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at))
    left = earlier.aggregate(sum=Sum("remaining"))["sum"] or ZERO
    # The first cycle has none before it of which at least so much could be there.
    carried = carried_over(left, plan.at_least, plan.at_most) if plan.grants.exists() else ZERO
    if plan.at_most is not None:
        earlier.update(expires_at=at)
    expires_at = None if plan.life_days is None else at + timedelta(days=plan.life_days)
    grant = Grant(
        kind=Grant.Kind.GIVEN, key=f"{plan.public_id}:{number}", name=plan.name, priority=plan.priority,
        expires_at=expires_at, plan=plan, cycle=number, carried=carried,
    )  # fmt: skip
    source = Slot(AccountKind.PROMOTION, wallet.currency)
    credit_locked(wallet, Movement.Kind.GRANT, plan.amount + carried, source, grant, at)
    # Only now that the new credit is there: what holds reserve is reserved of it, so the old can go; and a wallet that
    # is filled again at the same instant has not become low.
    expire_locked(wallet, at)
    _set_next(plan, number + 1)
    plan.save(update_fields=["next_number", "next_at"])
    return True
