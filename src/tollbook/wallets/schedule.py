"""When credit and holds expire by themselves."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.wallets.actions import expire_due
from tollbook.wallets.holds import lapse_due


def _expire(at: datetime) -> None:
    lapse_due(at)
    expire_due(at)


SCHEDULE = [Every("wallets.expire_due", timedelta(hours=1), _expire)]
