"""Features of suspension: whether accounts are suspended, and what of them is billed meanwhile."""

from tollbook.features.registry import Feature, yes_no

SUSPEND_OVERDUE = "subscriptions.suspend_overdue"
BILL_SUSPENDED_FEES = "subscriptions.bill_suspended_fees"
BILL_SUSPENDED_USE = "subscriptions.bill_suspended_use"

FEATURES = [
    Feature(
        SUSPEND_OVERDUE,
        yes_no(),
        default=True,
        title="Suspended account billing: suspend for overdue invoices",
        help="Whether the services of a customer with overdue invoices are suspended by themselves.",
        area="billing",
        order=7,
    ),
    Feature(
        BILL_SUSPENDED_FEES,
        yes_no(),
        default=True,
        title="Suspended account billing: recurring fees",
        help="Whether recurring fees go on while a subscription is suspended. What holds when it is suspended holds "
        "until it is resumed.",
        area="billing",
        order=8,
    ),
    Feature(
        BILL_SUSPENDED_USE,
        yes_no(),
        default=True,
        title="Suspended account billing: use",
        help="Whether use, such as storage and addresses, is charged while a subscription is suspended. What holds "
        "when it is suspended holds until it is resumed.",
        area="billing",
        order=8,
    ),
]
