"""When mails that wait are sent."""

from datetime import datetime, timedelta

from tollbook.base import clock
from tollbook.base.schedule import Every
from tollbook.mails.queries import next_due
from tollbook.mails.sending import go


def _send(at: datetime) -> None:
    # As a job: a tick must not wait for a mail server.
    if (due := next_due()) is not None and due <= at:
        go()


def _next() -> datetime | None:
    # What is due is queued for a worker: a virtual clock that stopped for it would stop each minute until it is sent.
    due = next_due()
    return due if due is not None and due > clock.now() else None


SCHEDULE = [Every("mails.send", timedelta(minutes=1), _send, _next)]
