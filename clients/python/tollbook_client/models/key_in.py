from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="KeyIn")


@_attrs_define
class KeyIn:
    """A key to be."""

    name: str
    """ What it is for. """
    scopes: list[str]
    """ What it may do: an area and read or write, `*` for every area. """
    customer: None | str | Unset = UNSET
    """ Whose key it is: an administrator names any customer; left out: the caller's own. """
    addresses: list[str] | Unset = UNSET
    """ Addresses and networks it may be used from; none: from everywhere. """
    expires_at: datetime.datetime | None | Unset = UNSET
    """ When it ends; left out: when it is revoked. """

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        scopes = self.scopes

        customer: None | str | Unset
        if isinstance(self.customer, Unset):
            customer = UNSET
        else:
            customer = self.customer

        addresses: list[str] | Unset = UNSET
        if not isinstance(self.addresses, Unset):
            addresses = self.addresses

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "scopes": scopes,
            }
        )
        if customer is not UNSET:
            field_dict["customer"] = customer
        if addresses is not UNSET:
            field_dict["addresses"] = addresses
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        scopes = cast(list[str], d.pop("scopes"))

        def _parse_customer(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        customer = _parse_customer(d.pop("customer", UNSET))

        addresses = cast(list[str], d.pop("addresses", UNSET))

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        key_in = cls(
            name=name,
            scopes=scopes,
            customer=customer,
            addresses=addresses,
            expires_at=expires_at,
        )

        return key_in
