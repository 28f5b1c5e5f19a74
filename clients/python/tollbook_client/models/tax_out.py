from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut
    from ..models.tax_part_out import TaxPartOut


T = TypeVar("T", bound="TaxOut")


@_attrs_define
class TaxOut:
    """The tax of one group of lines."""

    code: str
    """ UNTDID 5305 category: S standard, AE reverse charge, E exempt, ... """
    percent: str
    """ The rate; of several taxes, together. """
    name: str
    """ The taxes by name, 'GST + QST'; empty for the usual one of the country. """
    net: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    tax: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    parts: list[TaxPartOut]
    """ The taxes with a name of their own; they add up to `tax`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        percent = self.percent

        name = self.name

        net = self.net.to_dict()

        tax = self.tax.to_dict()

        parts = []
        for parts_item_data in self.parts:
            parts_item = parts_item_data.to_dict()
            parts.append(parts_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "percent": percent,
                "name": name,
                "net": net,
                "tax": tax,
                "parts": parts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415
        from ..models.tax_part_out import TaxPartOut  # noqa: PLC0415

        d = dict(src_dict)
        code = d.pop("code")

        percent = d.pop("percent")

        name = d.pop("name")

        net = MoneyOut.from_dict(d.pop("net"))

        tax = MoneyOut.from_dict(d.pop("tax"))

        parts = []
        _parts = d.pop("parts")
        for parts_item_data in _parts:
            parts_item = TaxPartOut.from_dict(parts_item_data)

            parts.append(parts_item)

        tax_out = cls(
            code=code,
            percent=percent,
            name=name,
            net=net,
            tax=tax,
            parts=parts,
        )

        tax_out.additional_properties = d
        return tax_out

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
