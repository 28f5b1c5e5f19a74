"""Features of the customer portal and of accounts, and which of them contradict each other."""

from decimal import Decimal
from typing import Any

from django.db.models import F

from tollbook.customers.features import scope_at
from tollbook.customers.models import Customer
from tollbook.customers.rules import BillingPlan, DefaultPlan, VatRule
from tollbook.features.checks import Answer, Check, Fact, Values
from tollbook.features.queries import Scope
from tollbook.features.registry import Feature, choice, whole, yes_no

SHOW_USAGE = "portal.show_usage"
SHOW_WALLET = "portal.show_wallet"
SHOW_INVOICES = "portal.show_invoices"
PORTAL_PAYMENT = "portal.payment"
COST_PLACES = "portal.cost_places"
MULTI_CURRENCY = "customers.multi_currency"
INDIVIDUAL_PLAN = "customers.individual_plan"
ORGANIZATION_PLAN = "customers.organization_plan"
GENERAL_PLAN = "customers.billing_plan"
CONTRACT_TYPES = "customers.contract_types"
SIGN_UP = "customers.sign_up"
SIGNUP_PAYMENT = "customers.signup_payment"
VERIFICATION_REFUND = "customers.verification_refund"
WHMCS = "customers.whmcs_billing"
VAT_CHECK = "customers.vat_check"
# Declared by rooms above this one; a check whose settings do not all exist is not made.
SUSPEND_OVERDUE = "subscriptions.suspend_overdue"
PREPAID_HOURLY = "charging.prepaid_hourly"
LEAST_RECHARGE = "payments.least_recharge"
MOST_RECHARGE = "payments.most_recharge"

NAMED = 10

FEATURES = [
    Feature(
        SIGN_UP,
        yes_no(),
        default=False,
        title="Sign-up",
        help="Whether people can become customers by themselves, at /account/signup/. The brand needs published terms.",
    ),
    Feature(
        VAT_CHECK,
        choice(VatRule),
        default=VatRule.FORM,
        title="Check of VAT numbers",
        help="When the VAT number of an organization elsewhere in the EU makes it owe the tax itself: by its form "
        "alone (form), unless the EU's service VIES denies it (unless_invalid), or only when VIES confirms it (valid). "
        "VIES is asked in the background, again each hour while it is away, and after 90 days.",
    ),
    Feature(
        SHOW_USAGE,
        yes_no(),
        default=True,
        title="Show usage",
        help="Whether the customer portal shows what was used: meters, days, resources and single events.",
    ),
    Feature(
        SHOW_WALLET,
        yes_no(),
        default=True,
        title="Show the wallet",
        help="Whether the customer portal shows the wallet: balance, credit and every movement.",
    ),
    Feature(
        MULTI_CURRENCY,
        yes_no(),
        default=True,
        title="Multi-currency",
        help="Whether a new customer may buy in another currency than its brand's.",
        area="billing",
        order=2,
        new_only=True,
    ),
    Feature(
        PORTAL_PAYMENT,
        yes_no(),
        default=True,
        title="Portal payment",
        help="Whether customers can pay invoices and add funds in the portal and over the API.",
        area="billing",
        order=3,
    ),
    Feature(
        SHOW_INVOICES,
        yes_no(),
        default=True,
        title="Invoice menu",
        help="Whether customers see their invoices in the portal and over the API.",
        area="billing",
        order=6,
    ),
    Feature(
        VERIFICATION_REFUND,
        yes_no(),
        default=False,
        title="Account verification refund",
        help="Whether the deposit paid at sign-up is given back when the account is verified. What the sign-up page "
        "promised holds, whatever is set later.",
        area="billing",
        order=10,
        new_only=True,
    ),
    Feature(
        CONTRACT_TYPES,
        yes_no(),
        default=False,
        title="Billing contract type",
        help="Whether a customer can be given a fixed contract. If not, new customers pay as they go; contracts that "
        "are fixed stay so.",
        area="billing",
        order=12,
        new_only=True,
    ),
    Feature(
        SIGNUP_PAYMENT,
        yes_no(),
        default=False,
        title="Sign-up payment",
        help="Whether a new account is activated by a payment: what a customer orders who has not paid anything yet is "
        "paid before anything is provisioned.",
        area="billing",
        order=13,
    ),
    Feature(
        WHMCS,
        yes_no(),
        default=False,
        title="WHMCS billing",
        help="Whether WHMCS invoices and duns instead of Tollbook.",
        area="billing",
        order=14,
        waits_for="a WHMCS connector",
    ),
    Feature(
        COST_PLACES,
        whole(0, 8),
        default=2,
        title="Cost decimal points",
        help="How many decimals the costs so far are shown with in the portal. Invoices and amounts due always have "
        "those of the currency; the books keep every digit.",
        area="billing",
        order=15,
    ),
    Feature(
        INDIVIDUAL_PLAN,
        choice(DefaultPlan),
        default=DefaultPlan.AS_GENERAL,
        title="Individual billing plan",
        help="The billing plan of new customers who are individuals; AS_GENERAL: the general one.",
        area="billing",
        order=17,
        new_only=True,
    ),
    Feature(
        ORGANIZATION_PLAN,
        choice(DefaultPlan),
        default=DefaultPlan.AS_GENERAL,
        title="Organization billing plan",
        help="The billing plan of new customers that are organizations; AS_GENERAL: the general one.",
        area="billing",
        order=18,
        new_only=True,
    ),
    Feature(
        GENERAL_PLAN,
        choice(BillingPlan),
        default=BillingPlan.FLEXIBLE,
        title="Billing plan",
        help="The billing plan of new customers whose kind has none: POSTPAID bills use when its period ends, PREPAID "
        "draws it on the wallet, FLEXIBLE does what each price says. Existing customers keep theirs.",
        area="billing",
        order=19,
        new_only=True,
    ),
]


def _refund_of_nothing(values: Values) -> str:
    if values[VERIFICATION_REFUND] and not values[SIGNUP_PAYMENT]:
        return f"{VERIFICATION_REFUND} is on while {SIGNUP_PAYMENT} is off: there is no deposit to give back"
    return ""


def _cannot_top_up(values: Values) -> str:
    plans = (INDIVIDUAL_PLAN, ORGANIZATION_PLAN, GENERAL_PLAN)
    prepaid = [key for key in plans if values[key] == "PREPAID"]
    if not values[PORTAL_PAYMENT] and prepaid:
        return f"{PORTAL_PAYMENT} is off while {prepaid[0]} is PREPAID: such customers cannot top up by themselves"
    return ""


def _cannot_sign_up(values: Values) -> str:
    if values[SIGNUP_PAYMENT] and not values[PORTAL_PAYMENT]:
        return f"{SIGNUP_PAYMENT} is on while {PORTAL_PAYMENT} is off: nobody could pay to sign up"
    return ""


def _unseen_invoices(values: Values) -> str:
    if not values[SHOW_INVOICES] and "POSTPAID" in {
        values[k] for k in (INDIVIDUAL_PLAN, ORGANIZATION_PLAN, GENERAL_PLAN)
    }:
        return f"{SHOW_INVOICES} is off while new customers are POSTPAID: they pay invoices that they cannot open"
    return ""


def _two_dunners(values: Values) -> str:
    if values[WHMCS] and values[SUSPEND_OVERDUE]:
        return f"{WHMCS} and {SUSPEND_OVERDUE} are both on: only one system may suspend who has not paid"
    return ""


def _billed_twice(values: Values) -> str:
    if values[WHMCS] and values[PREPAID_HOURLY]:
        return f"{WHMCS} and {PREPAID_HOURLY} are both on: use would be drawn here and invoiced there"
    return ""


def least_over_most(values: Values) -> str:
    """Whether the least recharge is above the most in a currency."""
    least, most = values[LEAST_RECHARGE], values[MOST_RECHARGE]
    for currency in sorted(least.keys() & most.keys()):
        low, high = Decimal(least[currency]), Decimal(most[currency])
        if low > high:
            return f"{LEAST_RECHARGE} is {low} {currency}, more than {MOST_RECHARGE}, {high} {currency}"
    return ""


def _foreign_customers(on: Any, scope: Scope) -> str:
    if on:
        return ""
    rows = Customer.objects.exclude(currency=F("brand__currency"))
    if scope.customer:
        rows = rows.filter(public_id=scope.customer)
    elif scope.group:
        rows = rows.filter(group__public_id=scope.group)
    elif scope.brand:
        rows = rows.filter(brand__public_id=scope.brand)
    found = list(rows.order_by("public_id").values_list("public_id", flat=True)[: NAMED + 1])
    if not found:
        return ""
    more = " and more" if len(found) > NAMED else ""
    named = ", ".join(found[:NAMED])
    return f"{MULTI_CURRENCY} cannot be off while customers buy in another currency than their brand's: {named}{more}"


CHECKS = [
    Check((LEAST_RECHARGE, MOST_RECHARGE), least_over_most),
    Check((SIGNUP_PAYMENT, PORTAL_PAYMENT), _cannot_sign_up),
    Check((WHMCS, SUSPEND_OVERDUE), _two_dunners),
    Check((WHMCS, PREPAID_HOURLY), _billed_twice, Answer.WARN),
    Check((VERIFICATION_REFUND, SIGNUP_PAYMENT), _refund_of_nothing, Answer.WARN),
    Check((PORTAL_PAYMENT, INDIVIDUAL_PLAN, ORGANIZATION_PLAN, GENERAL_PLAN), _cannot_top_up, Answer.WARN),
    Check((SHOW_INVOICES, INDIVIDUAL_PLAN, ORGANIZATION_PLAN, GENERAL_PLAN), _unseen_invoices, Answer.WARN),
]
FACTS = [Fact(MULTI_CURRENCY, _foreign_customers)]
SCOPE_OF = scope_at
