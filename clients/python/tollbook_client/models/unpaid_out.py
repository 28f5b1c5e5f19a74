from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coming_out import ComingOut
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="UnpaidOut")


@_attrs_define
class UnpaidOut:
    """An invoice that is not paid, and what follows."""

    invoice: str
    """ The invoice. """
    number: str
    """ Its number. """
    open_: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    due_on: datetime.date
    """ When it was due. """
    overdue_days: int
    """ Days since then; not above zero before the day after it. """
    waits: None | str
    """ Why its steps wait: exempt, promised, in dispute, under way; null: they do not. """
    coming: list[ComingOut]
    """ The steps to come, the next one first. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        invoice = self.invoice

        number = self.number

        open_ = self.open_.to_dict()

        due_on = self.due_on.isoformat()

        overdue_days = self.overdue_days

        waits: None | str
        waits = self.waits

        coming = []
        for coming_item_data in self.coming:
            coming_item = coming_item_data.to_dict()
            coming.append(coming_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "invoice": invoice,
                "number": number,
                "open": open_,
                "due_on": due_on,
                "overdue_days": overdue_days,
                "waits": waits,
                "coming": coming,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coming_out import ComingOut  # noqa: PLC0415
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        invoice = d.pop("invoice")

        number = d.pop("number")

        open_ = MoneyOut.from_dict(d.pop("open"))

        due_on = datetime.date.fromisoformat(d.pop("due_on"))

        overdue_days = d.pop("overdue_days")

        def _parse_waits(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        waits = _parse_waits(d.pop("waits"))

        coming = []
        _coming = d.pop("coming")
        for coming_item_data in _coming:
            coming_item = ComingOut.from_dict(coming_item_data)

            coming.append(coming_item)

        unpaid_out = cls(
            invoice=invoice,
            number=number,
            open_=open_,
            due_on=due_on,
            overdue_days=overdue_days,
            waits=waits,
            coming=coming,
        )

        unpaid_out.additional_properties = d
        return unpaid_out

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
