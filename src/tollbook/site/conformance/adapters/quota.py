"""Quotas from cycle to cycle."""

from typing import Any

from tollbook.rating.aggregates import next_quota
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind


@kind("quota.next_cycle")
def next_cycle(given: Given) -> dict[str, Any]:
    carry_over = given.flag("carry_over", False)
    return {"available": next_quota(given.decimal("quota"), given.decimal("used"), carry_over=carry_over)}
