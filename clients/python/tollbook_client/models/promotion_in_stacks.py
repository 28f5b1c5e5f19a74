from typing import Literal

PromotionInStacks = Literal["additive", "alone", "multiplicative"]

PROMOTION_IN_STACKS_VALUES: set[PromotionInStacks] = {
    "additive",
    "alone",
    "multiplicative",
}


def check_promotion_in_stacks(value: str) -> PromotionInStacks:
    if value in PROMOTION_IN_STACKS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PROMOTION_IN_STACKS_VALUES!r}")
