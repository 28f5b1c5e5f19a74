"""Features of orders."""

from tollbook.features.registry import Feature, choice
from tollbook.orders.rules import Accept, Alignment, Payment

PAYMENT = "orders.payment"
ACCEPT = "orders.accept"
ALIGNMENT = "orders.alignment"

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
        ALIGNMENT,
        choice(Alignment),
        default=Alignment.CALENDAR,
        title="Periods of what is ordered",
        help="Whether periods of what customers order are calendar months, the first one cut (calendar), or turn on "
        "the day on which it begins (anchor).",
    ),
]
