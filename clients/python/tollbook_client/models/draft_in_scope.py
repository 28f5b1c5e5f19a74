from typing import Literal

DraftInScope = Literal["new", "now", "renewal"]

DRAFT_IN_SCOPE_VALUES: set[DraftInScope] = {
    "new",
    "now",
    "renewal",
}


def check_draft_in_scope(value: str) -> DraftInScope:
    if value in DRAFT_IN_SCOPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DRAFT_IN_SCOPE_VALUES!r}")
