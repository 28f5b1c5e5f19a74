from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.plan_change_in_becomes import (
    PlanChangeInBecomes,
    check_plan_change_in_becomes,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="PlanChangeIn")


@_attrs_define
class PlanChangeIn:
    """Another billing plan."""

    becomes: PlanChangeInBecomes
    """ POSTPAID, PREPAID or FLEXIBLE. """
    starts_at: datetime.datetime | None | Unset = UNSET
    """ From when; now, if left out. To come, it is on a full hour of the customer's zone. """
    reason: str | Unset = ""
    """ Why, for the audit trail. """

    def to_dict(self) -> dict[str, Any]:
        becomes: str = self.becomes

        starts_at: None | str | Unset
        if isinstance(self.starts_at, Unset):
            starts_at = UNSET
        elif isinstance(self.starts_at, datetime.datetime):
            starts_at = self.starts_at.isoformat()
        else:
            starts_at = self.starts_at

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "becomes": becomes,
            }
        )
        if starts_at is not UNSET:
            field_dict["starts_at"] = starts_at
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        becomes = check_plan_change_in_becomes(d.pop("becomes"))

        def _parse_starts_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                starts_at_type_0 = datetime.datetime.fromisoformat(data)

                return starts_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        starts_at = _parse_starts_at(d.pop("starts_at", UNSET))

        reason = d.pop("reason", UNSET)

        plan_change_in = cls(
            becomes=becomes,
            starts_at=starts_at,
            reason=reason,
        )

        return plan_change_in
