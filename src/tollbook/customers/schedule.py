"""When VAT numbers are asked about, and when sign-ups that nobody finished are dropped."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.customers.signing_up import expire_due
from tollbook.customers.vat_checks import check_due


def _check(at: datetime) -> None:
    check_due(at)


def _expire(at: datetime) -> None:
    expire_due(at)


SCHEDULE = [
    Every("customers.expire_sign_ups", timedelta(hours=1), _expire),
    Every("customers.check_vat", timedelta(hours=1), _check, calls_out=True),
]
