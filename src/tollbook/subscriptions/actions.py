"""Starting, suspending, resuming and ending subscriptions. Changing their plan is in `changes`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Max

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.catalog.models import PlanVersion, Price, PriceBook
from tollbook.catalog.queries import book_for
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.customers.rules import draws_on_wallet
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.states import move
from tollbook.kernel.times import zone_info
from tollbook.notifications.actions import tell
from tollbook.subscriptions.models import Phase, Subscription
from tollbook.subscriptions.queries import stages_of
from tollbook.subscriptions.rules import TABLE, State
from tollbook.subscriptions.settings import BILL_SUSPENDED_FEES, BILL_SUSPENDED_USE


@action
def start(
    customer: Customer,
    version: PlanVersion,
    *,
    key: str,
    at: datetime,
    months: int = 1,
    alignment: str = Subscription.Alignment.CALENDAR,
) -> Subscription:
    """Subscribe the customer to a plan version from `at` on, once per `key`.

    By calendar, the first period is the rest of the calendar period; by anchor, periods turn on the day it
    began. Refused "other_brand" for a plan of another brand, "subscription_key_conflict" for a key used with
    another plan, "contract_needs_fee" for a plan without a recurring fee under a fixed contract.
    """
    if version.plan.product.brand_id != customer.brand_id:
        raise Refused("other_brand", "the plan belongs to another brand than the customer", param="plan")
    earlier = Subscription.objects.filter(customer=customer, key=key).first()
    if earlier is not None:
        asked = earlier.phases.select_related("version").get(number=1).version
        if asked.plan_id != version.plan_id or earlier.started_at != at:
            message = f"key: {key} is another subscription ({earlier.public_id})"
            raise Refused("subscription_key_conflict", message, param="key")
        return earlier
    book = book_for(customer)
    check_contract(customer, version, book)
    # Locked against a change of the billing plan, which looks at the customer's subscriptions.
    rows = Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk)
    plan = rows.values_list("billing_plan", flat=True).get()
    made = Subscription.objects.create(
        customer=customer,
        version=version,
        book=book,
        prepaid=draws_as_used(plan, [version.pk], [book.pk]),
        key=key,
        alignment=alignment,
        months=months,
        anchor=at.astimezone(zone_info(customer.zone)).date(),
        started_at=at,
        due_at=at,
    )
    Phase.objects.create(
        subscription=made, number=1, version=version, book=book, starts_at=at, reason="began", created_at=clock.now()
    )
    news("started", made, version, at)
    return made


def news(verb: str, subscription: Subscription, version: PlanVersion, at: datetime) -> None:
    """Tell that a subscription was started, changed to `version` or ended, from `at` on."""
    told = {"plan": version.plan.name, "at": at.astimezone(UTC).isoformat()}
    tell(f"subscription.{verb}", subscription.customer_id, subscription.public_id, told)


def check_contract(customer: Customer, version: PlanVersion, book: PriceBook) -> None:
    """Refused "contract_needs_fee" for a plan without a recurring fee, where the customer has a fixed contract."""
    if customer.contract_type != Customer.ContractType.FIXED:
        return
    if not version.prices.filter(book=book, kind=Price.Kind.RECURRING).exists():
        message = f"plan: {version} has no recurring fee, and the contract is fixed; choose a plan that has one"
        raise Refused("contract_needs_fee", message, param="plan")


@action
def suspend(public_id: str) -> Subscription:
    """Stop the service for a while; Refused "invalid_transition" unless it is active.

    From now to when it is resumed, recurring fees and use are billed or not as the settings say now: what was paid in
    advance of fees that are not is credited where the price says so.
    """
    subscription = _move(public_id, "suspend")
    customer = Customer.objects.select_related("brand", "group").get(pk=subscription.customer_id)
    fees, use = (value_for(customer, key) for key in (BILL_SUSPENDED_FEES, BILL_SUSPENDED_USE))
    _bill_from_now(subscription, "suspended", fees=fees, use=use)
    return subscription


@action
def resume(public_id: str) -> Subscription:
    """Go on after a suspension; Refused "invalid_transition" unless it is suspended."""
    subscription = _move(public_id, "resume")
    _bill_from_now(subscription, "resumed", fees=True, use=True)
    return subscription


class Words(NamedTuple):
    """What is to be said of a subscription's plan: the columns of a phase."""

    version_id: int
    book_id: int
    at: datetime
    key: str
    reason: str
    fees: bool
    use: bool


def say(subscription: Subscription, said: Sequence[Words]) -> None:
    """Add phases to a locked subscription, in this order, and have charging look at them."""
    number = Phase.objects.filter(subscription=subscription).aggregate(last=Max("number"))["last"]
    made = clock.now()
    Phase.objects.bulk_create(
        Phase(
            subscription=subscription, number=number + n, version_id=each.version_id, book_id=each.book_id,
            starts_at=each.at, key=each.key, reason=each.reason, fees=each.fees, use=each.use, created_at=made,
        )
        for n, each in enumerate(said, 1)
    )  # fmt: skip
    read_again(subscription, min(each.at for each in said))
    subscription.save(update_fields=["recharge_from", "due_at", "version", "book", "prepaid"])


def _bill_from_now(subscription: Subscription, reason: str, *, fees: bool, use: bool) -> None:
    """Say of now and of all that is planned for later whether it is billed; nothing where nothing changes."""
    now = clock.now()
    stages = [s for s in stages_of([subscription])[subscription.pk] if s.end is None or s.end > now]
    if any((stage.fees, stage.use) != (fees, use) for stage in stages):
        parts = [(stage, max(now, stage.start)) for stage in stages]
        say(subscription, [Words(s.version_id, s.book_id, at, "", reason, fees, use) for s, at in parts])


@action
def end(public_id: str, at: datetime) -> Subscription:
    """End for good at `at`, in the future or the past: Refused "ends_before_started" unless after it began,
    "invalid_transition" when an end is already said.

    What falls due up to then is still charged. Charging gives back what was paid in advance of the time after it, where
    the price says so, and use after it.
    """
    subscription = locked(public_id)
    if at <= subscription.started_at:
        message = (
            f"at: {at.isoformat()} is not after {subscription.started_at.isoformat()}, when it began: give a later one"
        )
        raise Refused("ends_before_started", message, param="at")
    before = subscription.state
    subscription.state = State(move(TABLE, before, "end"))
    subscription.state_before_end = before
    subscription.ended_at = at
    _store(subscription, at, "state", "state_before_end", "ended_at")
    news("ended", subscription, subscription.version, at)
    return subscription


@action
def keep_on(public_id: str) -> Subscription:
    """Take back an end that has not come yet; Refused "no_end" when none is said, "already_ended" when it has come."""
    subscription = locked(public_id)
    ended_at, now = subscription.ended_at, clock.now()
    if ended_at is None:
        message = f"subscription: {public_id} has no end that could be taken back"
        raise Refused("no_end", message, param="subscription")
    turned = subscription.closed_until
    if ended_at <= now or (turned is not None and ended_at <= turned):
        message = f"subscription: {public_id} ended at {ended_at.isoformat()}; start a new one"
        raise Refused("already_ended", message, param="subscription")
    suspended = subscription.state_before_end == State.SUSPENDED
    subscription.state = State(move(TABLE, subscription.state, "keep_suspended" if suspended else "keep_on"))
    subscription.state_before_end = ""
    subscription.ended_at = None
    # A period that has begun may have been charged as one that ends early.
    _store(subscription, now, "state", "state_before_end", "ended_at")
    return subscription


def _store(subscription: Subscription, changed_from: datetime, *fields: str) -> None:
    read_again(subscription, changed_from)
    subscription.save(update_fields=[*fields, "recharge_from", "due_at", "version", "book", "prepaid"])


def read_again(subscription: Subscription, since: datetime) -> None:
    """Have charging read the subscription's periods from `since` on again, as soon as the clock is there; and set which
    version counts now. Saves nothing.
    """
    now = clock.now()
    subscription.recharge_from = min(filter(None, (subscription.recharge_from, since)))
    # Said of the past, it is due now: so that `check-books` knows how long it has waited.
    subscription.due_at = min(filter(None, (subscription.due_at, max(since, now))))
    stages = stages_of([subscription])[subscription.pk]
    begun = [stage for stage in stages if stage.start <= now] or stages[:1]
    subscription.version_id, subscription.book_id = begun[-1].version_id, begun[-1].book_id
    plan = subscription.customer.billing_plan
    subscription.prepaid = draws_as_used(plan, [s.version_id for s in stages], [s.book_id for s in stages])


def draws_as_used(plan: str, version_ids: Sequence[int], book_ids: Sequence[int]) -> bool:
    """Whether anything of these versions in these books is drawn on a wallet, for a customer with that billing plan."""
    modes = Price.objects.filter(version__in=version_ids, book__in=book_ids).order_by().values_list("mode", flat=True)
    return any(draws_on_wallet(plan, mode) for mode in modes.distinct())


def locked(public_id: str) -> Subscription:
    """The subscription, locked until the transaction ends; NotFound "subscription_not_found"."""
    found = Subscription.objects.select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("subscription_not_found", f"there is no subscription {public_id}", param="subscription")
    return found


def _move(public_id: str, event: str) -> Subscription:
    subscription = locked(public_id)
    subscription.state = State(move(TABLE, subscription.state, event))
    subscription.save(update_fields=["state"])
    return subscription
