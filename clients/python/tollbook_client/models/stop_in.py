from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.stop_in_reason_type_0 import (
    StopInReasonType0,
    check_stop_in_reason_type_0,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="StopIn")


@_attrs_define
class StopIn:
    """Why a service is stopped or goes on."""

    reason: None | StopInReasonType0 | Unset = UNSET
    """ customer, dunning, wallet or staff; a customer's key acts for customer, and names no other. """
    note: str | Unset = ""
    """ For staff. """

    def to_dict(self) -> dict[str, Any]:
        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        elif isinstance(self.reason, str):
            reason = self.reason
        else:
            reason = self.reason

        note = self.note

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if reason is not UNSET:
            field_dict["reason"] = reason
        if note is not UNSET:
            field_dict["note"] = note

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_reason(data: object) -> None | StopInReasonType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                reason_type_0 = check_stop_in_reason_type_0(data)

                return reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | StopInReasonType0 | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        note = d.pop("note", UNSET)

        stop_in = cls(
            reason=reason,
            note=note,
        )

        return stop_in
