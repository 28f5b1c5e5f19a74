"""When what is to be sent again is sent."""

from datetime import datetime, timedelta

from tollbook.base import clock
from tollbook.base.schedule import Every
from tollbook.webhooks.delivering import go
from tollbook.webhooks.queries import next_due


def _deliver(at: datetime) -> None:
    # As a job: a tick must not wait for the systems of customers.
    if (due := next_due()) is not None and due <= at:
        go()


def _next() -> datetime | None:
    # What is due is queued for a worker: a virtual clock that stopped for it would stop each minute until it is sent.
    due = next_due()
    return due if due is not None and due > clock.now() else None


SCHEDULE = [Every("webhooks.deliver", timedelta(minutes=1), _deliver, _next)]
