from typing import Literal

LevelInAtZero = Literal["grace", "overage", "refuse", "suspend"]

LEVEL_IN_AT_ZERO_VALUES: set[LevelInAtZero] = {
    "grace",
    "overage",
    "refuse",
    "suspend",
}


def check_level_in_at_zero(value: str) -> LevelInAtZero:
    if value in LEVEL_IN_AT_ZERO_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LEVEL_IN_AT_ZERO_VALUES!r}")
