from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="BookIn")


@_attrs_define
class BookIn:
    """A price book to be."""

    brand: str
    """ Whose prices. """
    currency: str
    """ Of all its amounts. """
    group: str | Unset = ""
    """ Code of a customer group; empty: everybody. """
    includes_tax: bool | Unset = False
    """ Whether its amounts include tax. """

    def to_dict(self) -> dict[str, Any]:
        brand = self.brand

        currency = self.currency

        group = self.group

        includes_tax = self.includes_tax

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "brand": brand,
                "currency": currency,
            }
        )
        if group is not UNSET:
            field_dict["group"] = group
        if includes_tax is not UNSET:
            field_dict["includes_tax"] = includes_tax

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        brand = d.pop("brand")

        currency = d.pop("currency")

        group = d.pop("group", UNSET)

        includes_tax = d.pop("includes_tax", UNSET)

        book_in = cls(
            brand=brand,
            currency=currency,
            group=group,
            includes_tax=includes_tax,
        )

        return book_in
