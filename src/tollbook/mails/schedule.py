"""When mails that wait are sent."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.mails.queries import next_due
from tollbook.mails.sending import go


def _send(at: datetime) -> None:
    # As a job: a tick must not wait for a mail server.
    if (due := next_due()) is not None and due <= at:
        go()


SCHEDULE = [Every("mails.send", timedelta(minutes=1), _send, next_due)]
