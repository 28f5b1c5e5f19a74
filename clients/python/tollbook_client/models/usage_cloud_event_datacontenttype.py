from typing import Literal

UsageCloudEventDatacontenttype = Literal["application/json"]

USAGE_CLOUD_EVENT_DATACONTENTTYPE_VALUES: set[UsageCloudEventDatacontenttype] = {
    "application/json",
}


def check_usage_cloud_event_datacontenttype(value: str) -> UsageCloudEventDatacontenttype:
    if value in USAGE_CLOUD_EVENT_DATACONTENTTYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {USAGE_CLOUD_EVENT_DATACONTENTTYPE_VALUES!r}")
