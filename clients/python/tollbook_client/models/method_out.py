from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="MethodOut")


@_attrs_define
class MethodOut:
    """A way to pay that a gateway keeps for a customer."""

    id: str
    """ Its id. """
    customer: str
    """ Whose it is. """
    gateway: str
    """ The gateway that keeps it. """
    label: str
    """ What people call it. """
    is_default: bool
    """ Whether it is charged while the customer is away. """
    created_at: datetime.datetime
    """ When it was saved. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        gateway = self.gateway

        label = self.label

        is_default = self.is_default

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "gateway": gateway,
                "label": label,
                "is_default": is_default,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        gateway = d.pop("gateway")

        label = d.pop("label")

        is_default = d.pop("is_default")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        method_out = cls(
            id=id,
            customer=customer,
            gateway=gateway,
            label=label,
            is_default=is_default,
            created_at=created_at,
        )

        method_out.additional_properties = d
        return method_out

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
