"""Features of charging, and those of public addresses, which a cloud vertical will ask for."""

from tollbook.features.checks import Answer, Check, Values
from tollbook.features.registry import Feature, yes_no

PREPAID_HOURLY = "charging.prepaid_hourly"
DEFAULT_IP = "charging.default_ip"
FREE_IP = "charging.free_ip"
SECONDARY_IP = "charging.secondary_ip"
_CLOUD = "a cloud vertical"

FEATURES = [
    Feature(
        DEFAULT_IP,
        yes_no(),
        default=True,
        title="Default IP charge",
        help="Whether the public address that comes with a network is charged.",
        area="billing",
        order=1,
        waits_for=_CLOUD,
    ),
    Feature(
        PREPAID_HOURLY,
        yes_no(),
        default=True,
        title="Prepaid hourly billing",
        help="Whether prepaid use is drawn on the wallet each hour. If not, it is drawn when its period ends.",
        area="billing",
        order=4,
    ),
    Feature(
        FREE_IP,
        yes_no(),
        default=False,
        title="Free for one IP",
        help="Whether one public address of a customer is free in each hour.",
        area="billing",
        order=5,
        waits_for=_CLOUD,
    ),
    Feature(
        SECONDARY_IP,
        yes_no(),
        default=False,
        title="Secondary IP billing",
        help="Whether further addresses of an instance are charged; one free address does not count for them.",
        area="billing",
        order=11,
        waits_for=_CLOUD,
    ),
]


def _which_is_free(values: Values) -> str:
    if values[FREE_IP] and not values[DEFAULT_IP]:
        return f"{FREE_IP} is on and {DEFAULT_IP} off: the default address is the free one, others are charged"
    return ""


CHECKS = [Check((FREE_IP, DEFAULT_IP), _which_is_free, Answer.WARN)]
