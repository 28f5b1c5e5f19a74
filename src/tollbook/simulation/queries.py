"""Simulations, read."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from tollbook.brands.models import Brand
from tollbook.catalog.drafts import MOST_PRICES
from tollbook.catalog.models import Draft, Plan, PlanVersion
from tollbook.catalog.settings import MAX_RAISE, MAX_VARIANCE
from tollbook.features.queries import Scope, value
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.period import Period, calendar
from tollbook.simulation.alternatives import Alternative, of_books, of_draft, of_published, of_version
from tollbook.simulation.models import Outcome, Override, Simulation
from tollbook.simulation.rules import Compared, Limits, Sums


def plan_named(name: str) -> Plan:
    """The plan with that public id or code. NotFound "plan_not_found"; Refused "plan_ambiguous" where several have the
    code.
    """
    found = list(Plan.objects.select_related("product__brand").filter(Q(public_id=name) | Q(code=name))[:2])
    if not found:
        raise NotFound("plan_not_found", f"plan: there is no plan {name!r}; give its id or its code", param="plan")
    if len(found) > 1:
        raise Refused("plan_ambiguous", f"plan: several plans have the code {name!r}; give the id", param="plan")
    return found[0]


def version_of(plan: Plan, number: int) -> PlanVersion:
    """A published version of the plan. NotFound "no_plan_version"."""
    found = plan.versions.filter(number=number).first()
    if found is None:
        has = plan.versions.count()
        message = f"version {number}: {plan.code} has versions 1 to {has}" if has else f"{plan.code} has no version"
        raise NotFound("no_plan_version", message, param="version")
    found.plan = plan
    return found


def alternative_of(simulation: Simulation) -> Alternative:
    """The prices that a stored simulation asks about; its plan with product and brand, and its version, are loaded."""
    plan = simulation.plan
    return of_version(plan, simulation.version) if simulation.version else of_draft(plan, simulation.draft or {})


def window_of(simulation: Simulation) -> Period:
    """The time that a stored simulation looks at."""
    return Period(simulation.period_start, simulation.period_end)


def simulations() -> "QuerySet[Any]":
    """All simulations with plan and version, how many customers are `found`, and whether they are `done`."""
    rows = Simulation.objects.select_related("plan__product__brand", "version__plan", "summary")
    return rows.annotate(found=Count("outcomes"))


def last_full_month(brand: Brand, now: datetime) -> Period:
    """The calendar month of the brand that ended last."""
    return calendar(1, calendar(1, now, brand.zone).start - timedelta(days=1), brand.zone)


def limits_of(brand: Brand, at: datetime) -> Limits:
    """The limits for versions of the brand's plans that are in force at `at`."""
    scope = Scope(brand=brand.public_id)
    variance, single = (value(key, scope, at) for key in (MAX_VARIANCE, MAX_RAISE))
    return Limits(variance if variance >= 0 else None, single if single >= 0 else None)


def overridden(version: PlanVersion) -> bool:
    """Whether somebody gave their word for the version."""
    return Override.objects.filter(version=version).exists()


def latest_totals(version: PlanVersion, window: Period) -> list[dict[str, Any]] | None:
    """The totals of the latest simulation of the version for its own plan over that very time; None without one."""
    of_it = Q(version=version)
    if version.prices.count() <= MOST_PRICES:
        # It may have been tried as a draft: what was published is what was tried.
        of_it |= Q(version=None, draft=of_published(version))
    found = _done(version.plan_id, window).filter(of_it).first()
    return None if found is None else list(found.summary.totals)


def of_draft_prices(draft: Draft, window: Period) -> "Any | None":
    """The latest simulation, done, of the draft's prices as they stand over that very time; None without one."""
    return _done(draft.plan_id, window).filter(draft=of_books(draft)).first()


def _done(plan_id: int, window: Period) -> "QuerySet[Any]":
    rows = Simulation.objects.filter(
        plan_id=plan_id, period_start=window.start, period_end=window.end, summary__isnull=False
    )
    return rows.select_related("summary").order_by("-summary__created_at", "-pk")


def rows_of(simulation: Simulation) -> Iterator[Compared]:
    """What the simulation found, customer by customer; memory does not grow with them."""
    rows = Outcome.objects.filter(simulation=simulation).select_related("customer").order_by("customer_id", "currency")
    for row in rows.iterator(chunk_size=1000):
        yield compared(row)


def compared(row: Outcome) -> Compared:
    """A stored row as what is compared; its customer is loaded."""
    return Compared(
        row.customer_id, row.customer.public_id, row.customer.name, row.currency,
        Sums(row.old_net, row.old_tax, row.old_total, row.old_cost),
        Sums(row.new_net, row.new_tax, row.new_total, row.new_cost), row.plan_net, row.open_periods,
    )  # fmt: skip
