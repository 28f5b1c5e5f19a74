from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="BudgetOut")


@_attrs_define
class BudgetOut:
    """A customer's budget of a month, and how much of it is spent."""

    customer: str
    """ Whose budget it is. """
    budget: MoneyOut | None
    """ What it means to spend in a month; null: nothing is set. """
    month: datetime.date
    """ The first day of the running month, in the customer's zone. """
    spent: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    told_at_percent: list[str]
    """ At which percentages the customer is told (`spend.alert`). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        customer = self.customer

        budget: dict[str, Any] | None
        if isinstance(self.budget, MoneyOut):
            budget = self.budget.to_dict()
        else:
            budget = self.budget

        month = self.month.isoformat()

        spent = self.spent.to_dict()

        told_at_percent = self.told_at_percent

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "customer": customer,
                "budget": budget,
                "month": month,
                "spent": spent,
                "told_at_percent": told_at_percent,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        customer = d.pop("customer")

        def _parse_budget(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                budget_type_0 = MoneyOut.from_dict(data)

                return budget_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        budget = _parse_budget(d.pop("budget"))

        month = datetime.date.fromisoformat(d.pop("month"))

        spent = MoneyOut.from_dict(d.pop("spent"))

        told_at_percent = cast(list[str], d.pop("told_at_percent"))

        budget_out = cls(
            customer=customer,
            budget=budget,
            month=month,
            spent=spent,
            told_at_percent=told_at_percent,
        )

        budget_out.additional_properties = d
        return budget_out

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
