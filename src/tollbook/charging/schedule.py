"""When charging runs by itself."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.charging.actions import charge_due


def _charge(at: datetime) -> None:
    charge_due(at)


SCHEDULE = [Every("charging.charge_due", timedelta(hours=1), _charge)]
