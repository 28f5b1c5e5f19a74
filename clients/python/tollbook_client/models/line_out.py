from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="LineOut")


@_attrs_define
class LineOut:
    """One line of an invoice: charges of one price and period, rounded once."""

    id: str
    """ Its id. """
    position: int
    """ Counts from 1. """
    section: str
    """ Heading that it stands under. """
    name: str
    """ What it is for. """
    quantity: str
    """ How much, as decimal text. """
    unit: str
    """ Of what. """
    exact: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    net: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    gross: MoneyOut | None
    """ Its price, rounded once, where that includes tax; `net` follows from it. """
    tax_code: str
    """ Its tax group. """
    tax_percent: str
    """ The rate of tax. """
    tax_name: str
    """ The taxes by name, 'GST + QST'; empty for the usual one of the country. """
    tax_included: None | str
    """ The percentage of tax that `exact` includes; null: it is without tax. """
    corrects: None | str
    """ On a credit note: the line that it credits. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        id = self.id

        position = self.position

        section = self.section

        name = self.name

        quantity = self.quantity

        unit = self.unit

        exact = self.exact.to_dict()

        net = self.net.to_dict()

        gross: dict[str, Any] | None
        if isinstance(self.gross, MoneyOut):
            gross = self.gross.to_dict()
        else:
            gross = self.gross

        tax_code = self.tax_code

        tax_percent = self.tax_percent

        tax_name = self.tax_name

        tax_included: None | str
        tax_included = self.tax_included

        corrects: None | str
        corrects = self.corrects

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "position": position,
                "section": section,
                "name": name,
                "quantity": quantity,
                "unit": unit,
                "exact": exact,
                "net": net,
                "gross": gross,
                "tax_code": tax_code,
                "tax_percent": tax_percent,
                "tax_name": tax_name,
                "tax_included": tax_included,
                "corrects": corrects,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        position = d.pop("position")

        section = d.pop("section")

        name = d.pop("name")

        quantity = d.pop("quantity")

        unit = d.pop("unit")

        exact = MoneyOut.from_dict(d.pop("exact"))

        net = MoneyOut.from_dict(d.pop("net"))

        def _parse_gross(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                gross_type_0 = MoneyOut.from_dict(data)

                return gross_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        gross = _parse_gross(d.pop("gross"))

        tax_code = d.pop("tax_code")

        tax_percent = d.pop("tax_percent")

        tax_name = d.pop("tax_name")

        def _parse_tax_included(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        tax_included = _parse_tax_included(d.pop("tax_included"))

        def _parse_corrects(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        corrects = _parse_corrects(d.pop("corrects"))

        line_out = cls(
            id=id,
            position=position,
            section=section,
            name=name,
            quantity=quantity,
            unit=unit,
            exact=exact,
            net=net,
            gross=gross,
            tax_code=tax_code,
            tax_percent=tax_percent,
            tax_name=tax_name,
            tax_included=tax_included,
            corrects=corrects,
        )

        line_out.additional_properties = d
        return line_out

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
