"""Features of payments."""

from tollbook.customers.settings import SIGNUP_PAYMENT, VERIFICATION_REFUND
from tollbook.features.checks import Answer, Check, Values
from tollbook.features.registry import Feature, choice, whole, yes_no
from tollbook.features.types import amounts_by_currency
from tollbook.payments.deposit_rules import Mode, Rejected, Rest
from tollbook.payments.rules import AllocationOrder, ApplyCredit

APPLY_CREDIT = "payments.apply_credit"
ALLOCATION_ORDER = "payments.allocation_order"
LEAST_RECHARGE = "payments.least_recharge"
MOST_RECHARGE = "payments.most_recharge"
AUTO_TOP_UP = "payments.auto_top_up"
AUTO_TOP_UP_DAILY = "payments.auto_top_up_daily"
COLLECT = "payments.collect"
DEPOSIT = "payments.deposit"
DEPOSIT_BACK = "payments.deposit_back"
DEPOSIT_BACK_FIXED = "payments.deposit_back_fixed"
DEPOSIT_MODE = "payments.deposit_mode"
DEPOSIT_REST = "payments.deposit_rest"
DEPOSIT_REJECTED = "payments.deposit_rejected"
DEPOSIT_PAY_DAYS = "payments.deposit_pay_days"
DEPOSIT_VERIFY_DAYS = "payments.deposit_verify_days"
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
    Feature(
        DEPOSIT,
        amounts_by_currency(),
        default={},
        title="Deposit at sign-up",
        help="What a new account deposits where sign-up payment is on, by currency; a customer whose currency has none "
        "deposits nothing. It is held apart until the account is verified or rejected: no wallet, no credit.",
        area="billing",
        order=13,
        new_only=True,
    ),
    Feature(
        DEPOSIT_BACK,
        whole(0, 100),
        default=100,
        title="Part of the deposit that comes back",
        help="How many percent of the deposit come back when the account is verified, where that is promised; cut to "
        "the decimals of the currency.",
        area="billing",
        order=11,
        new_only=True,
    ),
    Feature(
        DEPOSIT_BACK_FIXED,
        amounts_by_currency(),
        default={},
        title="Fixed amount of the deposit that comes back",
        help="How much of the deposit comes back instead of a percentage, by currency; at most the deposit.",
        area="billing",
        order=11,
        new_only=True,
    ),
    Feature(
        DEPOSIT_MODE,
        choice(Mode),
        default=Mode.GATEWAY,
        title="How the deposit comes back",
        help="Through the gateway that took it (gateway), or into the wallet (wallet).",
        area="billing",
        order=11,
        new_only=True,
    ),
    Feature(
        DEPOSIT_REST,
        choice(Rest),
        default=Rest.WALLET,
        title="Rest of the deposit",
        help="What becomes, when the account is verified, of what was not promised back: credit in the wallet "
        "(wallet), or a fee, income without an invoice (fee).",
        area="billing",
        order=11,
        new_only=True,
    ),
    Feature(
        DEPOSIT_REJECTED,
        choice(Rejected),
        default=Rejected.PEOPLE,
        title="Deposit of a rejected account",
        help="Whether the deposit of an account that is not verified is forfeited at once (forfeit), or people decide "
        "whether it is forfeited or goes back (people).",
        area="billing",
        order=11,
        new_only=True,
    ),
    Feature(
        DEPOSIT_PAY_DAYS,
        whole(1, 365),
        default=14,
        title="Days to pay the deposit",
        help="After how many days a sign-up whose deposit is not paid is given up.",
        area="billing",
        order=13,
        new_only=True,
    ),
    Feature(
        DEPOSIT_VERIFY_DAYS,
        whole(1, 365),
        default=14,
        title="Days to verify an account",
        help="Within how many days of its payment the deposit is decided about, as customers are promised. What waits "
        "longer is marked for staff; nothing is forfeited by it.",
        area="billing",
        order=11,
        new_only=True,
    ),
]


def _nothing_deposited(values: Values) -> str:
    if values[VERIFICATION_REFUND] and values[SIGNUP_PAYMENT] and not values[DEPOSIT]:
        return f"{VERIFICATION_REFUND} is on while {DEPOSIT} names no amount: there is no deposit to give back"
    return ""


def _more_back(values: Values) -> str:
    amounts, fixed = values[DEPOSIT], values[DEPOSIT_BACK_FIXED]
    for currency in sorted(amounts.keys() & fixed.keys()):
        if fixed[currency] > amounts[currency]:
            more, all_ = f"{fixed[currency]} {currency}", f"{amounts[currency]} {currency}"
            return f"{DEPOSIT_BACK_FIXED} is {more}, more than {DEPOSIT}, {all_}"
    return ""


CHECKS = [
    Check((DEPOSIT, DEPOSIT_BACK_FIXED), _more_back),
    Check((VERIFICATION_REFUND, SIGNUP_PAYMENT, DEPOSIT), _nothing_deposited, Answer.WARN),
]
