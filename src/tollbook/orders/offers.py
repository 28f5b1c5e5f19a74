"""Which plans customers may order by themselves."""

from tollbook.base.tasks import action
from tollbook.catalog.models import Plan
from tollbook.identity.audit import record
from tollbook.kernel.text import clean_text
from tollbook.orders.drafting import By
from tollbook.orders.models import Offer

NOTE_LIMIT = 500


@action
def offer(plan: Plan, *, text: str = "", position: int = 100, by: By) -> Offer:
    """Let customers of the plan's brand order it by themselves."""
    values = {"text": clean_text(text, "text", NOTE_LIMIT, required=False), "position": position}
    made, _ = Offer.objects.update_or_create(plan=plan, defaults=values)
    record("plan.offer", plan.public_id, actor=by.actor, door=by.door, detail=values)
    return made


@action
def withdraw(plan: Plan, *, by: By) -> None:
    """Let customers order the plan no more; what is ordered stays ordered."""
    removed, _ = Offer.objects.filter(plan=plan).delete()
    if removed:
        record("plan.withdraw", plan.public_id, actor=by.actor, door=by.door)
