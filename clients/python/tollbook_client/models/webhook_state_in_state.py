from typing import Literal

WebhookStateInState = Literal["active", "paused", "removed"]

WEBHOOK_STATE_IN_STATE_VALUES: set[WebhookStateInState] = {
    "active",
    "paused",
    "removed",
}


def check_webhook_state_in_state(value: str) -> WebhookStateInState:
    if value in WEBHOOK_STATE_IN_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WEBHOOK_STATE_IN_STATE_VALUES!r}")
