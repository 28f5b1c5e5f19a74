"""When gateways are asked, and when credit is used."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.payments import asking, collecting, deposits, forgetting, proformas, receipts, tidying
from tollbook.payments.queries import next_due


def _ask(at: datetime) -> None:
    asking.ask_due(at)
    for public_id in forgetting.due(at):
        forgetting.forget(public_id)


def _next() -> datetime | None:
    return min((each for each in (next_due(), forgetting.next_due()) if each is not None), default=None)


def _collect(at: datetime) -> None:
    collecting.collect_due(at)


def _tidy(at: datetime) -> None:
    tidying.tidy()


def _papers(at: datetime) -> None:
    """Proformas of what is over go before new ones are made; receipts come last, when it is known where money went."""
    proformas.withdraw_overtaken()
    proformas.use_credit()
    proformas.issue_due(at)
    receipts.issue_due()


def _deposits(at: datetime) -> None:
    deposits.expire_due(at)


SCHEDULE = [
    Every("payments.ask_due", timedelta(seconds=30), _ask, _next, calls_out=True),
    Every("payments.collect", timedelta(minutes=1), _collect, collecting.next_due),
    Every("payments.use_credit", timedelta(hours=1), _tidy),
    Every("payments.expire_deposits", timedelta(hours=1), _deposits),
    Every("payments.use_papers", timedelta(hours=1), _papers),
]
