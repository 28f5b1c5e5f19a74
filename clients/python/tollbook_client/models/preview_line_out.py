from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="PreviewLineOut")


@_attrs_define
class PreviewLineOut:
    """A line that would be charged or credited."""

    name: str
    """ The price by name. """
    plan: str
    """ The plan of the price. """
    period_start: datetime.datetime
    """ From when on. """
    period_end: datetime.datetime
    """ Up to when. """
    amount: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    reason: str
    """ Why it is charged again; empty for what is charged for the first time. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        plan = self.plan

        period_start = self.period_start.isoformat()

        period_end = self.period_end.isoformat()

        amount = self.amount.to_dict()

        reason = self.reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "plan": plan,
                "period_start": period_start,
                "period_end": period_end,
                "amount": amount,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        plan = d.pop("plan")

        period_start = datetime.datetime.fromisoformat(d.pop("period_start"))

        period_end = datetime.datetime.fromisoformat(d.pop("period_end"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        reason = d.pop("reason")

        preview_line_out = cls(
            name=name,
            plan=plan,
            period_start=period_start,
            period_end=period_end,
            amount=amount,
            reason=reason,
        )

        preview_line_out.additional_properties = d
        return preview_line_out

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
