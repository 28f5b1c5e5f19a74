from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PublishIn")


@_attrs_define
class PublishIn:
    """The draft as it was seen, and why it counts above the limit."""

    revision: int
    """ The revision that was seen; at another one it is refused. """
    reason: str | Unset = ""
    """ Overrides the limits of the brand: for approvers. """

    def to_dict(self) -> dict[str, Any]:
        revision = self.revision

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "revision": revision,
            }
        )
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        revision = d.pop("revision")

        reason = d.pop("reason", UNSET)

        publish_in = cls(
            revision=revision,
            reason=reason,
        )

        return publish_in
