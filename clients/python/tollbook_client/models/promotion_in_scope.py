from typing import Literal

PromotionInScope = Literal["invoice", "lines"]

PROMOTION_IN_SCOPE_VALUES: set[PromotionInScope] = {
    "invoice",
    "lines",
}


def check_promotion_in_scope(value: str) -> PromotionInScope:
    if value in PROMOTION_IN_SCOPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PROMOTION_IN_SCOPE_VALUES!r}")
