"""When the bill run happens by itself: each hour, after charging (entries run in the order of their names)."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.invoicing.actions import bill_due


def _bill(at: datetime) -> None:
    bill_due(at)


SCHEDULE = [Every("invoicing.bill_due", timedelta(hours=1), _bill)]
