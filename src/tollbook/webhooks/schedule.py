"""When what is to be sent again is sent."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.webhooks.delivering import go
from tollbook.webhooks.queries import next_due


def _deliver(at: datetime) -> None:
    # As a job: a tick must not wait for the systems of customers.
    if (due := next_due()) is not None and due <= at:
        go()


SCHEDULE = [Every("webhooks.deliver", timedelta(minutes=1), _deliver, next_due)]
