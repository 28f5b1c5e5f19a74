"""When credit comes again, and when credit and holds expire by themselves."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.wallets.actions import expire_due
from tollbook.wallets.holds import lapse_due
from tollbook.wallets.recurring import recur_due


def _run(at: datetime) -> None:
    # New credit first: a wallet whose credit ends when the next cycle begins does not look empty in between.
    recur_due(at)
    lapse_due(at)
    expire_due(at)


SCHEDULE = [Every("wallets.expire_due", timedelta(hours=1), _run)]
