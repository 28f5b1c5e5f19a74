from typing import Literal

PlanChangeInBecomes = Literal["FLEXIBLE", "POSTPAID", "PREPAID"]

PLAN_CHANGE_IN_BECOMES_VALUES: set[PlanChangeInBecomes] = {
    "FLEXIBLE",
    "POSTPAID",
    "PREPAID",
}


def check_plan_change_in_becomes(value: str) -> PlanChangeInBecomes:
    if value in PLAN_CHANGE_IN_BECOMES_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PLAN_CHANGE_IN_BECOMES_VALUES!r}")
