"""Changing when a customer pays: its billing plan, from an instant on, with nothing lost and nothing billed twice.

What is charged up to the change was charged under the old plan: use in the periods that still run is read up to it
first. From then on each new charge, a difference to an earlier one included, follows the new plan; the invoice at the
end of the period carries all of them and counts what was drawn.
"""

from datetime import datetime

from tollbook.base import clock
from tollbook.base.bulk import WHOLE, Part
from tollbook.base.tasks import action
from tollbook.charging.actions import charge_customers
from tollbook.customers.models import Customer, PlanChange
from tollbook.customers.rules import BillingPlan
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import zone_info
from tollbook.metering.queries import move_borders
from tollbook.subscriptions.actions import draws_as_used
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import stages_of
from tollbook.wallets.queries import of_customer as wallets_of

_KEY_LIMIT = 120


@action
def switch(
    customer_id: str,
    becomes: BillingPlan,
    *,
    key: str,
    at: datetime | None = None,
    reason: str = "",
    actor: str = SYSTEM,
    door: str = SYSTEM,
) -> PlanChange:
    """Give the customer with that public id another billing plan from `at` on (now, if not given), once per `key`.

    A change that is to come begins on a full hour of the customer's zone: use is known by the hour. NotFound
    "customer_not_found"; Refused "plan_change_key_conflict", "in_the_past", "not_on_the_hour", "plan_change_planned"
    (another one waits), "same_billing_plan", "no_wallet" (PREPAID needs one in the customer's currency).
    """
    customer = _locked(customer_id)
    key = clean_text(key, "key", _KEY_LIMIT)
    now = clock.now()
    earlier = PlanChange.objects.filter(customer=customer, key=key).first()
    if earlier is not None:
        if earlier.becomes != becomes or (at is not None and earlier.starts_at != at):
            message = f"key: {key} is another change, to {earlier.becomes} from {earlier.starts_at.isoformat()}"
            raise Refused("plan_change_key_conflict", message, param="key")
        return earlier
    _check(customer, becomes, at, now)
    made = PlanChange.objects.create(
        customer=customer, key=key, was=customer.billing_plan, becomes=becomes, starts_at=at or now,
        reason=reason and clean_text(reason, "reason", 200), made_by=actor[:200], created_at=now,
    )  # fmt: skip
    detail = {"was": made.was, "becomes": made.becomes, "starts_at": made.starts_at.isoformat(), "reason": made.reason}
    record("customer.plan", customer.public_id, actor=actor, door=door, customer_id=customer.pk, detail=detail)
    if made.starts_at <= now:
        _turn(customer, made, now)
    return made


@action
def call_off(customer_id: str, key: str, *, actor: str = SYSTEM, door: str = SYSTEM) -> PlanChange:
    """Call off a change that has not begun; once is as good as twice.

    NotFound "customer_not_found", "plan_change_not_found"; Refused "plan_change_over" when it has begun.
    """
    customer = _locked(customer_id)
    found = PlanChange.objects.filter(customer=customer, key=key).first()
    if found is None:
        raise NotFound("plan_change_not_found", f"key: {key} names no change of the billing plan", param="key")
    if found.turned_at is not None:
        message = f"key: that change began at {found.starts_at.isoformat()}; make another one"
        raise Refused("plan_change_over", message, param="key")
    if found.called_off_at is None:
        found.called_off_at = clock.now()
        found.save(update_fields=["called_off_at"])
        record("customer.plan_called_off", customer.public_id, actor=actor, door=door, customer_id=customer.pk)
    return found


def turn_due(until: datetime, part: Part = WHOLE) -> int:
    """Let every planned change begin whose time has come, each in a transaction of its own; returns how many.

    To be called before anything is charged up to `until`: what is charged then belongs to the new plan.
    """
    rows = PlanChange.objects.filter(turned_at=None, called_off_at=None, starts_at__lte=until).order_by("starts_at")
    waiting = [
        (number, public_id)
        for number, customer_id, public_id in rows.values_list("pk", "customer_id", "customer__public_id")
        if customer_id % part.of_parts == part.number
    ]
    return sum(_turn_planned(number, public_id, until) for number, public_id in waiting)


@action
def _turn_planned(number: int, public_id: str, until: datetime) -> bool:
    customer = _locked(public_id)
    found = PlanChange.objects.filter(pk=number, turned_at=None, called_off_at=None).first()
    if found is None:
        return False
    _turn(customer, found, until)
    return True


def _turn(customer: Customer, change: PlanChange, until: datetime) -> None:
    """Charge a locked customer up to the change under the plan it had, then let the new one count, up to `until`."""
    becomes = BillingPlan(change.becomes)
    charge_customers([customer.pk], change.starts_at, becomes)
    change.turned_at = clock.now()
    change.save(update_fields=["turned_at"])
    customer.billing_plan, customer.plan_since = becomes.value, change.starts_at
    customer.save(update_fields=["billing_plan", "plan_since"])
    # Locked by the charging above.
    subscriptions = list(Subscription.objects.filter(customer=customer))
    in_force = stages_of(subscriptions)
    for subscription in subscriptions:
        stages = in_force[subscription.pk]
        versions, books = [s.version_id for s in stages], [s.book_id for s in stages]
        subscription.prepaid = draws_as_used(becomes, versions, books)
        subscription.save(update_fields=["prepaid"])
    if any(s.prepaid for s in subscriptions):
        # From now on use is read as it comes in.
        move_borders({customer.pk: None})
    if change.starts_at < until:
        # Use after the change that is already here was not marked to be looked at.
        charge_customers([customer.pk], until)


def _locked(public_id: str) -> Customer:
    found = Customer.objects.select_for_update(no_key=True).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("customer_not_found", f"there is no customer {public_id}", param="customer")
    return found


def _check(customer: Customer, becomes: BillingPlan, at: datetime | None, now: datetime) -> None:
    if at is not None and at < now:
        message = f"at: {at.isoformat()} is past: what was drawn and billed stays; give now or later"
        raise Refused("in_the_past", message, param="at")
    if at is not None and at > now:
        local = at.astimezone(zone_info(customer.zone))
        if (local.minute, local.second, local.microsecond) != (0, 0, 0):
            message = f"at: {at.isoformat()} is not on a full hour in {customer.zone}"
            raise Refused("not_on_the_hour", message, param="at")
    planned = PlanChange.objects.filter(customer=customer, turned_at=None, called_off_at=None).first()
    if planned is not None:
        message = f"key: {planned.key} is to begin at {planned.starts_at.isoformat()}: call it off first"
        raise Refused("plan_change_planned", message, param="key")
    if customer.billing_plan == becomes:
        raise Refused("same_billing_plan", f"billing_plan: it is {becomes} already", param="billing_plan")
    if becomes is BillingPlan.PREPAID and not wallets_of(customer).filter(currency=customer.currency).exists():
        message = f"billing_plan: PREPAID needs a wallet in {customer.currency}: open one first"
        raise Refused("no_wallet", message, param="billing_plan")
