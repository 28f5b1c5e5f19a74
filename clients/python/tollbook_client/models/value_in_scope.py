from typing import Literal

ValueInScope = Literal["brand", "customer", "group", "installation"]

VALUE_IN_SCOPE_VALUES: set[ValueInScope] = {
    "brand",
    "customer",
    "group",
    "installation",
}


def check_value_in_scope(value: str) -> ValueInScope:
    if value in VALUE_IN_SCOPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {VALUE_IN_SCOPE_VALUES!r}")
