"""Simulations that are kept: asked for, worked off in chunks, summed; and overrides of the limit."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Max

from tollbook.base import clock
from tollbook.base.tasks import action, later
from tollbook.catalog.models import PlanVersion
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import Refused
from tollbook.kernel.period import Period
from tollbook.kernel.text import clean_text
from tollbook.simulation.alternatives import Alternative
from tollbook.simulation.models import Outcome, Override, Simulation, Summary
from tollbook.simulation.queries import alternative_of, overridden, rows_of, simulations, window_of
from tollbook.simulation.replay import Replayed, count, next_customers, read_only, replay_customers
from tollbook.simulation.rules import Compared, summed

REASON_LENGTH = 200


def check_past(window: Period) -> None:
    """Refused "period_not_over" where the time to replay has not passed yet."""
    if window.end > clock.now():
        message = f"period: {window.end.isoformat()} has not come yet; give a period that is over"
        raise Refused("period_not_over", message, param="period")


@action
def ask(
    alternative: Alternative, window: Period, *, actor: str = SYSTEM, door: str = SYSTEM, queue: bool = True
) -> Simulation:
    """Note that the window is to be replayed under other prices, and queue the work (unless the caller does it).

    Refused "period_not_over".
    """
    check_past(window)
    made = Simulation.objects.create(
        plan=alternative.plan, version=alternative.version, draft=alternative.draft, period_start=window.start,
        period_end=window.end, customers=count(alternative, window), actor=actor[:200], created_at=clock.now(),
    )  # fmt: skip
    detail = {"plan": alternative.plan.public_id, "from": window.start.isoformat(), "to": window.end.isoformat()}
    record("simulation.asked", made.public_id, actor=actor, door=door, detail=detail)
    if queue:
        later(work_off, key=_job(made.pk), simulation_id=made.pk, after=0)
    return made


def _job(simulation_id: int) -> str:
    return f"simulation:{simulation_id}"


@action
def work_off(simulation_id: int, after: int) -> None:
    """Replay the next chunk of customers after a row id and queue the rest; sum up when all are replayed."""
    reached = fill(simulation_id, after)
    if reached is None:
        finish(simulation_id)
    else:
        later(work_off, key=_job(simulation_id), simulation_id=simulation_id, after=reached)


@action
def fill(simulation_id: int, after: int) -> int | None:
    """Replay and store the next customers after a row id; returns the last row id that was looked at, None
    when there was nothing left. Run again with the same `after`, it goes on behind what is stored.

    The replay itself runs where the database refuses writes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_job(simulation_id)])
    simulation = simulations().get(pk=simulation_id)
    stored = Outcome.objects.filter(simulation=simulation).aggregate(last=Max("customer_id"))["last"]
    alternative, window = alternative_of(simulation), window_of(simulation)
    with read_only():
        chunk = next_customers(alternative, window, max(after, stored or 0))
        found = replay_customers(chunk, alternative, window) if chunk else []
    store(simulation_id, found)
    return chunk[-1] if chunk else None


@action
def store(simulation_id: int, found: Sequence[Replayed]) -> None:
    """Append what was found to the outcomes of a simulation (row id); a customer and currency stands there once."""
    Outcome.objects.bulk_create(_outcome(simulation_id, each.row) for each in found)


def _outcome(simulation_id: int, row: Compared) -> Outcome:
    old, new = row.old, row.new
    return Outcome(
        simulation_id=simulation_id, customer_id=row.customer_id, currency=row.currency,
        old_net=old.net, old_tax=old.tax, old_total=old.total, old_cost=old.cost,
        new_net=new.net, new_tax=new.tax, new_total=new.total, new_cost=new.cost,
        difference=row.difference, plan_net=row.plan_net, open_periods=row.open_periods,
    )  # fmt: skip


@action
def finish(simulation_id: int) -> Summary:
    """Sum up what is stored; once: a second call returns the same summary."""
    simulation = Simulation.objects.select_for_update().get(pk=simulation_id)
    done = Summary.objects.filter(simulation=simulation).first()
    if done is not None:
        return done
    totals = [each.data() for _, each in sorted(summed(rows_of(simulation)).items())]
    return Summary.objects.create(simulation=simulation, totals=totals, created_at=clock.now())


@action
def override(version: PlanVersion, reason: str, *, actor: str = SYSTEM, door: str = SYSTEM) -> Override:
    """Let a version count for everybody although it passes the limit, or was never simulated; once, with a reason.

    Refused "overridden_already", and what `clean_text` says of the reason.
    """
    reason = clean_text(reason, "reason", REASON_LENGTH)
    PlanVersion.objects.select_for_update().get(pk=version.pk)
    if overridden(version):
        raise Refused("overridden_already", f"version: {version} may count for everybody already", param="version")
    made = Override.objects.create(version=version, reason=reason, actor=actor[:200], created_at=clock.now())
    record("version.overridden", version.public_id, actor=actor, door=door, detail={"reason": reason})
    return made
