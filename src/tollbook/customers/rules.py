"""Which billing plan a new customer gets, and whose VAT number counts; pure."""

from enum import StrEnum

from tollbook.kernel.errors import Refused, shown


class BillingPlan(StrEnum):
    """When a customer pays for use."""

    POSTPAID = "POSTPAID"
    PREPAID = "PREPAID"
    FLEXIBLE = "FLEXIBLE"

    @classmethod
    def read(cls, text: str) -> "BillingPlan":
        """The plan of that name; Refused "unknown_billing_plan"."""
        if text not in cls.__members__:
            right = ", ".join(cls)
            raise Refused("unknown_billing_plan", f"becomes {shown(text)}: give one of {right}", param="becomes")
        return cls(text)


class DefaultPlan(StrEnum):
    """The billing plan of new customers of a kind; AS_GENERAL leaves it to the general one."""

    AS_GENERAL = "AS_GENERAL"
    POSTPAID = "POSTPAID"
    PREPAID = "PREPAID"
    FLEXIBLE = "FLEXIBLE"


class ContractType(StrEnum):
    """Whether a customer pays for what it uses, or a fixed amount."""

    PAY_AS_YOU_GO = "pay_as_you_go"
    FIXED = "fixed"

    @classmethod
    def read(cls, text: str) -> "ContractType":
        """The contract type with that value; Refused "unknown_contract_type"."""
        if text not in list(cls):
            right = ", ".join(cls)
            raise Refused("unknown_contract_type", f"contract {shown(text)}: give one of {right}", param="contract")
        return cls(text)


def draws_on_wallet(plan: str, mode: str) -> bool:
    """Whether what is charged for a price of that mode ("prepaid" or "postpaid") is drawn on the wallet at once, for a
    customer with that billing plan; otherwise it waits for its invoice.
    """
    if plan == BillingPlan.FLEXIBLE:
        return mode == "prepaid"
    return plan == BillingPlan.PREPAID


def plan_for(
    own: str, kind: str, individual: DefaultPlan, organization: DefaultPlan, general: BillingPlan
) -> BillingPlan:
    """The billing plan of a new customer: its own if one is given, else that of its kind ("individual" or
    "organization"), else the general one.
    """
    if own:
        return BillingPlan(own)
    of_kind = individual if kind == "individual" else organization
    return general if of_kind is DefaultPlan.AS_GENERAL else BillingPlan(of_kind.value)


class VatState(StrEnum):
    """What is known of a VAT number."""

    UNKNOWN = "unknown"
    VALID = "valid"
    INVALID = "invalid"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(state.value, state.value) for state in cls]


class VatRule(StrEnum):
    """When a VAT number counts as a business customer's."""

    FORM = "form"
    UNLESS_INVALID = "unless_invalid"
    VALID = "valid"


def vat_counts(rule: VatRule, state: VatState) -> bool:
    """Whether a number of that state counts: by its form alone, unless VIES denies it, or only if VIES confirms it."""
    if rule is VatRule.FORM:
        return True
    return state is VatState.VALID or (rule is VatRule.UNLESS_INVALID and state is VatState.UNKNOWN)
