"""Publishing a draft of the catalogue: who is affected, and whether the brand's limits allow it."""

from dataclasses import dataclass

from django.db.models import Count

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.catalog.drafts import books_of, open_draft, publish_draft
from tollbook.catalog.editing import By
from tollbook.catalog.models import Draft, PlanVersion
from tollbook.kernel.errors import Refused
from tollbook.simulation.actions import ask, override
from tollbook.simulation.alternatives import of_books, of_draft
from tollbook.simulation.models import Simulation
from tollbook.simulation.queries import last_full_month, limits_of, of_draft_prices
from tollbook.simulation.rules import check_limits
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import State


@dataclass(frozen=True, slots=True)
class Affected:
    """Subscriptions that the draft's version is for, their customers, and those that stay: their book is not in it."""

    subscriptions: int
    customers: int
    staying: int


def affected(draft: Draft) -> Affected:
    """Who of those who have the plan now the draft would count for: nobody, where it is for new customers."""
    living = Subscription.objects.filter(version__plan_id=draft.plan_id).exclude(state=State.ENDED)
    if draft.scope == PlanVersion.Scope.NEW:
        return Affected(0, 0, living.count())
    moved = living.filter(book__in=[book.pk for book, _ in books_of(draft)])
    found = moved.aggregate(all=Count("pk"), customers=Count("customer_id", distinct=True))
    return Affected(found["all"], found["customers"], living.count() - found["all"])


def check_draft(draft: Draft) -> None:
    """Refused "variance_too_high" with the figures, or "not_simulated", where the draft is for everybody and the brand
    sets a limit; the latest simulation of these very prices over the brand's last full month counts.
    """
    brand, now = draft.plan.product.brand, clock.now()
    limits = limits_of(brand, now)
    if not limits or draft.scope == PlanVersion.Scope.NEW:
        return
    month = last_full_month(brand, now)
    found = of_draft_prices(draft, month)
    if found is None:
        message = (
            f"draft: its prices were not simulated over the last full month; do that first, from {month.start:%Y-%m}"
        )
        raise Refused("not_simulated", message, param="draft")
    check_limits(found.summary.totals, limits)


@action
def simulate_draft(draft: Draft, *, by: By, queue: bool = True) -> Simulation:
    """Replay the last full month of the plan's customers under the draft's prices; they are kept as they stand now.

    Refused "draft_empty".
    """
    prices = of_books(draft)
    if not prices["books"]:
        raise Refused("draft_empty", "prices: the draft has none to try", param="prices")
    window = last_full_month(draft.plan.product.brand, clock.now())
    return ask(of_draft(draft.plan, prices), window, actor=by.actor, door=by.door, queue=queue)


@action
def publish(draft_id: str, revision: int, *, reason: str = "", by: By) -> PlanVersion:
    """Publish the draft at that revision where the limits of its brand allow it; refused as `check_draft` and
    `catalog.drafts.publish_draft`.

    With a `reason` the limits are not asked, and the reason is kept as the version's override. Who may give one is said
    by the page or route.
    """
    draft = open_draft(draft_id, revision)
    if not reason:
        check_draft(draft)
    made = publish_draft(draft_id, revision, by=by)
    if reason:
        override(made, reason, actor=by.actor, door=by.door)
    return made
