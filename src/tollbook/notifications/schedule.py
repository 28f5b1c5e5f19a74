"""When facts that a worker missed are handed on."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.notifications.actions import hand_on
from tollbook.notifications.queries import next_due


def _hand_on(at: datetime) -> None:
    hand_on()


SCHEDULE = [Every("notifications.hand_on", timedelta(minutes=1), _hand_on, next_due)]
