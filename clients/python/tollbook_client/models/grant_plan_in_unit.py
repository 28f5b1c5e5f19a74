from typing import Literal

GrantPlanInUnit = Literal["days", "months"]

GRANT_PLAN_IN_UNIT_VALUES: set[GrantPlanInUnit] = {
    "days",
    "months",
}


def check_grant_plan_in_unit(value: str) -> GrantPlanInUnit:
    if value in GRANT_PLAN_IN_UNIT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GRANT_PLAN_IN_UNIT_VALUES!r}")
