from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ProductOut")


@_attrs_define
class ProductOut:
    """What is sold."""

    id: str
    """ Its id. """
    code: str
    """ Its code, once in a brand. """
    name: str
    """ Its name. """
    description: str
    """ What it is. """
    tax_category: str
    """ Which rate of tax it takes. """
    position: int
    """ A smaller one stands higher. """
    hidden: bool
    """ Whether customers do not see it in lists. """
    archived: bool
    """ Whether it is sold no more. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        code = self.code

        name = self.name

        description = self.description

        tax_category = self.tax_category

        position = self.position

        hidden = self.hidden

        archived = self.archived

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "code": code,
                "name": name,
                "description": description,
                "tax_category": tax_category,
                "position": position,
                "hidden": hidden,
                "archived": archived,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        code = d.pop("code")

        name = d.pop("name")

        description = d.pop("description")

        tax_category = d.pop("tax_category")

        position = d.pop("position")

        hidden = d.pop("hidden")

        archived = d.pop("archived")

        product_out = cls(
            id=id,
            code=code,
            name=name,
            description=description,
            tax_category=tax_category,
            position=position,
            hidden=hidden,
            archived=archived,
        )

        product_out.additional_properties = d
        return product_out

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
