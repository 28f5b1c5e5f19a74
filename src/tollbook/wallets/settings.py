"""Features of wallets."""

from tollbook.features.registry import Feature, yes_no

SHOW_NEGATIVE = "wallets.show_negative"

FEATURES = [
    Feature(
        SHOW_NEGATIVE,
        yes_no(),
        default=True,
        title="Prepaid negative balance display",
        help="Whether customers see a balance below zero. If not, they see zero and that a payment is required; staff "
        "and the books always see the balance as it is.",
        area="billing",
        order=9,
    ),
]
