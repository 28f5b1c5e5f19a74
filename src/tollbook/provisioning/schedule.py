"""When operations are tried again or asked about, and when services end with their subscriptions."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.provisioning import actions, queries, running


def _run(at: datetime) -> None:
    running.run_due(at)


def _follow(at: datetime) -> None:
    actions.follow(at)


SCHEDULE = [
    Every("provisioning.follow", timedelta(minutes=1), _follow, queries.next_end),
    Every("provisioning.run_due", timedelta(seconds=30), _run, queries.next_due),
]
