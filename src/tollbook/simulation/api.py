"""Simulations over the API, and publishing drafts of the catalogue within the limits of a brand."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, example, id_of, text
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.catalog.edit_api import by_of, draft_of
from tollbook.catalog.models import PlanVersion
from tollbook.catalog.shapes import VersionOut, version_out
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import NotFound, Refused
from tollbook.simulation.actions import REASON_LENGTH, ask, override
from tollbook.simulation.alternatives import of_version
from tollbook.simulation.publishing import publish, simulate_draft
from tollbook.simulation.queries import simulations
from tollbook.simulation.told import month

routes = Routes("Simulations")
ROUTERS = [("", routes)]
ASKERS = (StaffRole.CATALOGUE, StaffRole.BILLING, StaffRole.FINANCE)
PUBLISHERS = (StaffRole.CATALOGUE, StaffRole.APPROVER)
OVERRIDERS = (StaffRole.APPROVER,)


class SimulationIn(Body):
    """A past month of a plan's customers under one of its versions."""

    model_config = example({"version": "plv_aaaaaaaaaaaaaaaaaaaaaaaa", "month": "2026-05"})
    version: Annotated[str, id_of("plv")] = Field(description="The version to try on its plan's customers.")
    month: Annotated[str, text(7)] = Field(description="A month that is over, where the brand is.")


class SimulationOut(BaseModel):
    """What came out, by currency; nothing was charged."""

    model_config = example(
        {"id": "sim_aaaaaaaaaaaaaaaaaaaaaaaa", "plan": "pln_aaaaaaaaaaaaaaaaaaaaaaaa", "version": None,
         "start": "2026-05-01T00:00:00Z", "end": "2026-06-01T00:00:00Z", "done": False, "customers": 120, "found": 40,
         "totals": []}
    )  # fmt: skip
    id: str = Field(description="Its id.")
    plan: str = Field(description="The plan whose customers are replayed.")
    version: str | None = Field(description="The version that was tried; null: the plan's draft as it stood then.")
    start: datetime = Field(description="Begin of the time, inclusive.")
    end: datetime = Field(description="End of the time, exclusive.")
    done: bool = Field(description="Whether every customer was replayed.")
    customers: int = Field(description="How many there were to look at.")
    found: int = Field(description="How many are replayed so far.")
    totals: list[dict[str, Any]] = Field(
        description="For each currency: revenue before and after, difference, variance in percent, margin, who pays "
        "more and who less. Amounts as text."
    )


class PublishIn(Body):
    """The draft as it was seen, and why it counts above the limit."""

    model_config = example({"revision": 4})
    revision: int = Field(ge=1, strict=True, description="The revision that was seen; at another one it is refused.")
    reason: Annotated[str, text(REASON_LENGTH, required=False)] = Field(
        "", description="Overrides the limits of the brand: for approvers."
    )


class OverrideIn(Body):
    """Why a version counts above the limit."""

    model_config = example({"version": "plv_aaaaaaaaaaaaaaaaaaaaaaaa", "reason": "Agreed with all of them."})
    version: Annotated[str, id_of("plv")] = Field(description="The version.")
    reason: Annotated[str, text(REASON_LENGTH)] = Field(description="Kept with the version.")


def simulation_out(found: Any) -> SimulationOut:
    """A row of `queries.simulations` as the API shows it."""
    done = hasattr(found, "summary")
    return SimulationOut(
        id=found.public_id,
        plan=found.plan.public_id,
        version=found.version.public_id if found.version else None,
        start=found.period_start,
        end=found.period_end,
        done=done,
        customers=found.customers,
        found=found.found,
        totals=found.summary.totals if done else [],
    )


def _version(public_id: str) -> PlanVersion:
    found = PlanVersion.objects.select_related("plan__product__brand").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no_plan_version", f"there is no version {public_id}", param="version")
    return found


@routes.reads("/simulations", "simulations:read", answer=Page[SimulationOut], roles=())
def list_simulations(request: ApiRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[SimulationOut]:
    """Simulations, in the order in which they were asked for."""
    return page(simulations(), Order(), cursor, limit, simulation_out)


@routes.reads("/simulations/{simulation_id}", "simulations:read", answer=SimulationOut, roles=())
def get_simulation(request: ApiRequest, simulation_id: str) -> SimulationOut:
    """A simulation: how far it is, and what came out."""
    found = simulations().filter(public_id=simulation_id).first()
    if found is None:
        raise NotFound("simulation_not_found", f"there is no simulation {simulation_id}", param="simulation")
    return simulation_out(found)


@routes.adds("/simulations", "simulations:write", answer=SimulationOut, roles=ASKERS)
def add_simulation(request: ApiRequest, simulation: SimulationIn) -> SimulationOut:
    """Replay a past month under a published version; it is queued. Refused with `month_wrong`, `period_not_over`."""
    version = _version(simulation.version)
    by = by_of(request)
    window = month(simulation.month, version.plan.product.brand.zone)
    made = ask(of_version(version.plan, version), window, actor=by.actor, door=by.door)
    return simulation_out(simulations().get(pk=made.pk))


@routes.adds("/plans/{plan_id}/draft/simulate", "simulations:write", answer=SimulationOut, roles=ASKERS)
def simulate_plan_draft(request: ApiRequest, plan_id: str) -> SimulationOut:
    """Replay the last full month under the prices of the plan's draft, as they stand now.

    Refused with `draft_empty`.
    """
    made = simulate_draft(draft_of(plan_id), by=by_of(request))
    return simulation_out(simulations().get(pk=made.pk))


@routes.adds("/plans/{plan_id}/draft/publish", "catalogue:write", answer=VersionOut, roles=PUBLISHERS)
def publish_draft(request: ApiRequest, plan_id: str, seen: PublishIn) -> VersionOut:
    """Publish the plan's draft as its next version; it never changes from then on.

    For everybody, where the brand sets a limit, the draft must have been simulated over the last full month and be
    within it: refused with `not_simulated` and `variance_too_high`; also with `draft_changed`, `draft_empty`,
    `draft_unchanged`, `draft_outdated`, `in_the_past`, `plan_archived`, and `role_missing` for a reason of who may not
    give one.
    """
    user = request.principal.user
    may = user is not None and user.staff_role in (*OVERRIDERS, StaffRole.ADMINISTRATOR)
    if seen.reason and not may:
        raise Refused("role_missing", "reason: who approves may override the limit; leave it empty", param="reason")
    made = publish(draft_of(plan_id).public_id, seen.revision, reason=seen.reason, by=by_of(request))
    return version_out(made)


@routes.adds("/version-overrides", "catalogue:write", answer=VersionOut, roles=OVERRIDERS)
def override_limit(request: ApiRequest, wanted: OverrideIn) -> VersionOut:
    """Let a version count for everybody above the limits of its brand, with a reason.

    Refused with `overridden_already`.
    """
    version, by = _version(wanted.version), by_of(request)
    override(version, wanted.reason, actor=by.actor, door=by.door)
    return version_out(version)
