"""What customers may do with a subscription by themselves: change to a plan on offer, end it, take an end back."""

from datetime import datetime, timedelta

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.catalog.models import PlanVersion
from tollbook.customers.models import Customer
from tollbook.identity.audit import record
from tollbook.kernel.errors import NotFound, Refused, shown
from tollbook.kernel.times import parse_instant
from tollbook.orders import queries
from tollbook.subscriptions.actions import end, keep_on
from tollbook.subscriptions.changes import change
from tollbook.subscriptions.models import Phase, Subscription
from tollbook.subscriptions.queries import schedule_of

END, KEEP = "end", "keep"
NOW, PERIOD_END = "now", "period_end"
# As long as a shown preview may be confirmed.
_LIVES = timedelta(minutes=30)


def period_end(subscription: Subscription) -> datetime:
    """The end of the period that runs now, or of the first one if it has not begun; `customer` must be loaded."""
    return schedule_of(subscription).whole(max(clock.now(), subscription.started_at)).end


def instant(subscription: Subscription, when: str, told: str = "") -> datetime:
    """When a choice takes effect: `when` is NOW or PERIOD_END. `told` is the instant that was shown, if one was: what
    was shown is what happens.

    Refused "when_unknown", "preview_too_old" (NOW was shown more than half an hour ago, or the period has ended).
    """
    if when not in (NOW, PERIOD_END):
        raise Refused("when_unknown", f"when {shown(when)}: {NOW} or {PERIOD_END}", param="when")
    now, ends = clock.now(), period_end(subscription)
    if not told:
        return now if when == NOW else ends
    at = parse_instant(told, "at")
    stands = now - _LIVES <= at <= now if when == NOW else at == ends
    if not stands:
        raise Refused("preview_too_old", "at: time has gone on since this was shown; look again", param="at")
    return at


def version_for(customer: Customer, plan_id: str) -> PlanVersion:
    """The version of a plan that the customer can order now; NotFound "plan_not_found"."""
    _, sold = queries.offers(customer)
    for each in sold:
        if each.plan.public_id == plan_id:
            return each.version
    raise NotFound("plan_not_found", f"there is no plan {shown(plan_id)} on offer", param="plan")


def is_made(subscription: Subscription, key: str) -> bool:
    """Whether the change of that key is said already."""
    return Phase.objects.filter(subscription=subscription, key=key).exists()


@action
def carry_out(subscription: Subscription, what: str, at: datetime, *, key: str, actor: str, door: str) -> None:
    """Change to the plan with the public id `what`, once per `key`, or END, or KEEP; noted in the audit trail.

    Raises what `subscriptions` raises; NotFound "plan_not_found" for a plan that is not on offer to the customer.
    """
    public_id = subscription.public_id
    verb, detail = "change", {"at": at.isoformat()}
    if what == END:
        end(public_id, at)
        verb = "end"
    elif what == KEEP:
        keep_on(public_id)
        verb, detail = "keep", {}
    else:
        change(public_id, version_for(subscription.customer, what), at, key=key)
        detail["plan"] = what
    customer_id = subscription.customer_id
    record(f"subscription.{verb}", public_id, actor=actor, door=door, customer_id=customer_id, detail=detail)
