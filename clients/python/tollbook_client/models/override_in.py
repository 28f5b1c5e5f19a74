from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="OverrideIn")


@_attrs_define
class OverrideIn:
    """Why a version counts above the limit."""

    version: str
    """ The version. """
    reason: str
    """ Kept with the version. """

    def to_dict(self) -> dict[str, Any]:
        version = self.version

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "version": version,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        version = d.pop("version")

        reason = d.pop("reason")

        override_in = cls(
            version=version,
            reason=reason,
        )

        return override_in
