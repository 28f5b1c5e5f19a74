"""Changing the plan of a subscription: said once, in force from any instant on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tollbook.base import clock, discovery
from tollbook.base.tasks import action
from tollbook.catalog.models import PlanVersion, PriceBook
from tollbook.kernel.errors import Refused
from tollbook.kernel.text import clean_text
from tollbook.subscriptions.actions import Words, check_contract, locked, news, say
from tollbook.subscriptions.models import Phase, Subscription
from tollbook.subscriptions.queries import history, schedule_of
from tollbook.subscriptions.rules import Stage

CHUNK = 200
_KEY_LIMIT = 160


@action
def change(public_id: str, version: PlanVersion, at: datetime, *, key: str, reason: str = "") -> Subscription:
    """Let `version` count from `at` on, in the future or the past, once per `key`; what was said before of the time
    from `at` on no longer counts.

    Charging makes good the difference when the clock is there: unused time of the old plan is credited where its price
    says so, the new plan is charged for its part. Refused "change_key_conflict" (the key made another change),
    "changes_before_start", "changes_after_end", "subscription_ended", "other_brand", "no_prices" (the version has no
    prices in the subscription's book), "contract_needs_fee" (a fixed contract, and no recurring fee), "same_plan" (it
    counts then already, and nothing later replaces it).
    """
    subscription = locked(public_id)
    key = clean_text(key, "key", _KEY_LIMIT)
    earlier = Phase.objects.filter(subscription=subscription, key=key).first()
    if earlier is not None:
        if (earlier.version_id, earlier.starts_at) != (version.pk, at):
            message = f"key: {key} is another change, to {earlier.version} from {earlier.starts_at.isoformat()}"
            raise Refused("change_key_conflict", message, param="key")
        return subscription
    _check_time(subscription, at)
    if version.plan.product.brand_id != subscription.customer.brand_id:
        raise Refused("other_brand", "the plan belongs to another brand than the customer", param="plan")
    _check_prices(version, subscription.book)
    check_contract(subscription.customer, version, subscription.book)
    stages = [stage for stage, _ in history(subscription)]
    counts = next(stage for stage in stages if at in stage)
    if counts.version_id == version.pk and counts is stages[-1]:
        raise Refused("same_plan", f"plan: {version} counts at {at.isoformat()} already", param="plan")
    # A change that is made while it is suspended does not resume it.
    say(subscription, [Words(version.pk, subscription.book_id, at, key, reason, counts.fees, counts.use)])
    news("changed", subscription, version, at)
    return subscription


def _check_time(subscription: Subscription, at: datetime) -> None:
    began, ended = subscription.started_at, subscription.ended_at
    if at < began:
        message = f"at: {at.isoformat()} is before {began.isoformat()}, when the subscription began: give a later one"
        raise Refused("changes_before_start", message, param="at")
    if ended is not None and ended <= clock.now():
        message = f"subscription: {subscription.public_id} ended at {ended.isoformat()}; start a new one"
        raise Refused("subscription_ended", message, param="subscription")
    if ended is not None and at >= ended:
        message = f"at: {at.isoformat()} is not before {ended.isoformat()}, when the subscription ends"
        raise Refused("changes_after_end", message, param="at")


def _check_prices(version: PlanVersion, book: PriceBook) -> None:
    if not version.prices.filter(book=book).exists():
        message = f"plan: {version} has no prices in {book.currency} in the price book of the subscription"
        raise Refused("no_prices", message, param="plan")


@dataclass(frozen=True, slots=True)
class RolledOut:
    """How many subscriptions a roll-out moved to the version, and how many of them it passed over."""

    changed: int = 0
    passed_over: int = 0


def roll_out(version: PlanVersion) -> RolledOut:
    """Let a published version count for those who have an older version of its plan, as its scope says.

    "now": from `valid_from` on; "renewal": from the first border of a period at or after it; "new": for nobody. Works
    in chunks, each one transaction; killed half way, the next run goes on; a second run changes nothing. Subscriptions
    that end before, or that the version has no prices for in their book, are passed over. Must not be called inside a
    transaction that should be short.

    Refused by a room's `gates.may_roll_out`, before anybody is moved; a roll-out that has begun goes on.
    """
    if version.scope == PlanVersion.Scope.NEW:
        return RolledOut()
    changed = passed_over = after = 0
    if waiting_for(version, after) and not Phase.objects.filter(key=_roll_out_key(version)).exists():
        _ask_gates(version)
    while chunk := waiting_for(version, after):
        for_them = _move_chunk(version, chunk)
        changed, passed_over, after = changed + for_them, passed_over + len(chunk) - for_them, chunk[-1]
    return RolledOut(changed, passed_over)


def _ask_gates(version: PlanVersion) -> None:
    """Have the rooms above look at a version before it counts for those who have another one: a room's `gates.py` says
    `may_roll_out(version)`, which raises Refused.
    """
    for _, module in discovery.modules("gates"):
        if hasattr(module, "may_roll_out"):
            module.may_roll_out(version)


def _roll_out_key(version: PlanVersion) -> str:
    return f"roll-out:{version.public_id}"


def waiting_for(version: PlanVersion, after: int) -> list[int]:
    """Row ids of the next CHUNK of subscriptions, after a row id, that were ever said to have an older version and were
    not moved yet.
    """
    older = Phase.objects.filter(version__plan_id=version.plan_id, version__number__lt=version.number)
    moved = Phase.objects.filter(key=_roll_out_key(version))
    rows = (
        Subscription.objects.filter(pk__gt=after, pk__in=older.values("subscription"))
        .exclude(pk__in=moved.values("subscription"))
        .filter(Q(ended_at=None) | Q(ended_at__gt=version.valid_from))
    )
    return list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])


@action
def _move_chunk(version: PlanVersion, chunk: Sequence[int]) -> int:
    rows = Subscription.objects.select_for_update(of=("self",)).select_related("customer", "book").filter(pk__in=chunk)
    return sum(move(subscription, version) for subscription in rows.order_by("customer_id", "started_at", "pk"))


def move(subscription: Subscription, version: PlanVersion) -> bool:
    """Say of a locked subscription, with customer and book, that the version counts as its scope says; whether anything
    was to be said. For `roll_out`, and to see what it would bring.
    """
    at = _when(subscription, version)
    if Phase.objects.filter(subscription=subscription, key=_roll_out_key(version)).exists():
        return False
    stages = [
        (stage, phase.version)
        for stage, phase in history(subscription)
        if (stage.end is None or stage.end > at) and (stage.end is None or stage.end > stage.start)
    ]
    said: list[Words] = []
    for stage, now_counts in stages:
        older = now_counts.plan_id == version.plan_id and now_counts.number < version.number
        fits = older and version.prices.filter(book_id=stage.book_id).exists()
        said.append(_kept(stage, version.pk if fits else stage.version_id, at))
    if all(words.version_id == stage.version_id for words, (stage, _) in zip(said, stages, strict=True)):
        return False
    # The key stands on the first of them: all are said together, or none.
    first = said[0]
    reason = f"version {version.number} for everybody"
    say(subscription, [first._replace(key=_roll_out_key(version), reason=reason), *said[1:]])
    return True


def _kept(stage: Stage, version_id: int, at: datetime) -> Words:
    """What is said of a stage from `at` on: changes that were planned for later stay planned."""
    return Words(version_id, stage.book_id, max(at, stage.start), "", "planned before", stage.fees, stage.use)


def _when(subscription: Subscription, version: PlanVersion) -> datetime:
    """When the version begins for the subscription: not before the subscription."""
    at = max(version.valid_from, subscription.started_at)
    if version.scope == PlanVersion.Scope.NOW:
        return at
    whole = schedule_of(subscription).whole(at)
    return at if whole.start == at else whole.end
