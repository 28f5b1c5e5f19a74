from typing import Literal

StopInReasonType0 = Literal["customer", "dunning", "staff", "wallet"]

STOP_IN_REASON_TYPE_0_VALUES: set[StopInReasonType0] = {
    "customer",
    "dunning",
    "staff",
    "wallet",
}


def check_stop_in_reason_type_0(value: str) -> StopInReasonType0:
    if value in STOP_IN_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STOP_IN_REASON_TYPE_0_VALUES!r}")
