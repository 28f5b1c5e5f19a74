from typing import Literal

PromotionInKind = Literal["amount", "percent", "price", "setup"]

PROMOTION_IN_KIND_VALUES: set[PromotionInKind] = {
    "amount",
    "percent",
    "price",
    "setup",
}


def check_promotion_in_kind(value: str) -> PromotionInKind:
    if value in PROMOTION_IN_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PROMOTION_IN_KIND_VALUES!r}")
