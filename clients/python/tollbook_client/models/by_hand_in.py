from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ByHandIn")


@_attrs_define
class ByHandIn:
    """What people did about an operation."""

    reason: str
    """ What was done, or why it is not. """
    ref: str | Unset = ""
    """ How the other system knows what was made; for a provision that is completed. """

    def to_dict(self) -> dict[str, Any]:
        reason = self.reason

        ref = self.ref

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "reason": reason,
            }
        )
        if ref is not UNSET:
            field_dict["ref"] = ref

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        reason = d.pop("reason")

        ref = d.pop("ref", UNSET)

        by_hand_in = cls(
            reason=reason,
            ref=ref,
        )

        return by_hand_in
