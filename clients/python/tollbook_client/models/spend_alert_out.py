from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut
    from ..models.told_out import ToldOut


T = TypeVar("T", bound="SpendAlertOut")


@_attrs_define
class SpendAlertOut:
    """A threshold of a month's spend."""

    id: str
    """ Its id. """
    customer: str
    """ Who is told. """
    subscription: None | str
    """ Whose spend; null: of all subscriptions. """
    limit: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    percent: None | str
    """ Which percentage of the budget that is, if it is one. """
    budget: MoneyOut | None
    """ The budget. """
    ended_at: datetime.datetime | None
    """ Since when it is told no more. """
    told: list[ToldOut]
    """ Of which months it was told, the latest first. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        id = self.id

        customer = self.customer

        subscription: None | str
        subscription = self.subscription

        limit = self.limit.to_dict()

        percent: None | str
        percent = self.percent

        budget: dict[str, Any] | None
        if isinstance(self.budget, MoneyOut):
            budget = self.budget.to_dict()
        else:
            budget = self.budget

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        told = []
        for told_item_data in self.told:
            told_item = told_item_data.to_dict()
            told.append(told_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "subscription": subscription,
                "limit": limit,
                "percent": percent,
                "budget": budget,
                "ended_at": ended_at,
                "told": told,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415
        from ..models.told_out import ToldOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        def _parse_subscription(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subscription = _parse_subscription(d.pop("subscription"))

        limit = MoneyOut.from_dict(d.pop("limit"))

        def _parse_percent(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        percent = _parse_percent(d.pop("percent"))

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

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        told = []
        _told = d.pop("told")
        for told_item_data in _told:
            told_item = ToldOut.from_dict(told_item_data)

            told.append(told_item)

        spend_alert_out = cls(
            id=id,
            customer=customer,
            subscription=subscription,
            limit=limit,
            percent=percent,
            budget=budget,
            ended_at=ended_at,
            told=told,
        )

        spend_alert_out.additional_properties = d
        return spend_alert_out

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
