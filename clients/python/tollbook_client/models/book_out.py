from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="BookOut")


@_attrs_define
class BookOut:
    """The prices of a brand in a currency, for everybody or a customer group."""

    id: str
    """ Its id. """
    brand: str
    """ Whose prices. """
    currency: str
    """ Of all its amounts. """
    group: str
    """ Code of the customer group; empty: everybody. """
    includes_tax: bool
    """ Whether its amounts include tax. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        brand = self.brand

        currency = self.currency

        group = self.group

        includes_tax = self.includes_tax

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "brand": brand,
                "currency": currency,
                "group": group,
                "includes_tax": includes_tax,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        brand = d.pop("brand")

        currency = d.pop("currency")

        group = d.pop("group")

        includes_tax = d.pop("includes_tax")

        book_out = cls(
            id=id,
            brand=brand,
            currency=currency,
            group=group,
            includes_tax=includes_tax,
        )

        book_out.additional_properties = d
        return book_out

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
