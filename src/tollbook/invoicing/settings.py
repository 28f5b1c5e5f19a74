"""Features of invoicing."""

from tollbook.features.registry import Feature, Level, yes_no

ISSUE_ZERO = "invoicing.issue_zero"

FEATURES = [
    Feature(
        ISSUE_ZERO,
        yes_no(),
        default=True,
        title="Issue invoices of nothing",
        help="Whether a bill run issues an invoice whose total is zero. If not, its charges wait for the next one.",
        levels=(Level.INSTALLATION, Level.BRAND, Level.GROUP, Level.CUSTOMER),
    )
]
