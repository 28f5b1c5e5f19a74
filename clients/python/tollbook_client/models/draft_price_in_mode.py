from typing import Literal

DraftPriceInMode = Literal["postpaid", "prepaid"]

DRAFT_PRICE_IN_MODE_VALUES: set[DraftPriceInMode] = {
    "postpaid",
    "prepaid",
}


def check_draft_price_in_mode(value: str) -> DraftPriceInMode:
    if value in DRAFT_PRICE_IN_MODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DRAFT_PRICE_IN_MODE_VALUES!r}")
