"""Services follow the plan of their subscription: a change of plan, also a planned one when its time has come, orders a
change of what runs.

What cannot follow by itself (the new plan delivers nothing, through another connection, or asks for what nobody told)
waits for people, and says why: nothing is guessed, and nothing is switched off.
"""

from datetime import datetime

from django.db.models import F, OuterRef, QuerySet, Subquery

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.catalog.models import Plan
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import Refused
from tollbook.provisioning import queries
from tollbook.provisioning.actions import change
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.models import Service
from tollbook.provisioning.rules import Verb
from tollbook.provisioning.steering import locked
from tollbook.subscriptions.models import Phase

LIMIT = 500
NOTE_LIMIT = 300


def follow_plans(at: datetime) -> int:
    """Order the change of every service whose subscription has another plan at `at` than it delivers; how many. Each is
    a transaction of its own, and once for each word that was said of the plan.
    """
    found = list(_behind(at).order_by("pk").values_list("public_id", flat=True)[:LIMIT])
    return sum(_follow(public_id, at) for public_id in found)


def next_change() -> datetime | None:
    """When a service has to follow next: now, or when the next word about a plan counts; None: never as things are."""
    now = clock.now()
    if not queries.live(Service.objects.all()).exists():
        return None
    if _behind(now).exists():
        return now
    running = queries.live(Service.objects.all()).values("subscription_id")
    later = Phase.objects.filter(subscription__in=running, starts_at__gt=now).order_by("starts_at")
    return later.values_list("starts_at", flat=True).first()


def _behind(at: datetime) -> QuerySet[Service]:
    """Services that run, or will, and deliver another plan than counts at `at`; with the row id of what says so."""
    word = Phase.objects.filter(subscription=OuterRef("subscription"), starts_at__lte=at).order_by("-number")
    rows = queries.live(Service.objects.all()).annotate(
        counts=Subquery(word.values("version__plan_id")[:1]), word=Subquery(word.values("pk")[:1])
    )
    # Before its subscription begins, no plan counts.
    return rows.filter(counts__isnull=False).exclude(counts=F("plan_id"))


@action
def _follow(public_id: str, at: datetime) -> bool:
    """Whether the service followed, or was found not to be able to."""
    service = locked(public_id)
    found: dict[str, int] | None = _behind(at).filter(pk=service.pk).values("counts", "word").first()  # type: ignore[misc]
    if found is None:
        return False
    plan = Plan.objects.get(pk=found["counts"])
    spec, why = _becomes(service, plan)
    service.plan, service.unfit = plan, why[:NOTE_LIMIT]
    service.save(update_fields=["plan", "unfit"])
    detail = {"plan": plan.public_id, "unfit": service.unfit}
    record("service.follow", public_id, actor=SYSTEM, door=SYSTEM, customer_id=service.customer_id, detail=detail)
    changing = queries.open_operations(service).filter(verb=Verb.CHANGE).exists()
    if spec is not None and (changing or spec != service.spec):
        change(public_id, spec, key=f"plan:{found['word']}", at=at)
    return True


def _becomes(service: Service, plan: Plan) -> tuple[Spec | None, str]:
    """What a service is to be under a plan, with the options that it was ordered with; None, and why, where a person
    has to decide.
    """
    delivery = queries.delivery_of(plan)
    if delivery is None:
        return None, f"plan {plan.name} delivers nothing: end the service or provide another"
    if delivery.connection_id != service.connection_id:
        return None, f"plan {plan.name} is delivered through {delivery.connection}: move the service by hand"
    if delivery.kind != service.kind:
        return None, f"plan {plan.name} delivers {delivery.kind}, not {service.kind}: move the service by hand"
    told: dict[str, str] = {}
    # A plan in between may not have asked for what this one does.
    for known in (service.properties, *service.operations.order_by("-number").values_list("properties", flat=True)):
        told = {name: str(known[name]) for name in delivery.asks if name in known} | told
    try:
        return delivery.spec_with(told), ""
    except Refused as refused:
        return None, f"plan {plan.name}: {refused.message}"


@action
def mended(public_id: str, *, actor: str, door: str) -> Service:
    """A person has made the service what its plan says. Refused "not_unfit" for one that waits for nobody."""
    service = locked(public_id)
    if not service.unfit:
        raise Refused("not_unfit", f"service: {public_id} follows its plan already", param="service")
    detail = {"was": service.unfit}
    service.unfit = ""
    service.save(update_fields=["unfit"])
    record("service.mended", public_id, actor=actor, door=door, customer_id=service.customer_id, detail=detail)
    return service
