"""When dunning runs by itself: each hour for the days that have begun, and soon after a payment."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.dunning.actions import dun_due, next_resume, resume_due


def _dun(at: datetime) -> None:
    dun_due(at)


def _resume(at: datetime) -> None:
    resume_due(at)


SCHEDULE = [
    Every("dunning.dun_due", timedelta(hours=1), _dun),
    Every("dunning.resume_due", timedelta(minutes=5), _resume, next_resume),
]
