"""When the ledger is sealed by itself."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.ledger.seals import seal


def _seal(at: datetime) -> None:
    seal()


SCHEDULE = [Every("ledger.seal", timedelta(days=1), _seal)]
