"""When gateways are asked, and when credit is used."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.payments import asking, collecting, tidying
from tollbook.payments.queries import next_due


def _ask(at: datetime) -> None:
    asking.ask_due(at)


def _collect(at: datetime) -> None:
    collecting.collect_due(at)


def _tidy(at: datetime) -> None:
    tidying.tidy()


SCHEDULE = [
    Every("payments.ask_due", timedelta(seconds=30), _ask, next_due),
    Every("payments.collect", timedelta(minutes=1), _collect, collecting.next_due),
    Every("payments.use_credit", timedelta(hours=1), _tidy),
]
