"""Features of invoicing."""

from tollbook.features.registry import Feature, Level, whole, yes_no

ISSUE_ZERO = "invoicing.issue_zero"
CREDIT_AFTER = "invoicing.credit_after_days"
PROFORMA_FIRST = "invoicing.proforma_first"

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
    Feature(
        PROFORMA_FIRST,
        yes_no(),
        default=False,
        title="Proforma first",
        help="Whether what is charged for a time ahead is asked for by a proforma and invoiced when that is paid. What "
        "is not paid when its period has ended is invoiced as ever.",
        levels=(Level.INSTALLATION, Level.BRAND, Level.GROUP, Level.CUSTOMER),
    ),
]
