"""Features of orders."""

from tollbook.features.registry import Feature, choice, whole, yes_no
from tollbook.orders.rules import Accept, Alignment, Payment

PAYMENT = "orders.payment"
ACCEPT = "orders.accept"
ALIGNMENT = "orders.alignment"
PAY_DAYS = "orders.pay_days"
CUSTOMERS_CHANGE = "orders.customers_change"

FEATURES = [
    Feature(
        PAYMENT,
        choice(Payment),
        default=Payment.FIRST,
        title="Payment of orders",
        help="Whether the invoice over what an order costs at once must be paid before anything is provisioned "
        "(pay_first), or not (on_account). What holds when an order is placed holds for it.",
        area="billing",
        order=13,
    ),
    Feature(
        ACCEPT,
        choice(Accept),
        default=Accept.BY_ITSELF,
        title="Acceptance of orders",
        help="Whether an order is accepted as soon as it is placed (by_itself), or when staff accept it (by_people).",
        area="billing",
        order=13,
    ),
    Feature(
        PAY_DAYS,
        whole(0, 365),
        default=14,
        title="Days to pay an order",
        help="After how many days an order that is to be paid first and is not is cancelled by itself; customers are "
        "reminded when half of them are over. 0: never. What holds when an order is accepted holds for it.",
        area="billing",
        order=13,
    ),
    Feature(
        CUSTOMERS_CHANGE,
        yes_no(),
        default=True,
        title="Customers change and end by themselves",
        help="Whether owners and those who pay see on the portal's subscriptions a way to change the plan to another "
        "one of the product that is on offer, to end the subscription, and to take an end back.",
        area="billing",
        order=14,
    ),
    Feature(
        ALIGNMENT,
        choice(Alignment),
        default=Alignment.CALENDAR,
        title="Periods of what is ordered",
        help="Whether periods of what customers order are calendar months, the first one cut (calendar), or turn on "
        "the day on which it begins (anchor).",
    ),
]
