"""Features of invoicing."""

from tollbook.features.registry import Feature, Level, whole, yes_no
from tollbook.features.types import amounts_by_currency

ISSUE_ZERO = "invoicing.issue_zero"
CREDIT_AFTER = "invoicing.credit_after_days"
PROFORMA_FIRST = "invoicing.proforma_first"
INTERIM_AMOUNT = "invoicing.interim_amount"

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
        INTERIM_AMOUNT,
        amounts_by_currency(),
        default={},
        title="Interim invoice at",
        help="By currency: when what is not invoiced yet (charges, and use up to now) reaches this amount, it is "
        "invoiced at once, and the rest of the period goes on. Without one: never. What a wallet pays does not count.",
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
