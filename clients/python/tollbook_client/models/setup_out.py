from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="SetupOut")


@_attrs_define
class SetupOut:
    """That a customer saves a method, without paying."""

    id: str
    """ Its id. """
    gateway: str
    """ The gateway that shall keep it. """
    state: str
    """ started, pending, unknown, succeeded, failed or cancelled. """
    redirect: None | str
    """ Where the customer goes on, while it is pending. """
    method: None | str
    """ The method that was saved. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        gateway = self.gateway

        state = self.state

        redirect: None | str
        redirect = self.redirect

        method: None | str
        method = self.method

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "gateway": gateway,
                "state": state,
                "redirect": redirect,
                "method": method,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        gateway = d.pop("gateway")

        state = d.pop("state")

        def _parse_redirect(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        redirect = _parse_redirect(d.pop("redirect"))

        def _parse_method(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        method = _parse_method(d.pop("method"))

        setup_out = cls(
            id=id,
            gateway=gateway,
            state=state,
            redirect=redirect,
            method=method,
        )

        setup_out.additional_properties = d
        return setup_out

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
