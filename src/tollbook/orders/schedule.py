"""When orders go on."""

from datetime import datetime, timedelta

from tollbook.base import clock
from tollbook.base.schedule import Every
from tollbook.orders import actions, expiring, queries


def _go_on(_at: datetime) -> None:
    actions.go_on_due()


def _unpaid(at: datetime) -> None:
    expiring.run_due(at)


def _next() -> datetime | None:
    return clock.now() if queries.ready().filter(note="").exists() else None


SCHEDULE = [
    Every("orders.go_on", timedelta(seconds=30), _go_on, _next),
    Every("orders.unpaid", timedelta(hours=1), _unpaid),
]
