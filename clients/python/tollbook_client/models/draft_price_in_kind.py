from typing import Literal

DraftPriceInKind = Literal["metered", "one_time", "recurring"]

DRAFT_PRICE_IN_KIND_VALUES: set[DraftPriceInKind] = {
    "metered",
    "one_time",
    "recurring",
}


def check_draft_price_in_kind(value: str) -> DraftPriceInKind:
    if value in DRAFT_PRICE_IN_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DRAFT_PRICE_IN_KIND_VALUES!r}")
