"""Features of invoicing."""

from tollbook.features.registry import Feature, Level, whole, yes_no

ISSUE_ZERO = "invoicing.issue_zero"
CREDIT_AFTER = "invoicing.credit_after_days"

FEATURES = [
    Feature(
        ISSUE_ZERO,
        yes_no(),
        default=True,
        title="Issue invoices of nothing",
        help="Whether a bill run issues an invoice whose total is zero. If not, its charges wait for the next one.",
        levels=(Level.INSTALLATION, Level.BRAND, Level.GROUP, Level.CUSTOMER),
    ),
    Feature(
        CREDIT_AFTER,
        whole(0, 3650),
        default=30,
        title="Days until a credit note is issued by itself",
        help="Charges that together give money back wait so long for new charges to outweigh them; then a credit note "
        "is issued. Where all subscriptions have ended, it is issued at once.",
        levels=(Level.INSTALLATION, Level.BRAND, Level.GROUP, Level.CUSTOMER),
    ),
]
