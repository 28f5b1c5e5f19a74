"""What metering says of prices before they are published: only units that add up can have a limit."""

from collections.abc import Sequence

from tollbook.catalog.actions import NewPrice
from tollbook.kernel.errors import Refused
from tollbook.metering.models import SUMMED, Meter


def may_price(prices: Sequence[NewPrice]) -> None:
    """Refused "limit_not_counted" where a price limits the units of a meter that neither sums nor counts: its reading
    is not known before the period is over, so no event can be said to go above it.
    """
    limited = {price.meter: price for price in prices if price.meter and price.terms.limit is not None}
    if not limited:
        return
    for meter in Meter.objects.filter(code__in=limited).exclude(aggregation__in=SUMMED).order_by("code"):
        how = meter.get_aggregation_display()
        message = (
            f"limit: meter {meter.code} of price {limited[meter.code].code} is read as {how}; only meters that sum or "
            "count can have a limit"
        )
        raise Refused("limit_not_counted", message, param="limit")


def meters() -> list[tuple[str, str, str]]:
    """(code, name, unit) of every meter, for whoever writes a price."""
    return list(Meter.objects.order_by("code").values_list("code", "name", "unit"))
