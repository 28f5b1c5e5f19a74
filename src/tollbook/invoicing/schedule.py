"""When the bill run and credit notes happen by themselves: each hour, after charging (in the order of the names)."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.invoicing.actions import bill_due, credit_due
from tollbook.invoicing.interim import interim_due


def _bill(at: datetime) -> None:
    bill_due(at)


def _credit(at: datetime) -> None:
    credit_due(at)


def _interim(at: datetime) -> None:
    interim_due(at)


SCHEDULE = [
    Every("invoicing.bill_due", timedelta(hours=1), _bill),
    Every("invoicing.credit_due", timedelta(hours=1), _credit),
    Every("invoicing.interim_due", timedelta(hours=1), _interim),
]
