"""When VAT numbers are asked about."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.customers.vat_checks import check_due


def _check(at: datetime) -> None:
    check_due(at)


SCHEDULE = [Every("customers.check_vat", timedelta(hours=1), _check, calls_out=True)]
