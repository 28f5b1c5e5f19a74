"""When charging runs by itself."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.charging.actions import charge_due
from tollbook.charging.alerts import tell_due
from tollbook.charging.plans import turn_due


def _charge(at: datetime) -> None:
    # First: what is charged from a change on belongs to the new plan.
    turn_due(at)
    charge_due(at)


def _tell(at: datetime) -> None:
    tell_due(at)


SCHEDULE = [
    Every("charging.charge_due", timedelta(hours=1), _charge),
    Every("charging.tell_spend", timedelta(hours=1), _tell),
]
