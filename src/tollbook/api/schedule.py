"""Periodic work of the API."""

from datetime import datetime, timedelta

from tollbook.api.once import forget
from tollbook.base.schedule import Every


def _forget(at: datetime) -> None:
    forget(at)


SCHEDULE = [Every("api.forget_answers", timedelta(days=1), _forget)]
