from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ProductIn")


@_attrs_define
class ProductIn:
    """A product to be."""

    name: str
    """ Its name. """
    brand: str
    """ Who sells it. """
    code: str
    """ Once in a brand; it stays. """
    description: str | Unset = ""
    """ What it is; may have several lines. """
    position: int | Unset = 100
    """ A smaller one stands higher. """
    hidden: bool | Unset = False
    """ Whether customers do not see it; staff may sell it. """
    tax_category: str | Unset = "standard"
    """ Which rate of tax it takes: standard, reduced, zero, exempt; it stays. """

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        brand = self.brand

        code = self.code

        description = self.description

        position = self.position

        hidden = self.hidden

        tax_category = self.tax_category

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "brand": brand,
                "code": code,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if position is not UNSET:
            field_dict["position"] = position
        if hidden is not UNSET:
            field_dict["hidden"] = hidden
        if tax_category is not UNSET:
            field_dict["tax_category"] = tax_category

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        brand = d.pop("brand")

        code = d.pop("code")

        description = d.pop("description", UNSET)

        position = d.pop("position", UNSET)

        hidden = d.pop("hidden", UNSET)

        tax_category = d.pop("tax_category", UNSET)

        product_in = cls(
            name=name,
            brand=brand,
            code=code,
            description=description,
            position=position,
            hidden=hidden,
            tax_category=tax_category,
        )

        return product_in
