from typing import Literal

PromotionInAudience = Literal["anybody", "existing", "new"]

PROMOTION_IN_AUDIENCE_VALUES: set[PromotionInAudience] = {
    "anybody",
    "existing",
    "new",
}


def check_promotion_in_audience(value: str) -> PromotionInAudience:
    if value in PROMOTION_IN_AUDIENCE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PROMOTION_IN_AUDIENCE_VALUES!r}")
