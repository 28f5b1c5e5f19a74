from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="SetupIn")


@_attrs_define
class SetupIn:
    """A method to be saved."""

    gateway: str
    """ The gateway that shall keep it. """

    def to_dict(self) -> dict[str, Any]:
        gateway = self.gateway

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "gateway": gateway,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        gateway = d.pop("gateway")

        setup_in = cls(
            gateway=gateway,
        )

        return setup_in
