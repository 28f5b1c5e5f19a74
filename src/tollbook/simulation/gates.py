"""The limit on how far a version for everybody may differ, asked before it is rolled out."""

from tollbook.base import clock
from tollbook.catalog.models import PlanVersion
from tollbook.kernel.errors import Refused
from tollbook.simulation.queries import last_full_month, latest_totals, limits_of, overridden
from tollbook.simulation.rules import check_limits


def may_roll_out(version: PlanVersion) -> None:
    """Refused "variance_too_high" with the figures, or "not_simulated", when the brand sets a limit and nobody gave
    their word for the version; the latest simulation over the brand's last full month counts.
    """
    brand = version.plan.product.brand
    now = clock.now()
    limits = limits_of(brand, now)
    if not limits or overridden(version):
        return
    month = last_full_month(brand, now)
    found = latest_totals(version, month)
    if found is None:
        day = f"{month.start:%Y-%m}"
        message = f"version: {version} was not simulated over the last full month; do that first, from {day} on"
        raise Refused("not_simulated", message, param="version")
    check_limits(found, limits)
