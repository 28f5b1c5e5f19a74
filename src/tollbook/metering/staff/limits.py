"""What a subscription's running period includes and has left, on the subscription's page."""

from collections.abc import Iterable

from tollbook.base import clock
from tollbook.metering.limits import standing
from tollbook.subscriptions.models import Subscription
from tollbook.web.parts import Part, Rows
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column

_COLUMNS = [
    Column("Price", lambda m: m.price.name, href=lambda m: page_of(m.price.public_id), note=lambda m: m.meter.code),
    Column("Included", lambda m: m.included, "quantity"),
    Column("Limit", lambda m: m.gauge.limit if m.is_limited else None, "quantity"),
    Column("Used", lambda m: m.gauge.total, "quantity"),
    Column("Held", lambda m: m.gauge.held, "quantity"),
    Column("Left", lambda m: m.left, "quantity"),
    Column("Then", lambda m: "stops" if m.is_limited else "charged above"),
    Column("Until", lambda m: m.part.end, "instant"),
]


def of_subscription(subscription: Subscription) -> Iterable[Part]:
    """One row for each price with included units or a limit; nothing where there is none."""
    found = standing(subscription, clock.now())
    if found:
        yield Rows("Included in the running period", _COLUMNS, found)
