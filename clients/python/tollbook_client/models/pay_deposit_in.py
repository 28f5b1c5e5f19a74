from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="PayDepositIn")


@_attrs_define
class PayDepositIn:
    """A payment of a deposit."""

    gateway: str
    """ Through which gateway. """

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

        pay_deposit_in = cls(
            gateway=gateway,
        )

        return pay_deposit_in
