"""When published versions are rolled out by themselves."""

import logging
from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.catalog.models import PlanVersion
from tollbook.kernel.errors import Refused
from tollbook.subscriptions.changes import roll_out

logger = logging.getLogger(__name__)


def _roll_out(_at: datetime) -> None:
    """Every version that is for more than new customers: who has it already is not looked at twice. One that a gate
    refuses waits, and keeps no other version from being rolled out.
    """
    versions = PlanVersion.objects.exclude(scope=PlanVersion.Scope.NEW).select_related("plan__product__brand")
    for version in versions.order_by("plan_id", "number"):
        try:
            roll_out(version)
        except Refused as refused:
            logger.warning("%s is not rolled out: %s (%s)", version.public_id, refused.message, refused.code)


SCHEDULE = [Every("subscriptions.roll_out", timedelta(hours=1), _roll_out)]
