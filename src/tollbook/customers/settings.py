"""Features of the customer portal."""

from tollbook.features.registry import Feature, yes_no

SHOW_USAGE = "portal.show_usage"
SHOW_WALLET = "portal.show_wallet"

FEATURES = [
    Feature(
        SHOW_USAGE,
        yes_no(),
        default=True,
        title="Show usage",
        help="Whether the customer portal shows what was used: meters, days, resources and single events.",
    ),
    Feature(
        SHOW_WALLET,
        yes_no(),
        default=True,
        title="Show the wallet",
        help="Whether the customer portal shows the wallet: balance, credit and every movement.",
    ),
]
