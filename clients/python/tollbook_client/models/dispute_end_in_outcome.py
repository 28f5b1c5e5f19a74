from typing import Literal

DisputeEndInOutcome = Literal["lost", "won"]

DISPUTE_END_IN_OUTCOME_VALUES: set[DisputeEndInOutcome] = {
    "lost",
    "won",
}


def check_dispute_end_in_outcome(value: str) -> DisputeEndInOutcome:
    if value in DISPUTE_END_IN_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DISPUTE_END_IN_OUTCOME_VALUES!r}")
