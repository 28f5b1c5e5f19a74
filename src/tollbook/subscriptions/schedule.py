"""When published versions are rolled out by themselves."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.catalog.models import PlanVersion
from tollbook.subscriptions.changes import roll_out


def _roll_out(_at: datetime) -> None:
    """Every version that is for more than new customers: who has it already is not looked at twice."""
    versions = PlanVersion.objects.exclude(scope=PlanVersion.Scope.NEW).select_related("plan")
    for version in versions.order_by("plan_id", "number"):
        roll_out(version)


SCHEDULE = [Every("subscriptions.roll_out", timedelta(hours=1), _roll_out)]
