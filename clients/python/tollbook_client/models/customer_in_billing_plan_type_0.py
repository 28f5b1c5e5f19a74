from typing import Literal

CustomerInBillingPlanType0 = Literal["FLEXIBLE", "POSTPAID", "PREPAID"]

CUSTOMER_IN_BILLING_PLAN_TYPE_0_VALUES: set[CustomerInBillingPlanType0] = {
    "FLEXIBLE",
    "POSTPAID",
    "PREPAID",
}


def check_customer_in_billing_plan_type_0(value: str) -> CustomerInBillingPlanType0:
    if value in CUSTOMER_IN_BILLING_PLAN_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CUSTOMER_IN_BILLING_PLAN_TYPE_0_VALUES!r}")
