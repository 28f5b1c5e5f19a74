"""Text messages."""

from typing import Any

from tollbook.rating.early import early
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind


@kind("sms.async_bill")
def async_bill(given: Given) -> dict[str, Any]:
    found = early(given.whole("parts", low=0), given.decimal("rate"), given.decimal("early_percent"))
    return found._asdict()
