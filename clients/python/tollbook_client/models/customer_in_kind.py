from typing import Literal

CustomerInKind = Literal["individual", "organization"]

CUSTOMER_IN_KIND_VALUES: set[CustomerInKind] = {
    "individual",
    "organization",
}


def check_customer_in_kind(value: str) -> CustomerInKind:
    if value in CUSTOMER_IN_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CUSTOMER_IN_KIND_VALUES!r}")
