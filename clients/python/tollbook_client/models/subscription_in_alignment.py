from typing import Literal

SubscriptionInAlignment = Literal["anchor", "calendar"]

SUBSCRIPTION_IN_ALIGNMENT_VALUES: set[SubscriptionInAlignment] = {
    "anchor",
    "calendar",
}


def check_subscription_in_alignment(value: str) -> SubscriptionInAlignment:
    if value in SUBSCRIPTION_IN_ALIGNMENT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SUBSCRIPTION_IN_ALIGNMENT_VALUES!r}")
