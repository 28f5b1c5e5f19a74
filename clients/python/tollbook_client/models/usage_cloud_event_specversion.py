from typing import Literal

UsageCloudEventSpecversion = Literal["1.0"]

USAGE_CLOUD_EVENT_SPECVERSION_VALUES: set[UsageCloudEventSpecversion] = {
    "1.0",
}


def check_usage_cloud_event_specversion(value: str) -> UsageCloudEventSpecversion:
    if value in USAGE_CLOUD_EVENT_SPECVERSION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {USAGE_CLOUD_EVENT_SPECVERSION_VALUES!r}")
