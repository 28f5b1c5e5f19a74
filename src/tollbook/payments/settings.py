"""Features of payments."""

from tollbook.features.registry import Feature, choice, yes_no
from tollbook.features.types import amounts_by_currency
from tollbook.payments.rules import AllocationOrder, ApplyCredit

APPLY_CREDIT = "payments.apply_credit"
ALLOCATION_ORDER = "payments.allocation_order"
LEAST_RECHARGE = "payments.least_recharge"
MOST_RECHARGE = "payments.most_recharge"
AUTO_TOP_UP = "payments.auto_top_up"
AUTO_TOP_UP_DAILY = "payments.auto_top_up_daily"
COLLECT = "payments.collect"
APPROVE_ABOVE = "payments.approve_above"

FEATURES = [
    Feature(
        APPROVE_ABOVE,
        amounts_by_currency(),
        default={},
        title="Two people above",
        help="Refunds and write-offs above this amount are asked for by one member of staff and approved by another, "
        "by currency. A currency without an amount needs one person only.",
    ),
    Feature(
        APPLY_CREDIT,
        choice(ApplyCredit),
        default=ApplyCredit.ON,
        title="Use credit by itself",
        help="Whether money that a customer has paid and that settles nothing yet settles open invoices by itself: "
        "off, on, or only an invoice that it covers whole (whole).",
    ),
    Feature(
        ALLOCATION_ORDER,
        choice(AllocationOrder),
        default=AllocationOrder.OLDEST,
        title="Which invoice is settled first",
        help="The order in which credit settles open invoices: oldest due day, newest, or smallest amount first.",
    ),
    Feature(
        LEAST_RECHARGE,
        amounts_by_currency(),
        default={},
        title="Least that can be added",
        help="The smallest amount by which a customer can top up a wallet, by currency. Without one: any.",
        area="billing",
        order=16,
    ),
    Feature(
        MOST_RECHARGE,
        amounts_by_currency(),
        default={},
        title="Most that can be added",
        help="The largest amount by which a customer can top up a wallet at once, by currency. Without one: any.",
        area="billing",
        order=21,
    ),
    Feature(
        AUTO_TOP_UP,
        yes_no(),
        default=False,
        title="Top up by itself",
        help="Whether a saved method of payment may be charged to top up a wallet while the customer is away.",
    ),
    Feature(
        AUTO_TOP_UP_DAILY,
        amounts_by_currency(),
        default={},
        title="Most that tops up by itself in a day",
        help="How much may be charged to top up one wallet by itself in one day of the customer's zone, by currency. A "
        "currency without a cap is not topped up by itself.",
    ),
    Feature(
        COLLECT,
        yes_no(),
        default=True,
        title="Collect invoices by itself",
        help="Whether customers can let a saved method of payment be charged for each invoice when it is issued. It is "
        "charged only for those who agreed.",
    ),
]
