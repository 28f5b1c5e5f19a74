from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ValueOut")


@_attrs_define
class ValueOut:
    """A value as it was set."""

    key: str
    """ The feature. """
    value: Any
    """ Its value; null: taken back. """
    scope: str
    """ Where it is set. """
    scope_id: str
    """ For whom; empty for the installation. """
    valid_from: datetime.datetime
    """ From when it counts. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        value = self.value

        scope = self.scope

        scope_id = self.scope_id

        valid_from = self.valid_from.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "value": value,
                "scope": scope,
                "scope_id": scope_id,
                "valid_from": valid_from,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        key = d.pop("key")

        value = d.pop("value")

        scope = d.pop("scope")

        scope_id = d.pop("scope_id")

        valid_from = datetime.datetime.fromisoformat(d.pop("valid_from"))

        value_out = cls(
            key=key,
            value=value,
            scope=scope,
            scope_id=scope_id,
            valid_from=valid_from,
        )

        value_out.additional_properties = d
        return value_out

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
