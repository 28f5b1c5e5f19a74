"""When operations are tried again or asked about, and when services follow or end with their subscriptions."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.provisioning import actions, following, queries, running


def _run(at: datetime) -> None:
    running.run_due(at)


def _follow(at: datetime) -> None:
    following.follow_plans(at)
    actions.follow(at)


def _next() -> datetime | None:
    return min((each for each in (queries.next_end(), following.next_change()) if each is not None), default=None)


SCHEDULE = [
    Every("provisioning.follow", timedelta(minutes=1), _follow, _next),
    Every("provisioning.run_due", timedelta(seconds=30), _run, queries.next_due, calls_out=True),
]
